import type { AuditKind } from '../audit-kind.ts';
import { matches, quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { valueScan } from '../value-scan.ts';

interface Pattern extends RowParameters {
  readonly column: string;
  /** In the engine's own regular expressions. */
  readonly pattern: string;
}

/** Every value of a string column holds a match of the pattern; anchor it with `^` and `$` to mean the whole text. NULL is accepted. */
export const pattern: AuditKind<Pattern> = {
  kind: 'pattern',
  parameters: ['column', 'pattern', ...ROW_PARAMETERS],
  read: (reader) => ({ column: reader.text('column'), pattern: reader.text('pattern'), ...readRowParameters(reader) }),
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
