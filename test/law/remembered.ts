import type { History } from './history.ts';

/** Histories that once broke the law, shortened; each says what was wrong. They are told before the random ones. */
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
};
