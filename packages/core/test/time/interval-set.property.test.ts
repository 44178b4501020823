import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Grain, grainLengthUs } from '../../src/time/grain.ts';
import { MINUTE_US, toInstant } from '../../src/time/instant.ts';
import {
  alignTo,
  clip,
  containsInstant,
  countIntervals,
  covers,
  EMPTY_SET,
  enumerate,
  hull,
  type Interval,
  type IntervalSet,
  intersect,
  intervalSet,
  isEmpty,
  overlaps,
  sameSet,
  subtract,
  union,
} from '../../src/time/interval-set.ts';

/**
 * The model: a set of the points -20 to 40. Small numbers make neighbours, overlaps and empty intervals frequent; the algebra
 * knows nothing of their size.
 */
const POINTS = Array.from({ length: 61 }, (_, index) => toInstant(BigInt(index - 20)));
const bound = fc.integer({ min: -20, max: 41 }).map((n) => toInstant(BigInt(n)));
const anyInterval = fc.tuple(bound, bound).map(([start, end]): Interval => ({ start, end }));
const properInterval = anyInterval.filter(({ start, end }) => start < end);
const someIntervals = fc.array(anyInterval, { maxLength: 8 });
const anySet = someIntervals.map(intervalSet);

const modelOf = (intervals: readonly Interval[]): string =>
  POINTS.filter((point) => intervals.some(({ start, end }) => start <= point && point < end)).join();
const modelWhere = (test: (point: bigint) => boolean): string => POINTS.filter(test).join();

function expectCanonical(set: IntervalSet): void {
  for (const [index, { start, end }] of set.entries()) {
    expect(start < end).toBe(true);
    if (index > 0) expect(set[index - 1]!.end < start).toBe(true);
  }
}

describe('interval sets hold exactly the points they should', () => {
  it('made of any intervals', () => {
    fc.assert(
      fc.property(someIntervals, (intervals) => {
        const set = intervalSet(intervals);
        expectCanonical(set);
        expect(modelOf(set)).toBe(modelOf(intervals));
        expect(intervalSet(set)).toEqual(set);
        expect(sameSet(set, intervalSet([...intervals].reverse()))).toBe(true);
      }),
    );
  });

  it('union, intersection, difference', () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const has = (set: IntervalSet) => (point: bigint) => containsInstant(set, toInstant(point));
        const [inA, inB] = [has(a), has(b)];
        for (const [set, model] of [
          [union(a, b), modelWhere((p) => inA(p) || inB(p))],
          [intersect(a, b), modelWhere((p) => inA(p) && inB(p))],
          [subtract(a, b), modelWhere((p) => inA(p) && !inB(p))],
        ] as const) {
          expectCanonical(set);
          expect(modelOf(set)).toBe(model);
        }
        expect(sameSet(union(subtract(a, b), intersect(a, b)), a)).toBe(true);
        expect(sameSet(a, b)).toBe(modelOf(a) === modelOf(b));
      }),
    );
  });

  it('of many sets at once, or none', () => {
    fc.assert(
      fc.property(fc.array(anySet, { maxLength: 4 }), (sets) => modelOf(union(...sets)) === modelOf(sets.flat())),
    );
    expect(union()).toEqual(EMPTY_SET);
  });

  it('membership, cover, overlap, hull, clip', () => {
    fc.assert(
      fc.property(anySet, properInterval, (set, interval) => {
        expect(modelWhere((p) => containsInstant(set, toInstant(p)))).toBe(modelOf(set));
        const inside = POINTS.filter((p) => interval.start <= p && p < interval.end);
        expect(covers(set, interval)).toBe(inside.every((p) => containsInstant(set, p)));
        expect(overlaps(set, interval)).toBe(inside.some((p) => containsInstant(set, p)));
        expect(sameSet(clip(set, interval.start, interval.end), intersect(set, [interval]))).toBe(true);
        expect(clip(set, undefined, undefined)).toEqual(set);
        const whole = hull(set);
        expect(whole === undefined).toBe(isEmpty(set));
        if (whole) expect([whole.start, whole.end]).toEqual([set[0]!.start, set.at(-1)!.end]);
      }),
    );
  });
});

describe('whole intervals of a grain', () => {
  const minutes = fc.integer({ min: -4000, max: 4000 }).map((n) => toInstant(BigInt(n) * MINUTE_US));
  const spans = fc
    .array(
      fc.tuple(minutes, minutes).map(([start, end]): Interval => ({ start, end })),
      { maxLength: 5 },
    )
    .map(intervalSet);

  it.each<Grain>(['15m', 'hour', 'day'])(
    '%s: widening covers, touches nothing else, and is counted as it is listed',
    (grain) => {
      fc.assert(
        fc.property(spans, (set) => {
          const aligned = alignTo(grain, set);
          expectCanonical(aligned);
          expect(isEmpty(subtract(set, aligned))).toBe(true);
          expect(alignTo(grain, aligned)).toEqual(aligned);
          const listed = [...enumerate(grain, set)];
          expect(listed).toHaveLength(countIntervals(grain, set));
          expect(sameSet(intervalSet(listed), aligned)).toBe(true);
          for (const interval of listed) {
            expect(interval.end - interval.start).toBe(grainLengthUs(grain));
            expect(overlaps(set, interval)).toBe(true);
          }
          expect(listed.every((interval, i) => i === 0 || listed[i - 1]!.end <= interval.start)).toBe(true);
        }),
        { numRuns: 60 },
      );
    },
  );
});
