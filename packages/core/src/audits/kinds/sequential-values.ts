import { formatIdentifier } from '@psyberg/iceberg';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { failingRows, named, TARGET_NAME, whereOf } from '../failing-rows.ts';
import { groupText, partitionBy, withPrevious } from '../neighbours.ts';
import { readWhere } from '../row-parameters.ts';

interface SequentialValues {
  readonly column: string;
  readonly step: number;
  readonly by: readonly string[];
  readonly where?: string;
}

/**
 * The values of a number, in order, each exceed the one before by exactly `step`, within each group of `by`: no number is missing and
 * none is there twice. All rows of the touched intervals are looked at; NULLs are not.
 */
export const sequentialValues: AuditKind<SequentialValues> = {
  kind: 'sequential_values',
  parameters: ['column', 'step', 'by', 'where'],
  read(reader) {
    const step = reader.optionalNumber('step', 0) ?? 1;
    if (step === 0) reader.problem(['step'], 'should be more than 0');
    return { column: reader.text('column'), step, by: reader.optionalColumns('by'), ...readWhere(reader) };
  },
  columns: ({ column, by }) => [...needs('number', column), ...needs('comparable', ...by)],
  async run(context, { column, step, by, where }) {
    const table = formatIdentifier(context.process.target.table);
    const engine = await context.engine();
    const value = quoteName(engine, column);
    const groups = by.map((name) => quoteName(engine, name));
    const rows = `SELECT * FROM ${TARGET_NAME}${whereOf(where, `${value} IS NOT NULL`)}`;
    const { count, sample } = await failingRows(context, [named(await context.touched(), TARGET_NAME)], {
      columns: [...groups, 'previous', value].join(', '),
      count: 'count(*) OVER ()',
      rest:
        `FROM (${withPrevious([...groups, value], value, partitionBy(groups), value, rows)}) psyberg_pairs\n` +
        `WHERE previous IS NOT NULL AND ${value} - previous <> ${step} ORDER BY ${[...groups, value].join(', ')}`,
    });
    const what = `${column} of ${table}`;
    if (count === 0) return pass(`${what} goes up by ${step}${groupText(by)}`);
    return fail(
      `${count} ${count === 1 ? 'value' : 'values'} of ${what} ${count === 1 ? 'does' : 'do'} not follow the one before by ${step}${groupText(by)}`,
      count,
      sample,
    );
  },
};
