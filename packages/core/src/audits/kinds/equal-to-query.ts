import { formatIdentifier } from '@psyberg/iceberg';
import { requireColumns } from '../audit-columns.ts';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { quoteName } from '../audit-sql.ts';
import { rowsText } from '../counting.ts';
import { callOptions, failingRows, requestOf } from '../failing-rows.ts';
import { asSubquery, relationsForSql } from '../sql-relations.ts';

interface EqualToQuery {
  /** One SELECT that returns the rows expected. */
  readonly sql: string;
  /** The columns compared; empty: those that the SQL returns. */
  readonly columns: readonly string[];
}

/**
 * The rows that the session wrote are just those that one SELECT over the transform's input returns, compared as a multiset in the
 * columns that the SELECT returns. NULLs are equal to each other.
 */
export const equalToQuery: AuditKind<EqualToQuery> = {
  kind: 'equal_to_query',
  parameters: ['sql', 'columns'],
  read: (reader) => ({ sql: reader.text('sql'), columns: reader.optionalColumns('columns') }),
  async run(context, { sql, columns }) {
    const table = formatIdentifier(context.process.target.table);
    const engine = await context.engine();
    const { relations, written } = await relationsForSql(context);
    const { limit: _, ...request } = requestOf(context, sql, relations, 0);
    const analysis = await engine.analyze(request, callOptions(context));
    const compared = columns.length > 0 ? columns : analysis.columns.map(({ name }) => name);
    requireColumns(context.written.schema, table, compared);
    const list = compared.map((column) => quoteName(engine, column)).join(', ');
    const expected = `SELECT ${list} FROM (\n${asSubquery(sql)}\n) psyberg_expected`;
    const actual = `SELECT ${list} FROM ${written}`;
    const difference = quoteName(engine, 'difference');
    const only = (side: string, a: string, b: string) =>
      `SELECT '${side}' AS ${difference}, psyberg_${side}.* FROM (${a}\nEXCEPT ALL ${b}) psyberg_${side}`;
    const { count, sample } = await failingRows(context, relations, {
      columns: `${difference}, ${list}`,
      count: 'count(*) OVER ()',
      rest: `FROM (${only('missing', expected, actual)}\nUNION ALL\n${only('extra', actual, expected)}) psyberg_difference ORDER BY ${list}`,
    });
    if (count === 0) return pass(`the rows written to ${table} are those of the SQL`);
    return fail(`${rowsText(count)} ${count === 1 ? 'differs' : 'differ'} between ${table} and the SQL`, count, sample);
  },
};
