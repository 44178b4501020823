import type { AuditKind } from '../audit-kind.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { listText } from '../counting.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { rowScan } from '../scan.ts';

interface NotEmptyString extends RowParameters {
  readonly columns: readonly string[];
}

/** No text is empty or of blanks only. NULL is accepted: `not_null` is for that. */
export const notEmptyString: AuditKind<NotEmptyString> = {
  kind: 'not_empty_string',
  parameters: ['columns', ...ROW_PARAMETERS],
  read: (reader) => ({ columns: reader.columns('columns'), ...readRowParameters(reader) }),
  columns: ({ columns }) => needs('text', ...columns),
  scan: ({ engine, table }, { columns, ...rows }) => {
    const names = listText(columns, 'or');
    return rowScan({
      ...rows,
      violation: columns.map((column) => `trim(${quoteName(engine, column)}) = ''`).join(' OR '),
      holds: `no empty text in ${names} of ${table}`,
      fails: (count) => `of ${table} ${count === 1 ? 'has' : 'have'} an empty text in ${names}`,
    });
  },
};
