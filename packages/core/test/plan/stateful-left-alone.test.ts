/** What a stateful session leaves alone: for good beyond the threshold, and for the next session where it is split. */
import { describe } from 'vitest';
import { HOUR_US } from '../../src/time/instant.ts';
import { before, table } from './plan-table.ts';

describe('the catch-up threshold', () => {
  const process = { catchUpThresholdUs: 3n * HOUR_US };
  table([
    [
      'leaves alone what lies further below U, and records it',
      {
        record: { ...before, upper: 10 },
        process,
        sources: [
          {
            added: [
              [5, 6],
              [8, 9],
            ],
            complete: 10,
          },
        ],
      },
      { write: [[8, 10]], skipped: [[5, 6]] },
    ],
    [
      'the interval just within is loaded',
      {
        record: { ...before, upper: 10 },
        process,
        sources: [
          {
            added: [
              [6, 7],
              [7, 8],
            ],
            complete: 10,
          },
        ],
      },
      { write: [[7, 10]], skipped: [[6, 7]] },
    ],
    [
      'is measured from U before the session: a long pause skips nothing that hourly runs would have loaded',
      { record: { ...before, upper: 10 }, process, sources: [{ added: [[8, 100]], complete: 100 }] },
      { write: [[8, 100]], skipped: [] },
    ],
    [
      'one row of 1970 does not start half a million hours',
      {
        record: { ...before, upper: 10, lower: 4 },
        process,
        sources: [{ added: [[-470_000, -469_999]], complete: 10 }],
      },
      { write: [], skipped: [[-470_000, -469_999]], lower: 4, outcome: 'signal' },
    ],
    [
      'a backfill upstream is exempt',
      { record: { ...before, upper: 10 }, process, sources: [{ added: [[2, 3]], exempt: [[2, 3]], complete: 10 }] },
      { write: [[2, 10]], skipped: [] },
    ],
    [
      'an interval stops being skipped when a session overwrites it',
      {
        record: {
          ...before,
          upper: 10,
          skipped: [
            [5, 6],
            [8, 9],
          ],
        },
        process,
        sources: [{ added: [[7, 8]], complete: 10 }],
      },
      { write: [[7, 10]], skipped: [[5, 6]] },
    ],
    [
      'a sequential session starts above it, from the target’s own rows',
      {
        record: { ...before, upper: 10 },
        process: { ...process, mode: 'sequential' },
        sources: [
          {
            added: [
              [5, 6],
              [8, 9],
            ],
            complete: 10,
          },
        ],
      },
      {
        write: [[8, 10]],
        calls: [
          [8, 9],
          [9, 10],
        ],
        skipped: [[5, 6]],
      },
    ],
    [
      'what waited at or beyond U is never skipped',
      { record: before, process: { catchUpThresholdUs: 1n }, sources: [{ added: [[6, 20]], complete: 20 }] },
      { write: [[6, 20]], skipped: [] },
    ],
  ]);
});

describe('a session that is split', () => {
  table([
    [
      'does the first intervals, and keeps the rest as pending',
      { record: before, maxIntervals: 2, sources: [{ added: [[2, 7]], complete: 7 }] },
      { write: [[2, 4]], pending: [[4, 7]], upper: 7, signal: 4 },
    ],
    [
      'the next one does what is pending, although nothing changed',
      {
        record: { upper: 7, lower: 0, pending: [[4, 7]], signal: 4 },
        maxIntervals: 2,
        sources: [{ complete: 7, pin: 1 }],
      },
      { write: [[4, 6]], pending: [[6, 7]], signal: 6 },
    ],
    [
      'and the last one frees the signal',
      {
        record: { upper: 7, lower: 0, pending: [[6, 7]], signal: 6 },
        maxIntervals: 2,
        sources: [{ complete: 7, pin: 1 }],
      },
      { write: [[6, 7]], pending: [], signal: 7 },
    ],
    [
      'a late interval before the pending ones comes first',
      {
        record: { upper: 7, lower: 0, pending: [[4, 7]], signal: 4 },
        maxIntervals: 2,
        sources: [{ added: [[1, 2]], complete: 7 }],
      },
      { write: [[1, 3]], pending: [[3, 7]], signal: 3 },
    ],
    [
      'skipping from one changed interval to the next',
      {
        record: before,
        process: { load: 'changed' },
        maxIntervals: 2,
        sources: [
          {
            added: [
              [1, 2],
              [3, 4],
              [5, 6],
            ],
            complete: 6,
          },
        ],
      },
      {
        write: [
          [1, 2],
          [3, 4],
        ],
        pending: [[5, 6]],
        signal: 5,
      },
    ],
  ]);
});
