import { expect, it } from 'vitest';
import { planSession } from '../../src/plan/plan-session.ts';
import { type Facts, hourOf, hoursOf, planInput } from './plan-fixture.ts';

const plan = (facts: Facts) => planSession(planInput({ ...facts, process: { mode: 'stateless' } }));
const before = { upper: 6, lower: 1, signal: 6 };

it('appends exactly what was added, late or new, without an upper bound', () => {
  const made = plan({
    record: before,
    sources: [
      {
        added: [
          [2, 3],
          [6, 7],
          [30, 31],
        ],
        complete: 7,
      },
    ],
  });
  expect(hoursOf(made.write)).toEqual([
    [2, 3],
    [6, 7],
    [30, 31],
  ]);
  expect(made.intervals.map((i) => [hourOf(i.start), i.state, i.action])).toEqual([
    [2, 'late', 'append'],
    [6, 'new', 'append'],
    [30, 'new', 'append'],
  ]);
  expect(made).toMatchObject({ outcome: 'work', calls: [], pending: [] });
  expect(hourOf(made.upper)).toBe(7);
});

it('remembers the least interval that it ever touched', () => {
  expect(hourOf(plan({ record: before, sources: [{ added: [[0, 1]], complete: 6 }] }).lower)).toBe(0);
  expect(hourOf(plan({ record: before, sources: [{ added: [[4, 5]], complete: 6 }] }).lower)).toBe(1);
});

it('has nothing to do without a new snapshot, and moves only the pin after a compaction', () => {
  expect(plan({ record: before, sources: [{ complete: 6, pin: 1 }] }).outcome).toBe('nothing');
  expect(plan({ record: before, sources: [{ complete: 6, pin: 2 }] }).outcome).toBe('signal');
});

it('rows that all lie before `from`, or have no time, are read past', () => {
  expect(plan({ record: before, sources: [{ added: [[0, 1]], complete: 6, from: 3 }] })).toMatchObject({
    outcome: 'signal',
    write: [],
  });
});

it('in parts: keeps U and the signal where they were until the last part', () => {
  const sources = [
    {
      added: [
        [2, 4],
        [6, 8],
      ],
      complete: 8,
    },
  ] as const;
  const first = plan({ record: before, maxIntervals: 3, sources });
  expect([hoursOf(first.write), hoursOf(first.pending), hourOf(first.upper)]).toEqual([
    [
      [2, 4],
      [6, 7],
    ],
    [[7, 8]],
    6,
  ]);
  expect(hourOf(first.signal!.until)).toBe(6);
  const last = plan({
    record: {
      ...before,
      done: [
        [2, 4],
        [6, 7],
      ],
    },
    sources,
  });
  expect([hoursOf(last.write), hoursOf(last.pending), hourOf(last.upper)]).toEqual([[[7, 8]], [], 8]);
  // Even where the last part has no row left, the watermark must move.
  const over = plan({
    record: {
      ...before,
      done: [
        [2, 4],
        [6, 8],
      ],
    },
    sources,
  });
  expect([over.outcome, hourOf(over.upper)]).toEqual(['signal', 8]);
});

it('replaces what its sources overwrote, also to nothing, and appends outside of it', () => {
  const made = plan({
    record: before,
    sources: [
      {
        added: [
          [2, 3],
          [6, 7],
        ],
        removed: [[2, 4]],
        overwritten: [[2, 4]],
        complete: 7,
      },
      { complete: 7 },
    ],
  });
  expect([hoursOf(made.write), hoursOf(made.replace!)]).toEqual([
    [
      [2, 4],
      [6, 7],
    ],
    [[2, 4]],
  ]);
  expect(made.intervals.map((i) => [hourOf(i.start), i.state, i.action])).toEqual([
    [2, 'late', 'overwrite'],
    [3, 'late', 'overwrite'],
    [6, 'new', 'append'],
  ]);
  expect(made.outcome).toBe('work');
});

it('in parts: each replaces its own of the overwritten intervals', () => {
  const sources = [{ removed: [[2, 4]], overwritten: [[2, 4]], complete: 6, from: 3 }] as const;
  const whole = plan({ record: before, sources: [{ ...sources[0], from: 0 }], maxIntervals: 1 });
  expect([hoursOf(whole.replace!), hoursOf(whole.pending)]).toEqual([[[2, 3]], [[3, 4]]]);
  expect(hoursOf(plan({ record: { ...before, done: [[2, 3]] }, sources }).replace!)).toEqual([[3, 4]]);
  expect(plan({ record: { ...before, done: [[2, 4]] }, sources }).replace).toBeUndefined();
});
