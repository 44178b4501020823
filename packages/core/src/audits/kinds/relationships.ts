import { formatIdentifier } from '@psyberg/iceberg';
import { requireColumns } from '../audit-columns.ts';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { listText, rowsText, withArticle } from '../counting.ts';
import { failingRows, named, SOURCE_NAME, TARGET_NAME, whereOf } from '../failing-rows.ts';
import { type KeyColumns, readKeyColumns } from '../key-columns.ts';
import { readWhere } from '../row-parameters.ts';

interface Relationships {
  /** `left` of the target, `right` of the other table. */
  readonly key: KeyColumns;
  readonly to: string;
  readonly where?: string;
}

/**
 * Every key of the rows written is in another table: a lookup or source of the process at its pinned snapshot, any other table as it
 * is now. A key with a NULL in it is not compared, as in a foreign key of SQL.
 */
export const relationships: AuditKind<Relationships> = {
  kind: 'relationships',
  parameters: ['columns', 'to', 'where'],
  read: (reader) => ({
    key: readKeyColumns(reader, 'columns of the target to columns of the other table'),
    to: reader.text('to'),
    ...readWhere(reader),
  }),
  columns: ({ key }) => needs('comparable', ...key.map(({ left }) => left)),
  async run(context, { key, to, where }) {
    const table = formatIdentifier(context.process.target.table);
    const other = await context.tableNamed(to);
    requireColumns(
      other.relation.schema,
      other.name,
      key.map(({ right }) => right),
    );
    const engine = await context.engine();
    const left = key.map((pair) => `psyberg_rows.${quoteName(engine, pair.left)}`);
    const right = key.map((pair) => `psyberg_keys.${quoteName(engine, pair.right)}`);
    const found = `SELECT 1 FROM ${SOURCE_NAME} psyberg_keys WHERE ${left.map((l, i) => `${l} = ${right[i]}`).join(' AND ')}`;
    const rows = `SELECT * FROM ${TARGET_NAME}${whereOf(where)}`;
    const columns = key.map((pair) => quoteName(engine, pair.left)).join(', ');
    const { count, sample } = await failingRows(
      context,
      [named(context.written, TARGET_NAME), named(other.relation, SOURCE_NAME)],
      {
        columns: `${columns}, count(*) AS ${quoteName(engine, 'occurrences')}`,
        count: 'CAST(sum(count(*)) OVER () AS BIGINT)',
        rest:
          `FROM (${rows}\n) psyberg_rows WHERE ${left.map((l) => `${l} IS NOT NULL`).join(' AND ')} AND NOT EXISTS (${found})\n` +
          `GROUP BY ${columns} ORDER BY ${columns}`,
      },
    );
    const names = listText(key.map((pair) => pair.left));
    const keys = listText(key.map((pair) => pair.right));
    if (count === 0) return pass(`every ${names} of ${table} is in ${keys} of ${other.name}`);
    return fail(
      `${rowsText(count)} of ${table} ${count === 1 ? 'has' : 'have'} ${withArticle(names)} that is not in ${keys} of ${other.name}`,
      count,
      sample,
    );
  },
};
