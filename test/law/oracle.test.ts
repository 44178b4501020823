import { afterAll, beforeAll, expect, test } from 'vitest';
import { difference } from './compare.ts';
import { generateHistory } from './generate.ts';
import { type History, type HistoryEvent, printHistory } from './history.ts';
import { Model } from './oracle/model.ts';
import { Sql } from './oracle/sql.ts';

let sql: Sql;
beforeAll(async () => {
  sql = await Sql.open();
});
afterAll(() => sql.close());

const modelOf = (history: History): Model => new Model(sql, history.sources, history.processes, history.labels);

test('the model, interval by interval, agrees with one computation of everything', async () => {
  let compared = 0;
  for (let seed = 1; seed <= 60; seed += 1) {
    const history = generateHistory(seed);
    const model = modelOf(history);
    for (const event of history.events) {
      if (!model.allows(event)) continue;
      await model.apply(event);
      if (event.do !== 'run') continue;
      for (const process of history.processes) {
        const all = await model.recompute(process);
        if (all === undefined) continue;
        compared += 1;
        const problem = difference(process, all, model.rowsOf(process));
        expect(problem, `${printHistory(history)}\nafter ${JSON.stringify(event)}`).toBeNull();
      }
    }
  }
  expect(compared).toBeGreaterThan(100);
});

test('the histories cover what the law speaks of', () => {
  const histories = Array.from({ length: 200 }, (_, n) => generateHistory(n + 1));
  const count = (holds: (history: History) => boolean) => histories.filter(holds).length;
  const eventsOf = (what: string) => count((history) => history.events.some((event) => event.do === what));
  const some = (holds: (process: History['processes'][number]) => boolean) =>
    count((history) => history.processes.some(holds));
  const events = [
    ...['compact', 'merge manifests', 'roll back', 'label', 'overwrite', 'expire', 'declare', 'foreign append'],
    ...['evolve partition', 'evolve schema', 'crash', 'race', 'steps', 'backfill', 'recompute', 'skip'],
    ...['add source', 'drop old'],
  ];
  for (const what of events) expect(eventsOf(what), what).toBeGreaterThan(5);
  const runs = (holds: (event: HistoryEvent) => boolean) => count((history) => history.events.some(holds));
  expect(runs((event) => 'maxIntervals' in event)).toBeGreaterThan(5);
  expect(runs((event) => 'meanwhile' in event)).toBeGreaterThan(5);
  expect(runs((event) => event.do === 'steps' && event.afterInit.length + event.afterWrite.length > 0)).toBeGreaterThan(
    5,
  );
  expect(some(({ pin }) => pin === true)).toBeGreaterThan(20);
  for (const kind of ['recompute', 'added-only'])
    expect(
      some((process) => process.onOverwrite === kind),
      kind,
    ).toBeGreaterThan(5);
  expect(runs((event) => event.do === 'overwrite' && event.again !== undefined)).toBeGreaterThan(5);
  for (const kind of ['copy', 'totals', 'running'])
    expect(
      some((process) => process.kind === kind),
      kind,
    ).toBeGreaterThan(15);
  for (const time of ['timestamptz', 'timestamp', 'epoch_ms', 'date_hour', 'date', 'landing'])
    expect(
      count((history) => history.sources.some((source) => source.time === time)),
      time,
    ).toBeGreaterThan(5);
  for (const grain of ['15m', 'hour', 'day'])
    expect(
      some((process) => process.grain === grain),
      grain,
    ).toBeGreaterThan(5);
  for (const partition of ['none', 'hour', 'day'])
    expect(some((process) => process.partition === partition)).toBeGreaterThan(10);
  expect(some((process) => process.threshold !== undefined)).toBeGreaterThan(10);
  expect(some((process) => process.inputs.some((input) => input.before > 0))).toBeGreaterThan(8);
  expect(some((process) => process.inputs.some((input) => input.after > 0))).toBeGreaterThan(4);
  expect(some((process) => process.load === 'changed')).toBeGreaterThan(8);
  expect(
    count((history) => history.events.some((event) => event.do === 'run' && event.processes !== undefined)),
  ).toBeGreaterThan(5);
});

test('hour 7 of one source waits for the other, and the hours in between are not lost', async () => {
  const history: History = {
    seed: 0,
    sources: [
      { table: 'raw.s0', time: 'timestamptz', partition: 'hour' },
      { table: 'raw.s1', time: 'timestamptz', partition: 'none' },
    ],
    processes: [
      {
        name: 'totals',
        kind: 'totals',
        inputs: [
          { table: 'raw.s0', before: 0, after: 0 },
          { table: 'raw.s1', before: 0, after: 0 },
        ],
        labelled: false,
        grain: 'hour',
        load: 'range',
        isolate: false,
        partition: 'hour',
      },
    ],
    events: [],
  };
  const model = modelOf(history);
  const totals = history.processes[0]!;
  const at = (table: string, ...minutes: number[]) =>
    model.apply({
      do: 'append',
      table,
      rows: minutes.map((minute, n) => ({ id: minute * 10 + n, key: 0, value: minute, at: minute })),
    });
  await at('raw.s0', 6 * 60 + 1, 7 * 60 + 2);
  await at('raw.s1', 6 * 60 + 3);
  await model.apply({ do: 'run' });
  expect(model.rowsOf(totals).map((row) => [row.ts / 60, row.n])).toEqual([[6, 2]]);
  await at('raw.s1', 8 * 60 + 4);
  await model.apply({ do: 'run' });
  expect(model.stateOf(totals).upper).toBe(8 * 60);
  expect(model.rowsOf(totals).map((row) => [row.ts / 60, row.n])).toEqual([
    [6, 2],
    [7, 1],
  ]);
});

test('what is older than the threshold stays as it was', async () => {
  const history = withThreshold();
  const model = modelOf(history);
  const running = history.processes[0]!;
  const at = (...rows: (readonly [minute: number, value: number])[]) =>
    model.apply({
      do: 'append',
      table: 'raw.s0',
      rows: rows.map(([minute, value]) => ({ id: minute, key: 0, value, at: minute })),
    });
  const values = () =>
    model
      .rowsOf(running)
      .map((row) => [row.ts / 60, row.value])
      .sort((a, b) => a[0]! - b[0]!);
  await at([1, 1], [61, 10], [121, 100]);
  await model.apply({ do: 'run' });
  expect(values()).toEqual([
    [0, 1],
    [1, 11],
    [2, 111],
  ]);
  // U is 3:00 and the threshold one hour: hour 1 is too old, hour 2 is not.
  await at([62, 5000], [122, 1000]);
  await model.apply({ do: 'run' });
  expect([...model.stateOf(running).skipped]).toEqual([60]);
  expect(values()).toEqual([
    [0, 1],
    [1, 11],
    [2, 1111],
  ]);
});

test('how far back a source can go is not known where tags left behind may have kept snapshots from expiry', async () => {
  const rollBack: HistoryEvent = { do: 'roll back', table: 'raw.s0', snapshots: 1 };
  const died = { finished: new Set<string>(), published: new Map(), acts: [], notes: [] };
  for (const [pin, left] of [
    [true, { do: 'crash', at: 0, how: 'dies' }],
    [true, { do: 'roll back', table: 'dw.running', snapshots: 1 }],
    [false, { do: 'crash', at: 0, how: 'dies' }],
  ] as const) {
    const history = withThreshold();
    const model = modelOf({
      ...history,
      processes: history.processes.map((process) => ({ ...process, ...(pin && { pin }) })),
    });
    for (const id of [1, 2]) {
      await model.apply({ do: 'append', table: 'raw.s0', rows: [{ id, key: 0, value: id, at: 60 * id }] });
      await model.apply({ do: 'run' });
    }
    await model.apply(left, left.do === 'crash' ? died : undefined);
    expect(model.allows(rollBack)).toBe(true);
    await model.apply({ do: 'expire', table: 'raw.s0' });
    expect(model.allows(rollBack), JSON.stringify([pin, left])).toBe(!pin);
  }
});

test('a target does not go back to a record of what its source went back from and expiry has taken', async () => {
  const model = modelOf(withThreshold());
  for (const id of [1, 2]) {
    await model.apply({ do: 'append', table: 'raw.s0', rows: [{ id, key: 0, value: id, at: 60 * id }] });
    await model.apply({ do: 'run' });
  }
  await model.apply({ do: 'roll back', table: 'raw.s0', snapshots: 1 });
  await model.apply({ do: 'run' });
  const rollBack: HistoryEvent = { do: 'roll back', table: 'dw.running', snapshots: 1 };
  expect(model.allows(rollBack)).toBe(true);
  await model.apply({ do: 'expire', table: 'raw.s0' });
  expect(model.allows(rollBack)).toBe(false);
});

function withThreshold(): History {
  return {
    seed: 0,
    sources: [{ table: 'raw.s0', time: 'timestamptz', partition: 'hour' }],
    processes: [
      {
        name: 'running',
        kind: 'running',
        inputs: [{ table: 'raw.s0', before: 0, after: 0 }],
        labelled: false,
        grain: 'hour',
        load: 'range',
        isolate: false,
        threshold: 60,
        partition: 'hour',
      },
    ],
    events: [],
  };
}
