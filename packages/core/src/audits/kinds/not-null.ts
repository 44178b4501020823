import type { AuditKind } from '../audit-kind.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { listText } from '../counting.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { rowScan } from '../scan.ts';

interface NotNull extends RowParameters {
  readonly columns: readonly string[];
}

/** No row that the session wrote has a NULL in one of these columns. */
export const notNull: AuditKind<NotNull> = {
  kind: 'not_null',
  parameters: ['columns', ...ROW_PARAMETERS],
  read: (reader) => ({ columns: reader.columns('columns'), ...readRowParameters(reader) }),
  columns: ({ columns }) => needs('any', ...columns),
  scan: ({ engine, table }, { columns, ...rows }) => {
    const names = listText(columns, 'or');
    return rowScan({
      ...rows,
      violation: columns.map((column) => `${quoteName(engine, column)} IS NULL`).join(' OR '),
      holds: `no NULL in ${names} of ${table}`,
      fails: (count) => `written to ${table} ${count === 1 ? 'has' : 'have'} a NULL in ${names}`,
    });
  },
};
