import { formatIdentifier } from '@psyberg/iceberg';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { listText } from '../counting.ts';
import { failingRows, named, TARGET_NAME, whereOf } from '../failing-rows.ts';
import { readWhere } from '../row-parameters.ts';

interface Unique {
  readonly columns: readonly string[];
  readonly where?: string;
}

/**
 * No two rows have the same key, among all rows of the touched intervals as publication would leave them: late rows are compared with
 * those that earlier sessions wrote there. Rows with a NULL in the key are not compared, as in a unique constraint of SQL.
 */
export const unique: AuditKind<Unique> = {
  kind: 'unique',
  parameters: ['columns', 'where'],
  read: (reader) => ({ columns: reader.columns('columns'), ...readWhere(reader) }),
  columns: ({ columns }) => needs('comparable', ...columns),
  async run(context, { columns, where }) {
    const table = formatIdentifier(context.process.target.table);
    const touched = await context.touched();
    const engine = await context.engine();
    const key = columns.map((column) => quoteName(engine, column));
    const keys = key.join(', ');
    const given = key.map((column) => `${column} IS NOT NULL`);
    const { count, sample } = await failingRows(context, [named(touched, TARGET_NAME)], {
      columns: `${keys}, count(*) AS ${quoteName(engine, 'occurrences')}`,
      count: 'count(*) OVER ()',
      rest: `FROM ${TARGET_NAME}${whereOf(where, ...given)}\nGROUP BY ${keys} HAVING count(*) > 1 ORDER BY ${keys}`,
    });
    const names = listText(columns);
    if (count === 0) return pass(`${names} is unique in the touched intervals of ${table}`);
    return fail(
      `${count} ${count === 1 ? 'value' : 'values'} of ${names} ${count === 1 ? 'occurs' : 'occur'} more than once in ${table}`,
      count,
      sample,
    );
  },
};
