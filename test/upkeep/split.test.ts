/** A large catch-up stops before it writes; split, it is several sessions in order, each complete in itself, wherever it is cut off. */
import { status } from '@psyberg/core';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, RUNNING, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { at } from './hours.ts';
import { overwriteAll } from './overwrite-all.ts';
import { runThatDies } from './run-that-dies.ts';

const build = houses();

const standing = async (house: House) => (await status(await house.project())).processes[0]!;
const spans = (...pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([start, end]) => ({ start: at(start), end: at(end) }));

test('a stateless one keeps its pins and its watermark between the parts, whatever the source does', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run();
  const before = await house.head('raw.events');
  for (const hour of [1, 2, 3, 4]) await house.append(events(hour, 10 + hour));
  expect((await runThatDies(house, 'copy', 3)).map((r) => r.status)).toEqual(['ok', 'ok', 'failed']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '11', '12']);
  const meanwhile = await standing(house);
  expect(meanwhile).toMatchObject({ pending: spans([3, 5]), sources: [{ watermark: before }] });
  expect(meanwhile.signal!.until).toBeLessThanOrEqual(at(3));
  expect(await house.verify('copy')).toMatchObject([{ verdict: 'equal', pending: spans([3, 5]) }]);

  await house.append([...events(2, 22), ...events(5, 25)]);
  await house.compact('raw.events');
  const reports = await house.run({ maxIntervals: 1 });
  expect(reports.map((r) => r.plan?.write)).toEqual([spans([3, 4]), spans([4, 5])]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '11', '12', '13', '14']);
  expect(await house.run()).toMatchObject([{ status: 'ok', plan: { write: spans([2, 3], [5, 6]) } }]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '11', '12', '13', '14', '22', '25']);
  expect(await house.verify('copy')).toMatchObject([{ verdict: 'equal' }]);
});

test('its last parts may be one, and its first may be the first session ever', async () => {
  const house = await build({ copy: COPY });
  for (const hour of [1, 2, 3]) await house.append(events(hour, hour));
  await runThatDies(house, 'copy', 2);
  expect(await standing(house)).toMatchObject({ pending: spans([2, 4]), record: { part: { done: spans([1, 2]) } } });
  expect(await house.run()).toMatchObject([{ status: 'ok', plan: { write: spans([2, 4]), pending: [] } }]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3']);
  expect(await house.verify('copy')).toMatchObject([{ verdict: 'equal' }]);
});

test('where what is pinned has expired between two parts a person decides', async () => {
  const house = await build({ copy: COPY });
  for (const hour of [1, 2, 3]) await house.append(events(hour, hour));
  await runThatDies(house, 'copy', 2);
  await house.append(events(4, 4));
  await house.expireAllButHead('raw.events');
  expect(await house.run()).toMatchObject([
    {
      status: 'needs_decision',
      next: ['psyberg run copy --recompute'],
      message: expect.stringContaining('has expired'),
    },
  ]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1']);
  expect(await house.run({ recompute: true })).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3', '4']);
});

for (const { name, config, columns, rows } of [
  { name: 'totals', config: TOTALS, columns: 'n, v', rows: ['1 10', '1 40', '1 60', '2 1020', '2 220'] },
  { name: 'running', config: RUNNING, columns: 'v', rows: ['10', '1030', '1250', '1290', '1290', '1350'] },
]) {
  test(`${name}: the next session does what is pending and what has changed, and none is lost to a crash`, async () => {
    const house = await build({ [name]: config });
    await house.append([1, 2, 3].flatMap((h) => events(h, h)));
    await house.run();
    await house.append([...events(2, 100), ...events(4, 4)]);
    expect((await runThatDies(house, name, 2)).map((r) => r.status)).toEqual(['ok', 'failed']);
    expect(await standing(house)).toMatchObject({
      pending: spans([3, 5]),
      record: { upper: at(5), sources: [{ snapshotId: await house.head('raw.events') }] },
      signal: { until: at(3) },
    });
    expect(await house.verify(name)).toMatchObject([{ verdict: 'equal', pending: spans([3, 5]) }]);
    await house.append([...events(3, 19), ...events(6, 6)]);
    const reports = await house.run({ maxIntervals: 2 });
    expect(reports.map((r) => r.plan?.write)).toEqual([spans([3, 5]), spans([5, 7])]);
    expect(await house.rows(`dw.${name}`, columns)).toEqual(rows);
    expect(await standing(house)).toMatchObject({ pending: [], record: { upper: at(7) } });
    expect(await house.verify(name)).toMatchObject([{ verdict: 'equal' }]);
  });
}

test('a recompute in parts starts a new chain: nothing of the old watermark is left, and what is pending keeps its rows', async () => {
  const house = await build({ copy: COPY, totals: TOTALS });
  await house.append([1, 2, 3].flatMap((h) => events(h, h)));
  await house.run();
  const changed = {
    ...TOTALS,
    transform: {
      sql: `select date_trunc('hour', ts) as ts, 7::bigint as n, sum(v)::bigint as v from events group by all`,
    },
  };
  await house.configure({ copy: COPY, totals: changed });
  await runThatDies(house, 'totals', 2, { recompute: true, processes: ['totals'] });
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 20', '1 30', '7 10']);
  await house.run({ processes: ['totals'] });
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['7 10', '7 20', '7 30']);

  await runThatDies(house, 'copy', 2, { recompute: true, processes: ['copy'] });
  expect(await house.rows('dw.copy', 'id')).toEqual(['1']);
  await house.append(events(2, 22));
  await house.run({ processes: ['copy'] });
  await house.run();
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '22', '3']);
  for (const verified of await house.verify()) expect(verified).toMatchObject({ verdict: 'equal' });
});

test('by landing time each part has the files that landed in its intervals, and none twice', async () => {
  const house = await build({ copy: { ...COPY, sources: ['raw.events'] } });
  for (const hour of [1, 2, 3]) await house.append(events(hour, hour));
  // An hour between one and the next.
  await house.rewriteMetadata('raw.events', (metadata) => {
    const earlier = <T extends { readonly timestampMs: number }>(entry: T, i: number): T => ({
      ...entry,
      timestampMs: entry.timestampMs - (3 - i) * 3_600_000,
    });
    return {
      ...metadata,
      snapshots: metadata.snapshots.map(earlier),
      snapshotLog: metadata.snapshotLog.map(earlier),
    };
  });
  const reports = await house.run({ maxIntervals: 1 });
  expect(reports.map((r) => r.rowsWritten)).toEqual([1, 1, 1]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3']);
});

const LIMITED: Readonly<Record<string, ProcessConfig>> = {
  copy: { ...COPY, limits: { maxIntervals: 2 } },
  totals: { ...TOTALS, limits: { maxBytes: 200 } },
};

test('beyond a limit nothing is written, and the message has the line to type', async () => {
  const house = await build(LIMITED);
  await house.append([1, 2, 3, 4].flatMap((h) => events(h, h)));
  const bytes = (await house.run()).map((r) => r.plan!.sources[0]!.bytes);
  const reports = await house.run();
  const atOnce = Math.max(1, Math.floor((4 * 200) / bytes[1]!));
  expect(reports).toMatchObject([
    {
      status: 'needs_decision',
      next: ['psyberg run copy --max-intervals 2'],
      message: expect.stringContaining('4 intervals'),
    },
    {
      status: 'needs_decision',
      next: [`psyberg run totals --max-intervals ${atOnce}`],
      message: expect.stringContaining('maxBytes is 200'),
    },
  ]);
  expect((await status(await house.project())).processes.map((p) => p.record)).toEqual([undefined, undefined]);
  const split = await house.run({ maxIntervals: 2 });
  expect(split.map((r) => [r.process, r.status])).toEqual([
    ['copy', 'ok'],
    ['copy', 'ok'],
    ['totals', 'ok'],
    ['totals', 'ok'],
  ]);
  for (const verified of await house.verify()) expect(verified).toMatchObject({ verdict: 'equal' });
});

test('what a recompute takes away where it writes nothing reaches those downstream too', async () => {
  const over: ProcessConfig = {
    ...TOTALS,
    sources: [{ table: 'dw.totals', time: 'ts' }],
    target: { table: 'dw.over', time: 'ts', partition: ['day(ts)'] },
    transform: { sql: 'select ts, v from totals' },
  };
  const house = await build({ totals: TOTALS, over });
  await house.append([1, 2, 3].flatMap((h) => events(h, h)));
  await house.run();
  await overwriteAll(
    house,
    'raw.events',
    [2, 3].flatMap((h) => events(h, h)),
  );
  await house.run({ processes: ['totals'], recompute: true });
  await house.run();
  expect(await house.rows('dw.over', 'v')).toEqual(['20', '30']);
  for (const verified of await house.verify()) expect(verified).toMatchObject({ verdict: 'equal' });
});

test('what the first rows of a source bring while a split session waits is left to the next one', async () => {
  const house = await build({ copy: COPY });
  await house.createEvents('raw.others');
  await house.configure({
    copy: {
      ...COPY,
      sources: ['raw.events', 'raw.others'].map((table) => ({ table, time: 'ts' })),
      transform: { sql: 'select id, ts, v from events union all select id, ts, v from others' },
    },
  });
  for (const hour of [1, 2, 3]) await house.append(events(hour, hour));
  await runThatDies(house, 'copy', 3);
  // In an hour that is done: whoever reads further than the first part did would take it for loaded.
  await house.append(events(1, 11), 'raw.others');
  await house.run();
  await house.run();
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '11', '2', '3']);
});
