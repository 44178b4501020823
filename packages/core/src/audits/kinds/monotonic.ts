import { formatIdentifier } from '@psyberg/iceberg';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { rowsText } from '../counting.ts';
import { failingRows, named, TARGET_NAME, whereOf } from '../failing-rows.ts';
import { groupText, partitionBy, withPrevious } from '../neighbours.ts';
import { readWhere } from '../row-parameters.ts';

interface Monotonic {
  readonly column: string;
  readonly orderBy: string;
  readonly by: readonly string[];
  readonly direction: 'increasing' | 'decreasing';
  /** Equal neighbours are a violation too. */
  readonly strictly: boolean;
  readonly where?: string;
}

/**
 * In the order of another column, a value never goes down (or up), within each group of `by`. All rows of the touched intervals are
 * looked at; rows with a NULL in one of the two columns are not.
 */
export const monotonic: AuditKind<Monotonic> = {
  kind: 'monotonic',
  parameters: ['column', 'orderBy', 'by', 'direction', 'strictly', 'where'],
  read: (reader) => ({
    column: reader.text('column'),
    orderBy: reader.text('orderBy'),
    by: reader.optionalColumns('by'),
    direction: reader.optionalOneOf('direction', ['increasing', 'decreasing']) ?? 'increasing',
    strictly: reader.optionalBoolean('strictly') ?? false,
    ...readWhere(reader),
  }),
  columns: ({ column, orderBy, by }) => [
    ...needs('ordered', column),
    ...needs('comparable', orderBy),
    ...needs('comparable', ...by),
  ],
  async run(context, { column, orderBy, by, direction, strictly, where }) {
    const table = formatIdentifier(context.process.target.table);
    const engine = await context.engine();
    const value = quoteName(engine, column);
    const order = quoteName(engine, orderBy);
    const groups = by.map((name) => quoteName(engine, name));
    const rows = `SELECT * FROM ${TARGET_NAME}${whereOf(where, `${value} IS NOT NULL AND ${order} IS NOT NULL`)}`;
    const wrong = `${direction === 'increasing' ? '<' : '>'}${strictly ? '=' : ''}`;
    // Rows of one place in the order are taken in the order that suits them.
    const ties = `${order}, ${value}${direction === 'increasing' ? '' : ' DESC'}`;
    const { count, sample } = await failingRows(context, [named(await context.touched(), TARGET_NAME)], {
      columns: [...groups, order, 'previous', value].join(', '),
      count: 'count(*) OVER ()',
      rest:
        `FROM (${withPrevious([...groups, order, value], value, partitionBy(groups), ties, rows)}) psyberg_pairs\n` +
        `WHERE ${value} ${wrong} previous ORDER BY ${[...groups, order].join(', ')}`,
    });
    const rule = `${strictly ? 'strictly ' : ''}${direction}`;
    if (count === 0) return pass(`${column} of ${table} is ${rule} by ${orderBy}${groupText(by)}`);
    return fail(
      `${rowsText(count)} of ${table} ${count === 1 ? 'breaks' : 'break'} the order: ${column} should be ${rule} by ${orderBy}${groupText(by)}`,
      count,
      sample,
    );
  },
};
