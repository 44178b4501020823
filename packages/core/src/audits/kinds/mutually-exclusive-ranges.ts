import { formatIdentifier } from '@psyberg/iceberg';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { rowsText } from '../counting.ts';
import { failingRows, named, TARGET_NAME, whereOf } from '../failing-rows.ts';
import { groupText, partitionBy } from '../neighbours.ts';
import { readWhere } from '../row-parameters.ts';

interface MutuallyExclusiveRanges {
  readonly lower: string;
  readonly upper: string;
  readonly by: readonly string[];
  readonly gaps: 'allowed' | 'not_allowed';
  readonly where?: string;
}

/**
 * Rows hold half-open ranges [lower, upper) that do not overlap, within each group of `by`; with `gaps: not_allowed`, each begins where
 * the one before ends. An upper end of NULL is open. All rows of the touched intervals are looked at; a lower end of NULL is not.
 */
export const mutuallyExclusiveRanges: AuditKind<MutuallyExclusiveRanges> = {
  kind: 'mutually_exclusive_ranges',
  parameters: ['lower', 'upper', 'by', 'gaps', 'where'],
  read: (reader) => ({
    lower: reader.text('lower'),
    upper: reader.text('upper'),
    by: reader.optionalColumns('by'),
    gaps: reader.optionalOneOf('gaps', ['allowed', 'not_allowed']) ?? 'allowed',
    ...readWhere(reader),
  }),
  columns: ({ lower, upper, by }) => [...needs('ordered', lower, upper), ...needs('comparable', ...by)],
  async run(context, { lower, upper, by, gaps, where }) {
    const table = formatIdentifier(context.process.target.table);
    const engine = await context.engine();
    const low = quoteName(engine, lower);
    const high = quoteName(engine, upper);
    const groups = by.map((name) => quoteName(engine, name));
    const list = groups.map((group) => `${group}, `).join('');
    const next = `lead(${low}) OVER (${partitionBy(groups)}ORDER BY ${low}, ${high})`;
    const clash = [
      `${high} < ${low}`,
      `next_lower IS NOT NULL AND ${high} IS NULL`,
      gaps === 'allowed' ? `${high} > next_lower` : `${high} <> next_lower`,
    ];
    const { count, sample } = await failingRows(context, [named(await context.touched(), TARGET_NAME)], {
      columns: `${list}${low}, ${high}, next_lower`,
      count: 'count(*) OVER ()',
      rest:
        `FROM (SELECT ${list}${low}, ${high}, ${next} AS next_lower FROM ${TARGET_NAME}${whereOf(where, `${low} IS NOT NULL`)}) psyberg_ranges\n` +
        `WHERE ${clash.map((one) => `(${one})`).join(' OR ')} ORDER BY ${list}${low}`,
    });
    const [does, should] =
      gaps === 'allowed'
        ? ['do not overlap', 'not overlap']
        : ['follow each other without overlap or gap', 'follow each other without overlap or gap'];
    const what = `ranges from ${lower} to ${upper}`;
    if (count === 0) return pass(`${what} of ${table} ${does}${groupText(by)}`);
    return fail(
      `${rowsText(count)} of ${table} ${count === 1 ? 'clashes' : 'clash'} with the next: ${what} should ${should}${groupText(by)}`,
      count,
      sample,
    );
  },
};
