import type { AuditKind } from '../audit-kind.ts';
import { matches, quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { PATTERN_PARAMETERS, type PatternParameters, readPatternParameters } from '../pattern-parameters.ts';
import { valueScan } from '../value-scan.ts';

/** Every value of a string column holds a match of the pattern; anchor it with `^` and `$` to mean the whole text. NULL is accepted. */
export const pattern: AuditKind<PatternParameters> = {
  kind: 'pattern',
  parameters: PATTERN_PARAMETERS,
  read: readPatternParameters,
  columns: ({ column }) => needs('text', column),
  scan: (subject, { column, pattern, ...rows }) =>
    valueScan(subject, {
      ...rows,
      column,
      violation: `NOT ${matches(subject.engine, quoteName(subject.engine, column), pattern)}`,
      holds: `matches ${pattern}`,
      flaw: `that does not match ${pattern}`,
    }),
};
