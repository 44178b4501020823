import type { AuditKind } from '../audit-kind.ts';
import { needs } from '../column-needs.ts';
import { type Range, rangeText, rangeViolation, readRange } from '../range.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { valueScan } from '../value-scan.ts';

interface AcceptedRange extends Range, RowParameters {
  readonly column: string;
}

/** Every value of a number, a timestamp or a date lies between `min` and `max`; NULL is accepted. */
export const acceptedRange: AuditKind<AcceptedRange> = {
  kind: 'accepted_range',
  parameters: ['column', 'min', 'max', 'exclusive', ...ROW_PARAMETERS],
  read: (reader) => ({ column: reader.text('column'), ...readRange(reader), ...readRowParameters(reader) }),
  columns: ({ column }) => needs('ordered', column),
  scan: (subject, { column, min, max, exclusive, ...rows }) => {
    const range = { ...(min !== undefined && { min }), ...(max !== undefined && { max }), exclusive };
    return valueScan(subject, {
      ...rows,
      column,
      violation: rangeViolation(subject, column, range),
      holds: `is ${rangeText(range)}`,
      flaw: `that is not ${rangeText(range)}`,
    });
  },
};
