import { formatIdentifier } from '@psyberg/iceberg';
import type { SessionPlan } from '../session/session-plan.ts';
import { latest } from '../time/instant.ts';
import {
  alignTo,
  clip,
  EMPTY_SET,
  hull,
  intersect,
  intervalSet,
  isEmpty,
  subtract,
  union,
} from '../time/interval-set.ts';
import { goneIntervals, outputSignal, upperBound } from './bounds.ts';
import { forecastNotes } from './notes.ts';
import type { PlanInput } from './plan-input.ts';
import { plannedIntervals } from './planned-intervals.ts';
import { pinsMove, plannedSource } from './planned-source.ts';
import { lostNotes, splitAt } from './stateful.ts';

/**
 * Plans a session that appends what its sources added. It has no upper bound: all rows that it reads are appended, future ones
 * too; the bound only carries the signal. Split into parts, it keeps the high watermark until the last part, and each part
 * appends the rows of its intervals.
 *
 * Intervals in which a source changed rows already loaded (`onOverwrite: recompute`) are replaced instead, from all sources at their
 * pins; added rows are appended outside of them. Where a source has dropped rows of such an interval by its retention, it stays as it is,
 * and counts as skipped.
 */
export function planStateless(input: PlanInput): SessionPlan {
  const { process, record, observations } = input;
  const { grain } = process.target;
  const spans = observations.map((o) =>
    clip(intervalSet(o.changes.filter((c) => c.change === 'added').flatMap((c) => c.span)), o.source.from, undefined),
  );
  const changed = alignTo(grain, union(...observations.map((o) => clip(o.overwritten, o.source.from, undefined))));
  const gone = goneIntervals(
    process,
    observations.map((o) => o.next),
  );
  const overwritten = subtract(changed, gone);
  const lost = intersect(changed, gone);
  const skipped = union(record?.skipped ?? EMPTY_SET, lost);
  const touched = union(alignTo(grain, union(...spans)), overwritten);
  const todo = subtract(touched, record?.part?.done ?? EMPTY_SET);
  const split = splitAt(process, todo, input.maxIntervals);
  const last = isEmpty(split.rest);
  const bound = upperBound(process, observations);
  const upper =
    bound === undefined || !last ? record?.upper : record?.upper === undefined ? bound : latest(record.upper, bound);
  const pending = split.rest;
  const signal = outputSignal(process, observations, upper, pending, record?.signal);
  const first = touched[0]?.start;
  const lower =
    first === undefined ? record?.lower : record?.lower === undefined || first < record.lower ? first : record.lower;
  const range = hull(split.now);
  const replace = intersect(split.now, overwritten);
  const marked = union(
    ...observations.map((o) => o.exempt),
    record?.part === undefined ? EMPTY_SET : (record.exempt ?? EMPTY_SET),
  );
  const exempt = intersect(todo, alignTo(grain, marked));
  const reads = observations.some((o) => o.toRead.files.length > 0 || (o.predicted && o.changes.length > 0));
  const moves =
    pinsMove(record, observations) ||
    upper !== record?.upper ||
    signal?.until !== record?.signal?.until ||
    signal?.basis !== record?.signal?.basis ||
    record?.part !== undefined;
  return {
    process: process.name,
    mode: process.mode,
    session: input.session,
    kind: input.kind,
    target: { table: formatIdentifier(process.target.table), branch: process.target.branch, ...input.target },
    ...(record && { previous: record.session }),
    ...(input.base && { base: input.base }),
    outcome: (reads || !isEmpty(replace)) && !isEmpty(split.now) ? 'work' : moves ? 'signal' : 'nothing',
    sources: observations.map(plannedSource),
    lookups: input.lookups,
    ...(range && { range }),
    write: split.now,
    ...(!isEmpty(replace) && { replace }),
    calls: [],
    intervals: plannedIntervals(process, observations, {
      action: 'append',
      write: split.now,
      replace,
      changed: touched,
      skipped: lost,
      waiting: EMPTY_SET,
      upperBefore: record?.upper,
    }),
    ...(record?.upper !== undefined && { upperBefore: record.upper }),
    ...(upper !== undefined && { upper }),
    ...(lower !== undefined && { lower }),
    pending,
    skipped,
    ...(!isEmpty(exempt) && { exempt }),
    ...(signal && { signal }),
    fingerprints: input.fingerprints,
    notes: [...forecastNotes(input), ...lostNotes(lost)],
    plannedAtMs: input.nowMs,
  };
}
