import { formatIdentifier } from '@psyberg/iceberg';
import { requireColumns } from '../audit-columns.ts';
import { type AuditKind, fail, pass } from '../audit-kind.ts';
import { quoteName } from '../audit-sql.ts';
import { listText, rowsText } from '../counting.ts';
import { failingRows, named, TARGET_NAME, whereOf } from '../failing-rows.ts';

interface NotNull {
  readonly columns: readonly string[];
  readonly where?: string;
}

/** No row that the session wrote has a NULL in one of these columns. */
export const notNull: AuditKind<NotNull> = {
  kind: 'not_null',
  parameters: ['columns', 'where'],
  read(reader) {
    const where = reader.optionalText('where');
    return { columns: reader.columns('columns'), ...(where !== undefined && { where }) };
  },
  async run(context, { columns, where }) {
    const table = formatIdentifier(context.process.target.table);
    requireColumns(context.written.schema, table, columns);
    const engine = await context.engine();
    const isNull = columns.map((column) => `${quoteName(engine, column)} IS NULL`).join(' OR ');
    const { count, sample } = await failingRows(context, [named(context.written, TARGET_NAME)], {
      columns: '*',
      count: 'count(*) OVER ()',
      rest: `FROM ${TARGET_NAME}${whereOf(where, isNull)}`,
    });
    const names = listText(columns, 'or');
    if (count === 0) return pass(`no NULL in ${names} of ${table}`);
    return fail(
      `${rowsText(count)} written to ${table} ${count === 1 ? 'has' : 'have'} a NULL in ${names}`,
      count,
      sample,
    );
  },
};
