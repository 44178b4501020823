import type { ParameterReader, Tolerance } from './parameter-reader.ts';

/** Parameters that every audit of single rows takes. */
export interface RowParameters {
  /** Rows for which it does not hold are not looked at. */
  readonly where?: string;
  /** How many rows, or which share of those looked at, may violate the audit. */
  readonly tolerance: Tolerance;
}

export const ROW_PARAMETERS = ['where', 'tolerance'] as const;

export const readRowParameters = (reader: ParameterReader): RowParameters => ({
  ...readWhere(reader),
  tolerance: reader.tolerance('tolerance'),
});

export function readWhere(reader: ParameterReader): { readonly where?: string } {
  const where = reader.optionalText('where');
  return where === undefined ? {} : { where };
}

export const allowedRows = (tolerance: Tolerance, of: number): number =>
  tolerance.kind === 'rows' ? tolerance.rows : tolerance.share * of;

/** `3 rows`, `1.5 %`. */
export const allowedText = (tolerance: Tolerance): string =>
  tolerance.kind === 'rows'
    ? `${tolerance.rows} ${tolerance.rows === 1 ? 'row' : 'rows'}`
    : `${Number((tolerance.share * 100).toPrecision(12))} %`;
