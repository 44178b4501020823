import { formatIdentifier } from '@psyberg/iceberg';
import type { SessionPlan } from '../session/session-plan.ts';
import type { Signal } from '../state/state-record.ts';
import { formatInstantShort } from '../time/instant.ts';
import {
  alignTo,
  clip,
  EMPTY_SET,
  hull,
  type IntervalSet,
  intersect,
  isEmpty,
  subtract,
  union,
} from '../time/interval-set.ts';
import { lowerLimitOf } from './bounds.ts';
import { forecastNotes } from './notes.ts';
import type { PlanInput } from './plan-input.ts';
import { plannedIntervals } from './planned-intervals.ts';
import { plannedSource } from './planned-source.ts';
import { callsOf, closedIntervals, splitAt } from './stateful.ts';

/**
 * Plans a session that recomputes a span from what its sources held at the high watermarks (psyberg.md, "Cases that a reader would ask
 * about"). High watermarks and U stay where they are. The span is cut to what is loaded; a sequential one runs on through U, since
 * state flows forward; a stateful one that begins below L does all up to L too. All that it writes carries the mark of a backfill.
 *
 * Of a split one the rest is pending where intervals are recomputed anyway. A stateless process has none that would be: its rest is left
 * to whoever asked, and what was skipped stays so until it is done.
 */
export function planBackfill(input: PlanInput): SessionPlan {
  const { process, record, observations } = input;
  const wanted = backfilled(input);
  const split = splitAt(process, wanted, input.maxIntervals);
  const stateless = process.mode === 'stateless';
  const pending = stateless ? EMPTY_SET : union(subtract(record?.pending ?? EMPTY_SET, wanted), split.rest);
  const fresh = intersect(pending, record?.fresh ?? EMPTY_SET);
  const settled = stateless ? split.now : wanted;
  const { upper, lower } = record ?? {};
  const first = wanted[0]?.start;
  const range = hull(split.now);
  const signal = heldBack(record?.signal, pending);
  return {
    process: process.name,
    mode: process.mode,
    session: input.session,
    kind: 'backfill',
    target: { table: formatIdentifier(process.target.table), branch: process.target.branch, ...input.target },
    ...(record && { previous: record.session }),
    ...(input.base && { base: input.base }),
    outcome: isEmpty(split.now) ? 'nothing' : 'work',
    sources: observations.map(plannedSource),
    lookups: input.lookups,
    ...(range && { range }),
    write: split.now,
    ...(stateless && { replace: split.now }),
    calls: callsOf(process, split.now),
    intervals: plannedIntervals(process, observations, {
      action: 'overwrite',
      write: split.now,
      replace: stateless ? split.now : EMPTY_SET,
      changed: record?.skipped ?? EMPTY_SET,
      skipped: EMPTY_SET,
      waiting: EMPTY_SET,
      upperBefore: upper,
    }),
    ...(upper !== undefined && { upperBefore: upper, upper }),
    ...(lower !== undefined && { lower: first !== undefined && first < lower ? first : lower }),
    pending,
    ...(!isEmpty(fresh) && { fresh }),
    skipped: subtract(record?.skipped ?? EMPTY_SET, settled),
    ...(!isEmpty(settled) && { exempt: settled }),
    ...(signal && { signal }),
    fingerprints: input.fingerprints,
    notes: [...clipNotes(input, wanted), ...forecastNotes(input)],
    plannedAtMs: input.nowMs,
  };
}

/** The signal stays, or stands before the first interval that is pending; the next ordinary session moves it on. */
function heldBack(signal: Signal | undefined, pending: IntervalSet): Signal | undefined {
  const first = pending[0]?.start;
  return signal === undefined || first === undefined || signal.until <= first ? signal : { ...signal, until: first };
}

/** What is to be recomputed; empty where nothing of the span is loaded. */
function backfilled(input: PlanInput): IntervalSet {
  const { process, record, observations } = input;
  if (record?.upper === undefined) return EMPTY_SET;
  return subtract(loaded(input), closedIntervals(process, observations, record));
}

/** What of the span is loaded, with what must be done with it. */
function loaded({ process, record, span }: PlanInput): IntervalSet {
  if (span === undefined || record?.upper === undefined) return EMPTY_SET;
  const { upper, lower = upper } = record;
  const wanted = clip(alignTo(process.target.grain, [span]), lowerLimitOf(process), upper);
  const first = wanted[0]?.start;
  if (first === undefined) return EMPTY_SET;
  if (process.mode === 'sequential') return [{ start: first, end: upper }];
  return process.mode === 'stateful' && first < lower ? union(wanted, [{ start: first, end: lower }]) : wanted;
}

function clipNotes(input: PlanInput, wanted: IntervalSet): readonly string[] {
  const { process, record, span } = input;
  if (span === undefined) return [];
  const whole = hull(wanted);
  const closed = hull(subtract(loaded(input), wanted));
  if (closed !== undefined) {
    return [
      `What lies from ${formatInstantShort(closed.start)} to ${formatInstantShort(closed.end)} keeps its rows: a source has dropped by its ` +
        'retention what they were made of.',
    ];
  }
  const upper = record?.upper;
  if (whole === undefined) {
    const loaded = upper === undefined ? 'has loaded nothing yet' : `is loaded until ${formatInstantShort(upper)}`;
    return [`${process.name} ${loaded}; nothing of the span is there to be recomputed.`];
  }
  if (process.mode === 'sequential' && span.end < whole.end) {
    return ['State flows forward, so all that follows is recomputed too.'];
  }
  return span.end > whole.end
    ? [`What lies beyond ${formatInstantShort(whole.end)} is not loaded yet, and is left to ordinary runs.`]
    : [];
}
