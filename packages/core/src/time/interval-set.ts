import { ceilTo, floorTo, type Grain, grainLengthUs } from './grain.ts';
import { type Instant, toInstant } from './instant.ts';

/** A span of the time axis: [start, end). */
export interface Interval {
  readonly start: Instant;
  readonly end: Instant;
}

/** Disjoint, ascending, non-empty, with no two that touch; made by `intervalSet` and the operations here, never by hand. */
export type IntervalSet = readonly Interval[];

export const EMPTY_SET: IntervalSet = [];

/** Brings any intervals into the one form of their union; empty ones vanish. */
export function intervalSet(intervals: Iterable<Interval>): IntervalSet {
  const sorted = [...intervals]
    .filter((i) => i.start < i.end)
    .sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  const result: Interval[] = [];
  for (const next of sorted) {
    const last = result[result.length - 1];
    if (last !== undefined && next.start <= last.end) {
      if (next.end > last.end) result[result.length - 1] = { start: last.start, end: next.end };
    } else {
      result.push(next);
    }
  }
  return result;
}

export const union = (...sets: readonly IntervalSet[]): IntervalSet => intervalSet(sets.flat());

export function intersect(a: IntervalSet, b: IntervalSet): IntervalSet {
  const result: Interval[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const left = a[i]!;
    const right = b[j]!;
    const start = left.start > right.start ? left.start : right.start;
    const end = left.end < right.end ? left.end : right.end;
    if (start < end) result.push({ start, end });
    if (left.end < right.end) i += 1;
    else j += 1;
  }
  return result;
}

/** What is in `a` and not in `b`. */
export function subtract(a: IntervalSet, b: IntervalSet): IntervalSet {
  const result: Interval[] = [];
  let j = 0;
  for (const whole of a) {
    let start = whole.start;
    while (j < b.length && b[j]!.end <= start) j += 1;
    for (let k = j; k < b.length && b[k]!.start < whole.end; k += 1) {
      if (b[k]!.start > start) result.push({ start, end: b[k]!.start });
      if (b[k]!.end > start) start = b[k]!.end;
    }
    if (start < whole.end) result.push({ start, end: whole.end });
  }
  return result;
}

export const isEmpty = (set: IntervalSet): boolean => set.length === 0;

export function containsInstant(set: IntervalSet, instant: Instant): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const interval = set[middle]!;
    if (instant < interval.start) high = middle - 1;
    else if (instant >= interval.end) low = middle + 1;
    else return true;
  }
  return false;
}

/** Whether all of `interval` lies in the set. */
export const covers = (set: IntervalSet, interval: Interval): boolean =>
  isEmpty(subtract(intervalSet([interval]), set));

export const overlaps = (set: IntervalSet, interval: Interval): boolean =>
  !isEmpty(intersect(set, intervalSet([interval])));

export const sameSet = (a: IntervalSet, b: IntervalSet): boolean =>
  a.length === b.length && a.every((x, i) => x.start === b[i]!.start && x.end === b[i]!.end);

/** The least interval that holds the whole set, or undefined for the empty set. */
export function hull(set: IntervalSet): Interval | undefined {
  return set.length === 0 ? undefined : { start: set[0]!.start, end: set[set.length - 1]!.end };
}

/** Part of the set in [start, end); an undefined bound is open. */
export function clip(set: IntervalSet, start: Instant | undefined, end: Instant | undefined): IntervalSet {
  const result: Interval[] = [];
  for (const interval of set) {
    const from = start !== undefined && interval.start < start ? start : interval.start;
    const to = end !== undefined && interval.end > end ? end : interval.end;
    if (from < to) result.push({ start: from, end: to });
  }
  return result;
}

/** Widens every interval to whole intervals of the grain. */
export function alignTo(grain: Grain, set: IntervalSet): IntervalSet {
  return intervalSet(set.map((i) => ({ start: floorTo(grain, i.start), end: ceilTo(grain, i.end) })));
}

/** Number of the grain's intervals that the set touches. */
export function countIntervals(grain: Grain, set: IntervalSet): number {
  const length = grainLengthUs(grain);
  return alignTo(grain, set).reduce((sum, i) => sum + Number((i.end - i.start) / length), 0);
}

/** The grain's intervals that the set touches, ascending. */
export function* enumerate(grain: Grain, set: IntervalSet): Generator<Interval> {
  const length = grainLengthUs(grain);
  for (const interval of alignTo(grain, set)) {
    for (let start = interval.start; start < interval.end; start = toInstant(start + length)) {
      yield { start, end: toInstant(start + length) };
    }
  }
}
