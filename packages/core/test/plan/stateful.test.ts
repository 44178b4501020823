import { describe, expect, it } from 'vitest';
import { planSession } from '../../src/plan/plan-session.ts';
import { HOUR_US } from '../../src/time/instant.ts';
import { hourOf, planInput } from './plan-fixture.ts';
import { before, table } from './plan-table.ts';

describe('the range', () => {
  table([
    [
      'first run: everything up to where all sources are complete',
      {
        sources: [
          { added: [[0, 6]], complete: 6 },
          { added: [[1, 5]], complete: 5 },
        ],
      },
      { write: [[0, 5]], upper: 5, lower: 0, waiting: { 5: [1] }, signal: 5 },
    ],
    [
      'first run where a source has nothing yet',
      { sources: [{ added: [[0, 6]], complete: 6 }, {}] },
      { write: [], upper: undefined, lower: undefined, outcome: 'nothing' },
    ],
    [
      'first run begins at `from`, even where no row is',
      { sources: [{ added: [[0, 6]], complete: 6, from: 3 }] },
      { write: [[3, 6]], lower: 3 },
    ],
    [
      'min of mins to min of maxes',
      {
        record: before,
        sources: [
          {
            added: [
              [2, 3],
              [6, 7],
            ],
            complete: 7,
          },
          {
            added: [
              [3, 4],
              [6, 7],
            ],
            complete: 7,
          },
          { added: [[5, 8]], complete: 8 },
        ],
      },
      { write: [[2, 7]], calls: [[2, 7]], upper: 7, lower: 0, waiting: { 7: [0, 1] }, signal: 7 },
    ],
    [
      'an hour that was seen early and waited for is processed when the quiet source has gone on, though nothing more of it came',
      { record: { ...before, upper: 7 }, sources: [{ complete: 8 }, { added: [[8, 9]], complete: 9 }] },
      { write: [[7, 8]], upper: 8, waiting: { 8: [0] } },
    ],
    [
      'a declared bound that moves releases intervals without any new snapshot',
      { record: before, sources: [{ complete: 8, basis: 'declared', pin: 1 }] },
      { write: [[6, 8]], upper: 8, signal: 8 },
    ],
    [
      'never below U, though a source now claims less',
      { record: before, sources: [{ added: [[4, 5]], complete: 5, basis: 'declared', seen: 6 }] },
      { write: [[4, 6]], upper: 6, signal: 5 },
    ],
    [
      'only changes above the bound: nothing is written, they wait',
      { record: before, sources: [{ added: [[6, 7]], complete: 7 }, { complete: 6 }] },
      { write: [], upper: 6, waiting: { 6: [1] }, outcome: 'signal' },
    ],
    [
      'removed files widen it as added ones do',
      { record: before, sources: [{ added: [[3, 4]], removed: [[1, 2]], complete: 6 }] },
      { write: [[1, 6]] },
    ],
    [
      'a late interval below L: all between is done too',
      { record: { ...before, lower: 4 }, process: { load: 'changed' }, sources: [{ added: [[1, 2]], complete: 6 }] },
      { write: [[1, 4]], lower: 1 },
    ],
    [
      'what a source brings before its `from` is nothing',
      { record: { ...before, lower: 3 }, sources: [{ added: [[1, 2]], complete: 6, from: 3 }] },
      { write: [], outcome: 'signal' },
    ],
    [
      'nothing new and no bound moved',
      { record: before, sources: [{ complete: 6, pin: 1 }] },
      { write: [], outcome: 'nothing' },
    ],
    [
      'a compaction only moves the pin',
      { record: before, sources: [{ complete: 6, pin: 2 }] },
      { write: [], outcome: 'signal', upper: 6 },
    ],
  ]);
});

describe('an interval that is still open', () => {
  table([
    [
      'declared: waits',
      { record: before, sources: [{ complete: 6.5, basis: 'declared' }] },
      { write: [], upper: 6, signal: 6 },
    ],
    [
      'declared, told to load',
      { record: before, target: { openInterval: 'load' }, sources: [{ complete: 6.5, basis: 'declared' }] },
      { write: [[6, 7]], upper: 7, signal: 6.5 },
    ],
    [
      'seen: is loaded',
      { record: before, sources: [{ added: [[6.2, 6.5]], complete: 6.5 }] },
      { write: [[6, 7]], upper: 7, signal: 6.5 },
    ],
    [
      'seen, told to wait',
      { record: before, target: { openInterval: 'wait' }, sources: [{ added: [[6.2, 6.5]], complete: 6.5 }] },
      { write: [], upper: 6, waiting: { 6: [0] } },
    ],
    [
      'and is computed again as more of it comes',
      { record: { ...before, upper: 7, signal: 6.5 }, sources: [{ added: [[6.6, 6.8]], complete: 6.8 }] },
      { write: [[6, 7]], upper: 7, signal: 6.8 },
    ],
  ]);
});

describe('reach', () => {
  table([
    [
      'what is read `before` touches intervals after it',
      {
        record: { ...before, upper: 10 },
        process: { load: 'changed' },
        sources: [{ added: [[2, 3]], complete: 10, before: 3 }],
      },
      { write: [[2, 6]] },
    ],
    [
      'what is read `after` touches intervals before it, and pulls the bound back',
      {
        record: before,
        process: { load: 'changed' },
        sources: [
          {
            added: [
              [2, 3],
              [6, 7],
            ],
            complete: 7,
            after: 1,
          },
        ],
      },
      {
        write: [
          [1, 3],
          [5, 6],
        ],
        upper: 6,
        signal: 6,
      },
    ],
    [
      'a reach that is no whole interval touches all it meets',
      {
        record: { ...before, upper: 10 },
        process: { load: 'changed' },
        target: { grain: 'hour' },
        sources: [{ added: [[2.5, 2.6]], complete: 10, before: 1 }],
      },
      { write: [[2, 4]] },
    ],
    [
      'one source reaches, the other does not',
      {
        record: before,
        process: { load: 'changed' },
        sources: [
          { added: [[2, 3]], complete: 6, before: 1 },
          { added: [[0, 1]], complete: 6 },
        ],
      },
      {
        write: [
          [0, 1],
          [2, 4],
        ],
      },
    ],
  ]);
});

describe('what is loaded', () => {
  const changes = {
    record: { ...before, upper: 9, signal: 9 },
    sources: [
      {
        added: [
          [2, 3],
          [5, 7],
          [9, 10],
        ],
        complete: 10,
      },
    ],
  } as const;
  table([
    ['a range: one call from the least to the bound', changes, { write: [[2, 10]], calls: [[2, 10]] }],
    [
      'a range, isolated: a call for each interval',
      { ...changes, process: { isolate: true } },
      { calls: [2, 3, 4, 5, 6, 7, 8, 9].map((h) => [h, h + 1] as const) },
    ],
    [
      'only what changed: a call for each run of intervals',
      { ...changes, process: { load: 'changed' } },
      {
        write: [
          [2, 3],
          [5, 7],
          [9, 10],
        ],
        calls: [
          [2, 3],
          [5, 7],
          [9, 10],
        ],
      },
    ],
    [
      'sequential: one interval after the other through the bound',
      { ...changes, process: { mode: 'sequential' } },
      { write: [[2, 10]], calls: [2, 3, 4, 5, 6, 7, 8, 9].map((h) => [h, h + 1] as const) },
    ],
  ]);
});

describe('other grains', () => {
  table([
    [
      'days',
      {
        record: { upper: 48, lower: 0 },
        target: { grain: 'day' },
        process: { load: 'changed' },
        sources: [
          {
            added: [
              [5, 6],
              [49, 50],
            ],
            complete: 50,
          },
        ],
      },
      {
        write: [
          [0, 24],
          [48, 72],
        ],
        upper: 72,
      },
    ],
    [
      'quarters of an hour',
      {
        record: { upper: 6, lower: 0 },
        target: { grain: '15m' },
        process: { load: 'changed' },
        sources: [{ added: [[5.3, 5.4]], complete: 6.1 }],
      },
      {
        write: [
          [5.25, 5.5],
          [6, 6.25],
        ],
        upper: 6.25,
      },
    ],
  ]);
});

it('says of each interval what it is and since when it is late', () => {
  const plan = planSession(
    planInput({
      record: before,
      sources: [
        {
          added: [
            [2, 3],
            [6, 7],
          ],
          complete: 7,
        },
        { added: [[6, 8]], complete: 8 },
      ],
    }),
  );
  expect(plan.intervals.map((i) => [hourOf(i.start), i.state, i.action, i.causes.map((c) => c.table)])).toEqual([
    [2, 'late', 'overwrite', ['raw.s0']],
    [3, 'redone', 'overwrite', []],
    [4, 'redone', 'overwrite', []],
    [5, 'redone', 'overwrite', []],
    [6, 'new', 'overwrite', ['raw.s0', 'raw.s1']],
    [7, 'waiting', 'none', ['raw.s1']],
  ]);
  expect(plan.intervals[0]!.lateByUs).toBe(4n * HOUR_US);
});

it('says that the transform has changed, and recomputes nothing unasked', () => {
  const plan = planSession(
    planInput({ record: { ...before, transform: 'older' }, sources: [{ complete: 6, pin: 1 }] }),
  );
  expect(plan.write).toEqual([]);
  expect(plan.notes.join()).toMatch(/transform has changed since session s1/);
});
