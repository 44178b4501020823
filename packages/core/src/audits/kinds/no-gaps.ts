import { formatIdentifier } from '@psyberg/iceberg';
import { UsageError } from '../../errors.ts';
import { formatDurationLong } from '../../time/duration.ts';
import { grainLengthUs } from '../../time/grain.ts';
import type { DurationUs } from '../../time/instant.ts';
import type { AuditContext } from '../audit-context.ts';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { microsOf, quoteName } from '../audit-sql.ts';
import { needs, requireColumnNeeds } from '../column-needs.ts';
import { failingRows, named, TARGET_NAME, whereOf } from '../failing-rows.ts';
import { groupText, partitionBy } from '../neighbours.ts';
import { readWhere } from '../row-parameters.ts';

interface NoGaps {
  /** Absent: the target's time column. */
  readonly column?: string;
  /** Absent: the target's interval. */
  readonly step?: DurationUs;
  readonly by: readonly string[];
  readonly where?: string;
}

/**
 * Between the first and the last time value, every step (an hour, a day) has at least one row, within each group of `by`. All rows of
 * the touched intervals are looked at, so that what lies before the session's first interval or after its last is not; NULLs are not.
 */
export const noGaps: AuditKind<NoGaps> = {
  kind: 'no_gaps',
  parameters: ['column', 'step', 'by', 'where'],
  read(reader) {
    const column = reader.optionalText('column');
    const step = reader.optionalDuration('step');
    if (step === 0n) reader.problem(['step'], 'should be longer than 0');
    return {
      ...(column !== undefined && { column }),
      ...(step !== undefined && { step }),
      by: reader.optionalColumns('by'),
      ...readWhere(reader),
    };
  },
  columns: ({ column, by }) => [...needs('time', column), ...needs('comparable', ...by)],
  async run(context, { column, step, by, where }) {
    const table = formatIdentifier(context.process.target.table);
    const name = column ?? timeColumnOf(context);
    requireColumnNeeds('no_gaps', table, context.written.schema, needs('time', name));
    const length = step ?? grainLengthUs(context.process.target.grain);
    const engine = await context.engine();
    const value = quoteName(engine, name);
    const groups = by.map((one) => quoteName(engine, one));
    const list = groups.map((group) => `${group}, `).join('');
    const place = `CAST(floor(${microsOf(engine, value)} / ${length}) AS BIGINT)`;
    const steps =
      `SELECT ${list}${place} AS step, min(${value}) AS first, max(${value}) AS last FROM ${TARGET_NAME}` +
      `${whereOf(where, `${value} IS NOT NULL`)} GROUP BY ${list}${place}`;
    const window = `OVER (${partitionBy(groups)}ORDER BY step)`;
    const { count, sample } = await failingRows(context, [named(await context.touched(), TARGET_NAME)], {
      columns: `${list}after, before, missing`,
      count: 'CAST(sum(missing) OVER () AS BIGINT)',
      rest:
        `FROM (SELECT ${list}lag(last) ${window} AS after, first AS before, step - lag(step) ${window} - 1 AS missing FROM (${steps}) ` +
        `psyberg_steps) psyberg_gaps\nWHERE missing > 0 ORDER BY ${list}before`,
    });
    const unit = formatDurationLong(length);
    if (count === 0) return pass(`no gap of ${unit} in ${name} of ${table}${groupText(by)}`);
    const many = count === 1 ? `1 step of ${unit} has` : `${count} steps of ${unit} have`;
    return fail(`${many} no row between the first and the last ${name} of ${table}${groupText(by)}`, count, sample);
  },
};

function timeColumnOf({ process }: AuditContext): string {
  const { time } = process.target;
  if (time?.kind === 'column') return time.column;
  throw new UsageError(`${process.name} has no time column of one timestamp or date; name one with \`column\`.`);
}
