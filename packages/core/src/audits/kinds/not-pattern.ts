import type { AuditKind } from '../audit-kind.ts';
import { matches, quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { valueScan } from '../value-scan.ts';

interface NotPattern extends RowParameters {
  readonly column: string;
  /** In the engine's own regular expressions. */
  readonly pattern: string;
}

/** No value of a string column holds a match of the pattern. NULL is accepted. */
export const notPattern: AuditKind<NotPattern> = {
  kind: 'not_pattern',
  parameters: ['column', 'pattern', ...ROW_PARAMETERS],
  read: (reader) => ({ column: reader.text('column'), pattern: reader.text('pattern'), ...readRowParameters(reader) }),
  columns: ({ column }) => needs('text', column),
  scan: (subject, { column, pattern, ...rows }) =>
    valueScan(subject, {
      ...rows,
      column,
      violation: `${matches(subject.engine, quoteName(subject.engine, column), pattern)}`,
      holds: `is free of ${pattern}`,
      flaw: `that matches ${pattern}`,
    }),
};
