import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { rowsText } from '../counting.ts';
import { callOptions, requestOf, SAMPLE_SIZE, scalarNumber } from '../failing-rows.ts';
import { printRows } from '../print-value.ts';
import { asSubquery, relationsForSql } from '../sql-relations.ts';

interface CustomSql {
  readonly sql: string;
}

/**
 * One SELECT that returns the offending rows; none is a pass.
 *
 * It sees the transform's input by its names, the target by its full and its short name (all rows of the touched intervals as
 * publication would leave them), and under the name `target` only the rows that the session wrote. Where a source has one of these
 * names, the name means the source.
 */
export const customSql: AuditKind<CustomSql> = {
  kind: 'sql',
  parameters: ['sql'],
  read: (reader) => ({ sql: reader.text('sql') }),
  async run(context, { sql }) {
    const engine = await context.engine();
    const { relations } = await relationsForSql(context);
    const result = await engine.query(requestOf(context, sql, relations, SAMPLE_SIZE + 1), callOptions(context));
    if (result.rows.length === 0) return pass('the SQL returned no row');
    const more = result.rows.length > SAMPLE_SIZE;
    const count = more ? await scalarNumber(context, countOf(sql), relations) : result.rows.length;
    const sample = printRows({ columns: result.columns, rows: result.rows.slice(0, SAMPLE_SIZE) });
    return fail(`the SQL returned ${rowsText(count)}`, count, sample);
  },
};

/** The text is first run as it stands, so that errors point into it; wrapped only where the sample does not hold all. */
const countOf = (sql: string): string => `SELECT count(*) FROM (\n${asSubquery(sql)}\n) AS psyberg_offending`;
