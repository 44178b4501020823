import type { History } from './history.ts';

/** Histories that broke the law once, or that would if one rule were forgotten; each says what must hold. Told before the random ones. */
export const REMEMBERED: Readonly<Record<string, History>> = {
  'a file with late hours of one date and early hours of the next is no more complete than its last hour': {
    seed: 0,
    sources: [{ table: 'raw.s0', time: 'date_hour', partition: 'none' }],
    processes: [
      {
        name: 'running',
        kind: 'running',
        inputs: [{ table: 'raw.s0', before: 0, after: 0 }],
        labelled: false,
        grain: 'hour',
        load: 'range',
        isolate: false,
        partition: 'day',
      },
    ],
    events: [
      {
        do: 'append',
        table: 'raw.s0',
        rows: [
          { id: 1, key: 1, value: 31, at: 240 },
          { id: 2, key: 0, value: 38, at: -180 },
        ],
      },
      { do: 'run' },
    ],
  },
  'a late row is seen by all the intervals that look back at it, and by no others': {
    seed: 0,
    sources: [{ table: 'raw.s0', time: 'timestamptz', partition: 'hour' }],
    processes: [
      {
        name: 'totals',
        kind: 'totals',
        inputs: [{ table: 'raw.s0', before: 120, after: 45 }],
        labelled: false,
        grain: 'hour',
        load: 'changed',
        isolate: false,
        partition: 'hour',
      },
    ],
    events: [
      {
        do: 'append',
        table: 'raw.s0',
        rows: [0, 1, 2, 3, 4, 5, 6].map((hour) => ({ id: hour, key: 0, value: 1, at: hour * 60 + 7 })),
      },
      { do: 'run' },
      { do: 'append', table: 'raw.s0', rows: [{ id: 10, key: 0, value: 10, at: 2 * 60 + 22 }] },
      { do: 'run' },
    ],
  },
  'a staged snapshot that expires before it is published is written again, not taken for nothing': {
    seed: 0,
    sources: [{ table: 'raw.s0', time: 'timestamptz', partition: 'hour' }],
    processes: [
      {
        name: 'totals',
        kind: 'totals',
        inputs: [{ table: 'raw.s0', before: 0, after: 0 }],
        labelled: false,
        grain: 'hour',
        load: 'range',
        isolate: false,
        partition: 'hour',
      },
    ],
    events: [
      { do: 'append', table: 'raw.s0', rows: [{ id: 1, key: 1, value: 5, at: 7 }] },
      { do: 'run' },
      { do: 'append', table: 'raw.s0', rows: [{ id: 2, key: 1, value: 6, at: 8 }] },
      { do: 'steps', process: 'totals', afterInit: [], afterWrite: [{ do: 'expire', table: 'dw.totals' }] },
      { do: 'run' },
    ],
  },
  'who reads a target of ours for the first time takes all that is live in it, carried rows too': {
    seed: 0,
    sources: [{ table: 'raw.s0', time: 'timestamptz', partition: 'hour' }],
    processes: [
      {
        name: 'quarters',
        kind: 'totals',
        inputs: [{ table: 'raw.s0', before: 0, after: 0 }],
        labelled: false,
        grain: '15m',
        load: 'changed',
        isolate: false,
        partition: 'none',
      },
      {
        name: 'hours',
        kind: 'totals',
        inputs: [{ table: 'dw.quarters', before: 0, after: 0 }],
        labelled: false,
        grain: 'hour',
        load: 'range',
        isolate: false,
        partition: 'day',
      },
    ],
    events: [
      {
        do: 'append',
        table: 'raw.s0',
        rows: [1, 2, 3, 4].map((hour) => ({ id: hour, key: 0, value: 1, at: hour * 60 })),
      },
      { do: 'run', processes: ['quarters'] },
      { do: 'append', table: 'raw.s0', rows: [{ id: 10, key: 0, value: 10, at: 3 * 60 }] },
      { do: 'run', processes: ['quarters'] },
      { do: 'run' },
    ],
  },
  'a change may be skipped where the high watermark has expired and the change can still be told': {
    seed: 0,
    sources: [{ table: 'raw.s0', time: 'timestamptz', partition: 'hour' }],
    processes: [
      {
        name: 'totals',
        kind: 'totals',
        inputs: [{ table: 'raw.s0', before: 0, after: 0 }],
        labelled: false,
        grain: 'hour',
        load: 'changed',
        isolate: false,
        partition: 'hour',
      },
    ],
    events: [
      { do: 'append', table: 'raw.s0', rows: [{ id: 1, key: 0, value: 5, at: 0 }] },
      { do: 'run' },
      { do: 'append', table: 'raw.s0', rows: [{ id: 2, key: 0, value: 6, at: 1 }] },
      { do: 'expire', table: 'raw.s0' },
      { do: 'skip', process: 'totals', table: 'raw.s0' },
      { do: 'append', table: 'raw.s0', rows: [{ id: 3, key: 0, value: 7, at: 61 }] },
      { do: 'run' },
    ],
  },
  'a recompute takes rows away outside the intervals that it writes, and readers of the target follow': {
    seed: 0,
    sources: [{ table: 'raw.s0', time: 'timestamptz', partition: 'hour' }],
    processes: ['raw.s0', 'dw.first'].map((table) => ({
      name: table === 'raw.s0' ? 'first' : 'second',
      kind: 'totals',
      inputs: [{ table, before: 0, after: 0 }],
      labelled: false,
      grain: 'hour',
      load: 'range',
      isolate: false,
      partition: 'hour',
    })),
    events: [
      { do: 'append', table: 'raw.s0', rows: [1, 2, 3].map((hour) => ({ id: hour, key: 0, value: 1, at: hour * 60 })) },
      { do: 'run' },
      { do: 'overwrite', table: 'raw.s0', without: [1], rows: [] },
      { do: 'recompute', process: 'first' },
      { do: 'run' },
    ],
  },
};
