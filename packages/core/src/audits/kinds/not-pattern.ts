import type { AuditKind } from '../audit-kind.ts';
import { matches, quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { PATTERN_PARAMETERS, type PatternParameters, readPatternParameters } from '../pattern-parameters.ts';
import { valueScan } from '../value-scan.ts';

/** No value of a string column holds a match of the pattern. NULL is accepted. */
export const notPattern: AuditKind<PatternParameters> = {
  kind: 'not_pattern',
  parameters: PATTERN_PARAMETERS,
  read: readPatternParameters,
  columns: ({ column }) => needs('text', column),
  scan: (subject, { column, pattern, ...rows }) =>
    valueScan(subject, {
      ...rows,
      column,
      violation: matches(subject.engine, quoteName(subject.engine, column), pattern),
      holds: `is free of ${pattern}`,
      flaw: `that matches ${pattern}`,
    }),
};
