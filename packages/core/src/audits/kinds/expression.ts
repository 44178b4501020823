import type { AuditKind } from '../audit-kind.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { rowScan } from '../scan.ts';

interface Expression extends RowParameters {
  readonly expression: string;
}

/** A condition in SQL is true for every row; one for which it is NULL passes, as in a CHECK constraint. */
export const expression: AuditKind<Expression> = {
  kind: 'expression',
  parameters: ['expression', ...ROW_PARAMETERS],
  read: (reader) => ({ expression: reader.text('expression'), ...readRowParameters(reader) }),
  scan: ({ table }, { expression: condition, ...rows }) =>
    rowScan({
      ...rows,
      violation: `NOT (${condition}\n)`,
      holds: `${condition} holds for every row of ${table}`,
      fails: (count) => `of ${table} ${count === 1 ? 'violates' : 'violate'} ${condition}`,
    }),
};
