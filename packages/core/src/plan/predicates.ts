/** What a session reads of each of its sources, as a WHERE clause that a user's own job can take as it stands. */
import type { SnapshotId, Type } from '@psyberg/iceberg';
import { UsageError } from '../errors.ts';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import type { PlannedSource, SessionPlan } from '../session/session-plan.ts';
import { instantFromMs, plus } from '../time/instant.ts';
import {
  clip,
  containsInstant,
  EMPTY_SET,
  type IntervalSet,
  intervalSet,
  isEmpty,
  subtract,
} from '../time/interval-set.ts';
import { type SqlDialect, timeWhere } from './time-where.ts';

/** One read of one source. A stateless session that replaces intervals reads a source twice. */
export interface SourcePredicate {
  readonly table: string;
  readonly as: string;
  readonly branch: string;
  /** `all` rows of the snapshot `to`, or those that were `added` after `from` up to `to`. */
  readonly rows: 'all' | 'added';
  readonly from?: SnapshotId;
  /** Absent: the source has no snapshot, and so no rows. */
  readonly to?: SnapshotId;
  readonly where: string;
}

/** The type of a source's time column; undefined where it has none or is made of several. */
export type TimeTypeOf = (source: ChangesSource) => Type['kind'] | undefined;

/**
 * The reads of a planned session, sources in order, lookups after them; none where it writes nothing. Pure: goes by the plan alone.
 *
 * @throws {UsageError} a part of a split session reads a source by landing time, which no column tells
 */
export function predicatesOf(
  process: Process,
  plan: SessionPlan,
  typeOf: TimeTypeOf,
  dialect: SqlDialect,
): readonly SourcePredicate[] {
  if (plan.outcome !== 'work') return [];
  const changes = changesSourcesOf(process).flatMap((source, i) => {
    const planned = plan.sources[i]!;
    const where = (spans: IntervalSet): string => {
      if (source.time === undefined) return 'TRUE';
      return timeWhere(source.time, typeOf(source), clip(spans, source.from, undefined), dialect);
    };
    return process.mode === 'stateless'
      ? statelessReads(source, planned, plan, where)
      : [{ ...readOf(planned, 'all'), where: where(rangeOf(source, plan)) }];
  });
  const lookups = plan.lookups.map(
    ({ table, as, branch, snapshotId }): SourcePredicate => ({
      table,
      as,
      branch,
      rows: 'all',
      ...(snapshotId !== undefined && { to: snapshotId }),
      where: 'TRUE',
    }),
  );
  return [...changes, ...lookups];
}

/** The session's intervals, widened by what the transform needs of the source around each. */
const rangeOf = ({ reads }: ChangesSource, { write }: SessionPlan): IntervalSet =>
  intervalSet(write.map(({ start, end }) => ({ start: plus(start, -reads.beforeUs), end: plus(end, reads.afterUs) })));

/** Added rows are appended outside of the intervals that are replaced, and those are computed from all that the source holds. */
function statelessReads(
  source: ChangesSource,
  planned: PlannedSource,
  plan: SessionPlan,
  where: (spans: IntervalSet) => string,
): readonly SourcePredicate[] {
  if (source.time === undefined) refuseParts(planned, plan);
  const replaced = plan.replace ?? EMPTY_SET;
  const appended = subtract(plan.write, replaced);
  return [
    ...(isEmpty(appended) ? [] : [{ ...readOf(planned, 'added'), where: where(appended) }]),
    ...(isEmpty(replaced) ? [] : [{ ...readOf(planned, 'all'), where: where(replaced) }]),
  ];
}

/** A first session reads what is live at the pin, and not what each snapshot before it had added. */
function readOf(
  { table, as, branch, from, to }: PlannedSource,
  rows: SourcePredicate['rows'],
): Omit<SourcePredicate, 'where'> {
  const since = rows === 'added' ? from : undefined;
  return {
    table,
    as,
    branch,
    rows: since === undefined ? 'all' : 'added',
    ...(since && { from: since.snapshotId }),
    ...(to && { to: to.snapshotId }),
  };
}

function refuseParts({ table, landedFromMs, landedToMs }: PlannedSource, plan: SessionPlan): void {
  const landed = [landedFromMs, landedToMs].filter((ms) => ms !== undefined);
  if (isEmpty(plan.pending) && landed.every((ms) => containsInstant(plan.write, instantFromMs(ms)))) return;
  throw new UsageError(
    `Session ${plan.session} is a part of a split one, and ${table} has no time column, so no WHERE clause tells its rows from those of the ` +
      'other parts. Its plan is stored and stands.',
    { next: [`psyberg run ${plan.process}`] },
  );
}
