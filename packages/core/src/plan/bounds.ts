import { formatIdentifier } from '@psyberg/iceberg';
import type { SourceObservation } from '../changes/source-observation.ts';
import { changesSourcesOf, type Process } from '../process/process.ts';
import { formatTimeColumn } from '../process/time-column.ts';
import type { Basis, Signal, SourceState } from '../state/state-record.ts';
import { ceilTo, floorTo } from '../time/grain.ts';
import { type Instant, plus } from '../time/instant.ts';
import { alignTo, clip, EMPTY_SET, type IntervalSet, intervalSet, union } from '../time/interval-set.ts';

/** Target intervals that the changed spans of a source touch, widened by its reach: [start − after, end + before). */
export function touchedIntervals(
  process: Process,
  { source }: Pick<SourceObservation, 'source'>,
  spans: IntervalSet,
): IntervalSet {
  const { beforeUs, afterUs } = source.reads;
  const known = clip(spans, source.from, undefined);
  return alignTo(
    process.target.grain,
    intervalSet(known.map((span) => ({ start: plus(span.start, -afterUs), end: plus(span.end, beforeUs) }))),
  );
}

/**
 * Target intervals that cannot be computed again, since a source with `retention` dropped rows that they need. What the target holds
 * there stands for good: computing it anew would lose rows.
 */
export function goneIntervals(process: Process, states: readonly SourceState[]): IntervalSet {
  const gone = changesSourcesOf(process).map((source) => {
    const table = formatIdentifier(source.table);
    const dropped = states.find((s) => s.table === table && s.branch === source.branch)?.dropped;
    if (source.retentionUs === undefined || dropped === undefined) return EMPTY_SET;
    return touchedIntervals(process, { source }, dropped);
  });
  return clip(union(...gone), lowerLimitOf(process), undefined);
}

/** Where one source lets the target reach, on the target's grid; undefined while nothing is known of its completeness. */
export function sourceBound(process: Process, observation: SourceObservation): Instant | undefined {
  const complete = observation.complete;
  if (complete === undefined) return undefined;
  const open = process.target.openInterval ?? (complete.basis === 'declared' ? 'wait' : 'load');
  const until = plus(complete.until, -observation.source.reads.afterUs);
  return open === 'wait' ? floorTo(process.target.grain, until) : ceilTo(process.target.grain, until);
}

/** Least of all source bounds; undefined when one of them is. */
export function upperBound(process: Process, observations: readonly SourceObservation[]): Instant | undefined {
  let least: Instant | undefined;
  for (const observation of observations) {
    const bound = sourceBound(process, observation);
    if (bound === undefined) return undefined;
    if (least === undefined || bound < least) least = bound;
  }
  return least;
}

/** Nothing before this is ever computed; undefined when some source is read from its beginning. */
export function lowerLimitOf(process: Process): Instant | undefined {
  let least: Instant | undefined;
  for (const { from } of changesSourcesOf(process)) {
    if (from === undefined) return undefined;
    if (least === undefined || from < least) least = from;
  }
  return least === undefined ? undefined : floorTo(process.target.grain, least);
}

/**
 * How far the target is complete once the session is published: the least of complete − after over the sources, not beyond `upper`
 * nor the first pending interval, with the weakest basis. While a source says nothing, as before.
 *
 * Where a source takes a promise back (it was rolled back, or its producer corrected itself), so does the target, although U stays
 * where it is: intervals between the signal and U are computed from what is there, and will be again. Were the old promise kept, a process
 * downstream that waits for complete intervals would compute them from half their rows and declare them complete in turn, and a job that
 * goes by `psyberg wait` would never look at them again.
 */
export function outputSignal(
  process: Process,
  observations: readonly SourceObservation[],
  upper: Instant | undefined,
  pending: IntervalSet,
  before: Signal | undefined,
): Signal | undefined {
  const time = process.target.time;
  if (time === undefined || upper === undefined || observations.length === 0) return before;
  let until = upper;
  let basis: Basis = 'declared';
  for (const { complete, source } of observations) {
    if (complete === undefined) return before;
    const reached = plus(complete.until, -source.reads.afterUs);
    if (reached < until) until = reached;
    if (complete.basis === 'seen') basis = 'seen';
  }
  const first = pending[0]?.start;
  if (first !== undefined) return { until: first < until ? first : until, basis, column: formatTimeColumn(time) };
  return { until, basis, column: formatTimeColumn(time) };
}
