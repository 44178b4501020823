import type { SourceObservation } from '../changes/source-observation.ts';
import type { Process } from '../process/process.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import type { StateRecord } from '../state/state-record.ts';
import { ceilTo } from '../time/grain.ts';
import { BEGINNING_OF_TIME, formatInstantShort, type Instant, latest, plus } from '../time/instant.ts';
import {
  clip,
  EMPTY_SET,
  enumerate,
  hull,
  type Interval,
  type IntervalSet,
  intersect,
  intervalSet,
  isEmpty,
  sameSet,
  subtract,
  union,
} from '../time/interval-set.ts';
import { goneIntervals, lowerLimitOf, outputSignal, touchedIntervals, upperBound } from './bounds.ts';
import { forecastNotes } from './notes.ts';
import type { PlanInput } from './plan-input.ts';
import { plannedIntervals } from './planned-intervals.ts';
import { pinsMove, plannedSource } from './planned-source.ts';

/**
 * Plans a session that recomputes and overwrites intervals (psyberg.md, "Computing the range of a stateful session").
 *
 * What is due: everything that changed or is pending below the new upper bound, and everything between the bound reached before and
 * the new one, so that an interval seen early and waited for is not lost when nothing more of it arrives. What changed too far
 * below the old bound for the catch-up threshold, or needs rows that a source's retention has dropped, is skipped and recorded as
 * such. A `range` load and every sequential one
 * recomputes from the least due interval to the bound; `changed` just what is due.
 */
export function planStateful(input: PlanInput): SessionPlan {
  const { process, record, observations } = input;
  const decision = decide(input);
  const split = splitAt(process, decision.write, input.maxIntervals);
  const pending = split.rest;
  const upper = decision.upper;
  const fresh = freshIntervals(record, pending);
  const skipped = subtract(union(record?.skipped ?? EMPTY_SET, decision.skip), decision.write);
  const exempt = exemptIntervals(input, decision.write);
  const signal = outputSignal(process, observations, upper, pending, record?.signal);
  const range = hull(split.now);
  // What is there is replaced, also by nothing.
  const starts = input.kind === 'recompute';
  const moves =
    pinsMove(record, observations) ||
    upper !== record?.upper ||
    signal?.until !== record?.signal?.until ||
    signal?.basis !== record?.signal?.basis ||
    !sameSet(skipped, record?.skipped ?? EMPTY_SET);
  return {
    process: process.name,
    mode: process.mode,
    session: input.session,
    kind: input.kind,
    target: { table: tableOf(process), branch: process.target.branch, ...input.target },
    ...(record && { previous: record.session }),
    ...(input.base && { base: input.base }),
    outcome: !isEmpty(split.now) ? 'work' : moves && (upper !== undefined || starts) ? 'signal' : 'nothing',
    sources: observations.map(plannedSource),
    lookups: input.lookups,
    ...(range && { range }),
    write: split.now,
    calls: callsOf(process, split.now),
    intervals: plannedIntervals(process, observations, {
      action: 'overwrite',
      write: split.now,
      changed: decision.changed,
      skipped: decision.skip,
      waiting: decision.waiting,
      upperBefore: record?.upper,
    }),
    ...(record?.upper !== undefined && { upperBefore: record.upper }),
    ...(upper !== undefined && { upper }),
    ...(decision.lower !== undefined && { lower: decision.lower }),
    pending,
    ...(!isEmpty(fresh) && { fresh }),
    skipped,
    ...(!isEmpty(exempt) && { exempt }),
    ...(signal && { signal }),
    fingerprints: input.fingerprints,
    notes: [...forecastNotes(input), ...lostNotes(decision.lost)],
    plannedAtMs: input.nowMs,
  };
}

interface Decision {
  readonly write: IntervalSet;
  readonly changed: IntervalSet;
  readonly skip: IntervalSet;
  /** Of `skip`: what a source's retention has made impossible to compute. */
  readonly lost: IntervalSet;
  readonly waiting: IntervalSet;
  readonly upper: Instant | undefined;
  readonly lower: Instant | undefined;
}

function decide({ process, record, observations }: PlanInput): Decision {
  const limit = lowerLimitOf(process);
  const touch = (pick: (o: SourceObservation) => IntervalSet): IntervalSet =>
    clip(union(...observations.map((o) => touchedIntervals(process, o, pick(o)))), limit, undefined);
  const changed = touch((o) => intervalSet(o.changes.flatMap((c) => c.span)));
  const bound = upperBound(process, observations);
  const before = record?.upper;
  const upper = bound === undefined ? before : before === undefined ? bound : latest(before, bound);
  const waiting = waitingIntervals(process, observations, changed, upper);
  const nothing = { write: EMPTY_SET, changed, skip: EMPTY_SET, lost: EMPTY_SET, waiting };
  if (upper === undefined) return { ...nothing, upper, lower: record?.lower };

  if (record === undefined || before === undefined) {
    const lower = limit ?? changed[0]?.start;
    if (lower === undefined || lower >= upper) return { ...nothing, upper: undefined, lower: undefined };
    return { ...nothing, write: [{ start: lower, end: upper }], upper, lower };
  }

  const closed = closedIntervals(process, observations, record);
  const lost = intersect(union(changed, record.pending), closed);
  const late = beyondThreshold(
    process,
    before,
    changed,
    touch((o) => o.exempt),
  );
  const skip = union(late, lost);
  const due = union(
    clip(subtract(changed, skip), undefined, upper),
    subtract(record.pending, lost),
    upper > before ? [{ start: before, end: upper }] : EMPTY_SET,
  );
  const first = due[0]?.start;
  if (first === undefined) return { ...nothing, skip, lost, upper, lower: record.lower };
  const lower = record.lower === undefined || first < record.lower ? first : record.lower;
  const gap = record.lower !== undefined && first < record.lower ? [{ start: first, end: record.lower }] : EMPTY_SET;
  const whole =
    process.load === 'range' || process.mode === 'sequential' ? [{ start: first, end: upper }] : union(due, gap);
  const write = subtract(whole, closed);
  return { write, changed, skip: subtract(skip, write), lost, waiting, upper, lower };
}

/** Of what is pending, what no session has computed: it lies at or above the bound of before, or was such already then. */
function freshIntervals(record: StateRecord | undefined, pending: IntervalSet): IntervalSet {
  if (record?.upper === undefined) return pending;
  return union(clip(pending, record.upper, undefined), intersect(pending, record.fresh ?? EMPTY_SET));
}

/**
 * Intervals that were computed and are not computed again, whatever changes, since a source dropped rows that they need. State flows
 * through intervals in order, so for a sequential process all that lies before such an interval is closed too.
 */
export function closedIntervals(
  process: Process,
  observations: readonly SourceObservation[],
  { upper, fresh = EMPTY_SET }: StateRecord,
): IntervalSet {
  const states = observations.map((o) => o.next);
  const gone = subtract(clip(goneIntervals(process, states), undefined, upper), fresh);
  const end = hull(gone)?.end;
  return process.mode !== 'sequential' || end === undefined ? gone : [{ start: BEGINNING_OF_TIME, end }];
}

/** What could not be computed again, for people. */
export function lostNotes(lost: IntervalSet): readonly string[] {
  const whole = hull(lost);
  if (whole === undefined) return [];
  return [
    `What changed from ${formatInstantShort(whole.start)} to ${formatInstantShort(whole.end)} touches intervals whose rows a source has ` +
      'dropped by its retention; computed anew they would lose rows, so the target keeps what it has there, and they count as skipped.',
  ];
}

/** Changed intervals that start further below the bound reached before than the threshold allows. */
function beyondThreshold(process: Process, before: Instant, changed: IntervalSet, exempt: IntervalSet): IntervalSet {
  const threshold = process.catchUpThresholdUs;
  if (threshold === undefined) return EMPTY_SET;
  const cut = ceilTo(process.target.grain, plus(before, -threshold));
  return subtract(clip(changed, undefined, cut < before ? cut : before), exempt);
}

/**
 * What carries the mark of a backfill: what a marked change touches, and what a part of a split one left pending. A load that runs on
 * from the first of these passes the mark on to all that it recomputes from there.
 */
function exemptIntervals({ process, record, observations }: PlanInput, write: IntervalSet): IntervalSet {
  const touched = observations.map((o) => touchedIntervals(process, o, o.exempt));
  const marked = intersect(
    write,
    union(...touched, intersect(record?.exempt ?? EMPTY_SET, record?.pending ?? EMPTY_SET)),
  );
  const first = marked[0]?.start;
  if (first === undefined || (process.load === 'changed' && process.mode !== 'sequential')) return marked;
  return clip(write, first, undefined);
}

/** Seen in some source, but above what all sources have completed. */
function waitingIntervals(
  process: Process,
  observations: readonly SourceObservation[],
  changed: IntervalSet,
  upper: Instant | undefined,
): IntervalSet {
  const seen = observations.flatMap(({ next, source }): Interval[] => {
    if (next.seenUntil === undefined || upper === undefined) return [];
    const end = ceilTo(process.target.grain, plus(next.seenUntil, -source.reads.afterUs));
    return upper < end ? [{ start: upper, end }] : [];
  });
  return union(upper === undefined ? changed : clip(changed, upper, undefined), intervalSet(seen));
}

/** At most `max` intervals now, in order; the rest is pending. */
export function splitAt(
  process: Process,
  write: IntervalSet,
  max: number | undefined,
): { readonly now: IntervalSet; readonly rest: IntervalSet } {
  if (max === undefined) return { now: write, rest: EMPTY_SET };
  let count = 0;
  for (const interval of enumerate(process.target.grain, write)) {
    count += 1;
    if (count === max) return { now: clip(write, undefined, interval.end), rest: clip(write, interval.end, undefined) };
  }
  return { now: write, rest: EMPTY_SET };
}

/** One call of the transform for each maximal run of intervals, or for each interval. */
export function callsOf(process: Process, write: IntervalSet): readonly Interval[] {
  if (process.mode === 'stateless') return [];
  return process.isolate || process.mode === 'sequential' ? [...enumerate(process.target.grain, write)] : write;
}

const tableOf = (process: Process): string => [...process.target.table.namespace, process.target.table.name].join('.');
