import type { AuditKind } from '../audit-kind.ts';
import { quoteName } from '../audit-sql.ts';
import { BAND_PARAMETERS, type Band, bandText, readBand } from '../band.ts';
import { needs } from '../column-needs.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { valueScan } from '../value-scan.ts';

interface StringLength extends Band, RowParameters {
  readonly column: string;
}

/** Every text has between `min` and `max` characters. NULL is accepted. */
export const stringLength: AuditKind<StringLength> = {
  kind: 'string_length',
  parameters: ['column', ...BAND_PARAMETERS, ...ROW_PARAMETERS],
  read: (reader) => ({ column: reader.text('column'), ...readBand(reader, 0), ...readRowParameters(reader) }),
  columns: ({ column }) => needs('text', column),
  scan: (subject, { column, min, max, ...rows }) => {
    const length = `length(${quoteName(subject.engine, column)})`;
    const band = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    return valueScan(subject, {
      ...rows,
      column,
      violation: [
        ...(min === undefined ? [] : [`${length} < ${min}`]),
        ...(max === undefined ? [] : [`${length} > ${max}`]),
      ].join(' OR '),
      holds: `is ${bandText(band)} characters long`,
      flaw: `that is not ${bandText(band)} characters long`,
    });
  },
};
