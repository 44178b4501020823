import type { AuditKind } from './audit-kind.ts';
import type { AuditOutcome } from './audit-outcome.ts';
import { quoteName } from './audit-sql.ts';
import { BAND_PARAMETERS, type Band, judgeBand, readBand } from './band.ts';
import { type ColumnUse, needs } from './column-needs.ts';
import { conditionsOf } from './failing-rows.ts';
import type { ParameterReader } from './parameter-reader.ts';
import { readWhere } from './row-parameters.ts';
import type { ScanSubject } from './scan.ts';

export interface ColumnBand extends Band {
  readonly column: string;
  readonly where?: string;
}

const COLUMN_BAND_PARAMETERS = ['column', ...BAND_PARAMETERS, 'where'] as const;

/** The value of one column, NULL in rows for which `where` does not hold; aggregates leave NULLs out. */
export function valueWhere({ engine }: ScanSubject, column: string, where: string | undefined): string {
  const quoted = quoteName(engine, column);
  return where === undefined ? quoted : `CASE WHEN ${conditionsOf(where)} THEN ${quoted} END`;
}

/** How one aggregate of a column becomes a kind of audit that holds it within a band. */
export interface ColumnAggregate<P extends ColumnBand> {
  readonly kind: string;
  /** Beside `column`, `min`, `max` and `where`. */
  readonly parameters?: readonly string[];
  readonly use: ColumnUse;
  /** The least that `min` and `max` can be. */
  readonly least?: number;
  /** What is read beside column and band. */
  readonly read?: (reader: ParameterReader) => Omit<P, keyof ColumnBand>;
  /** SQL of the aggregate over a value as SQL. */
  readonly aggregate: (value: string, subject: ScanSubject, parameters: P) => string;
  /** `the mean of price`. */
  readonly what: (parameters: P) => string;
}

/** One aggregate of a column over the rows written, between `min` and `max`. */
export function columnBandKind<P extends ColumnBand = ColumnBand>(definition: ColumnAggregate<P>): AuditKind<P> {
  const { kind, parameters = [], use, least, aggregate, what } = definition;
  return {
    kind,
    parameters: [...COLUMN_BAND_PARAMETERS, ...parameters],
    read: (reader) =>
      ({
        column: reader.text('column'),
        ...readBand(reader, least),
        ...readWhere(reader),
        ...definition.read?.(reader),
      }) as P,
    columns: ({ column }) => needs(use, column),
    scan: (subject, given) => ({
      aggregates: [aggregate(valueWhere(subject, given.column, given.where), subject, given)],
      judge: ([value]): AuditOutcome => judgeBand(given, `${what(given)} in ${subject.table}`, value ?? null),
    }),
  };
}
