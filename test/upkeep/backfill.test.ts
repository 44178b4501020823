/** A span is recomputed on request, and what reads it follows, however old it is. */
import { backfill, backfillPlan, status } from '@psyberg/core';
import { expect, test } from 'vitest';
import { DAY, events, type House, type ProcessConfig, RUNNING, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { at } from './hours.ts';

const build = houses();

const spanOf = (from: number, to: number) => ({ from: at(from), to: at(to) });
const skippedOf = async (house: House, process: string) =>
  (await status(await house.project(), { processes: [process] })).processes[0]!.skipped;

const THRESHOLD: ProcessConfig = { ...TOTALS, catchUp: { threshold: '2h' } };
/** Reads the totals; skips what is more than two hours late. */
const OVER_TOTALS: ProcessConfig = {
  mode: 'stateful',
  sources: [{ table: 'dw.totals', time: 'ts' }],
  target: { table: 'dw.over', time: 'ts', partition: ['day(ts)'] },
  transform: { sql: 'select ts, v * 2 as v from totals' },
  catchUp: { threshold: '2h' },
};
const OVER_OVER: ProcessConfig = {
  ...OVER_TOTALS,
  sources: [{ table: 'dw.over', time: 'ts' }],
  target: { table: 'dw.top', time: 'ts', partition: ['day(ts)'] },
  transform: { sql: 'select ts, v + 1 as v from over' },
};

test('what a threshold skipped is loaded by a backfill, and nothing else is touched', async () => {
  const house = await build({ totals: THRESHOLD });
  await house.append([1, 2, 3, 4, 5, 6, 7].flatMap((h) => events(h, h)));
  await house.run();
  await house.append([...events(1, 100), ...events(2, 200)]);
  expect(await house.run({ processes: ['totals'], session: 'late' })).toMatchObject([{ status: 'nothing_to_do' }]);
  expect(await skippedOf(house, 'totals')).toEqual([{ start: at(1), end: at(3) }]);
  expect(await house.verify('totals')).toMatchObject([
    { verdict: 'equal', knownDifferences: [{ start: at(1) }, { start: at(2) }] },
  ]);
  const { processes } = await backfill(await house.project(), { process: 'totals', ...spanOf(1, 2), session: 'b' });
  expect(processes).toMatchObject([
    { status: 'nothing_to_do' },
    { status: 'ok', session: 'b', plan: { kind: 'backfill', write: [{ start: at(1), end: at(2) }] } },
  ]);
  expect(await skippedOf(house, 'totals')).toEqual([{ start: at(2), end: at(3) }]);
  expect(await house.rows('dw.totals', 'n, v')).toContain('2 1010');
  expect(await house.rows('dw.totals', 'n, v')).toContain('1 20');
  expect(await house.verify('totals')).toMatchObject([
    { verdict: 'equal', knownDifferences: [{ start: at(2), session: 'late' }] },
  ]);
  await backfill(await house.project(), { process: 'totals', ...spanOf(0, 24) });
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal', knownDifferences: [] }]);
});

test('high watermarks and the bound stay, and what is new is loaded by an ordinary session first', async () => {
  const house = await build({ totals: TOTALS });
  await house.append([1, 2, 3].flatMap((h) => events(h, h)));
  await house.run();
  await house.append(events(4, 4));
  const { processes } = await backfill(await house.project(), { process: 'totals', ...spanOf(2, 30) });
  expect(processes).toMatchObject([
    { status: 'ok', plan: { kind: 'normal' } },
    { status: 'ok', plan: { kind: 'backfill', write: [{ start: at(2), end: at(5) }], upper: at(5) } },
  ]);
  const { record, signal } = (await status(await house.project())).processes[0]!;
  expect(record).toMatchObject({ kind: 'backfill', upper: at(5), lower: at(1) });
  expect(record!.sources[0]!.snapshotId).toBe(await house.head('raw.events'));
  expect(signal?.until).toBe(processes[0]!.plan!.signal!.until);
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});

test('a sequential one runs on through the bound', async () => {
  const house = await build({ running: { ...RUNNING, catchUp: { threshold: '1h' } } });
  await house.append([1, 2, 3, 4, 5].flatMap((h) => events(h, h)));
  await house.run();
  await house.append(events(2, 200));
  await house.run();
  expect(await house.verify('running')).toMatchObject([{ verdict: 'equal', knownDifferences: [{ start: at(2) }] }]);
  const { processes } = await backfill(await house.project(), { process: 'running', ...spanOf(2, 3) });
  expect(processes[1]).toMatchObject({ status: 'ok', plan: { write: [{ start: at(2), end: at(6) }] } });
  expect(await house.rows('dw.running', 'v')).toEqual(['10', '2030', '2060', '2100', '2150']);
  expect(await house.verify('running')).toMatchObject([{ verdict: 'equal', knownDifferences: [] }]);
});

test('what reads the target follows, beyond its threshold, and so does what reads that', async () => {
  const house = await build({ totals: TOTALS, over: OVER_TOTALS, top: OVER_OVER });
  await house.append([1, 2, 3, 4, 5, 6, 7].flatMap((h) => events(h, h)));
  await house.run();
  await house.append(events(1, 100));
  // The late hour itself is beyond the threshold of `over`.
  expect(await house.run()).toMatchObject([{ status: 'ok' }, { plan: { range: { start: at(6) } } }, { status: 'ok' }]);
  expect(await house.rows('dw.over', 'v')).toContain('20');
  await backfill(await house.project(), { process: 'totals', ...spanOf(1, 2) });
  const reports = await house.run();
  expect(reports).toMatchObject([{ status: 'nothing_to_do' }, { status: 'ok' }, { status: 'ok' }]);
  expect(await house.rows('dw.over', 'v')).toContain('2020');
  expect(await house.rows('dw.top', 'v')).toContain('2021');
  for (const verified of await house.verify())
    expect(verified).toMatchObject({ verdict: 'equal', knownDifferences: [] });
});

test('split, each session is complete in itself, and what a dead one left pending keeps the mark', async () => {
  const house = await build({ totals: TOTALS, over: OVER_TOTALS });
  await house.append([1, 2, 3, 4, 5, 6, 7, 8].flatMap((h) => events(h, h)));
  await house.run();
  await house.append([1, 2, 3].flatMap((h) => events(h, 100 + h)));
  await house.run();
  // The third append dies: a part is published, the next is not.
  const stop = new AbortController();
  let begun = 0;
  const project = await house.project({
    onEvent: (event) => {
      if (event.kind === 'step-started' && event.step === 'init' && ++begun === 3) stop.abort();
    },
  });
  const { processes } = await backfill(project, {
    process: 'totals',
    ...spanOf(1, 4),
    maxIntervals: 1,
    signal: stop.signal,
  });
  expect(processes.map((p) => p.status)).toEqual(['nothing_to_do', 'ok', 'failed']);
  const { record, pending, signal } = (await status(await house.project())).processes[0]!;
  expect(pending).toEqual([{ start: at(2), end: at(4) }]);
  expect(record?.exempt).toEqual([{ start: at(1), end: at(4) }]);
  expect(signal?.until).toBe(at(2));
  await house.run();
  expect(await house.rows('dw.over', 'v')).toEqual(await house.rows('dw.totals', 'v * 2'));
  for (const verified of await house.verify())
    expect(verified).toMatchObject({ verdict: 'equal', knownDifferences: [] });
});

test('split and not disturbed, it ends with the signal where it was', async () => {
  const house = await build({ totals: TOTALS });
  await house.append([1, 2, 3, 4].flatMap((h) => events(h, h)));
  await house.run();
  const before = (await status(await house.project())).processes[0]!.signal;
  const { processes } = await backfill(await house.project(), {
    process: 'totals',
    ...spanOf(1, 4),
    maxIntervals: 2,
  });
  expect(processes.map((p) => [p.status, p.plan?.kind])).toEqual([
    ['nothing_to_do', 'normal'],
    ['ok', 'backfill'],
    ['ok', 'backfill'],
    ['nothing_to_do', 'normal'],
  ]);
  expect((await status(await house.project())).processes[0]!.signal).toEqual(before);
});

test('below what was ever computed, all up to it is done too', async () => {
  const house = await build({ totals: THRESHOLD });
  await house.append([5, 6, 7, 8, 9].flatMap((h) => events(h, h)));
  await house.run();
  await house.append([...events(1, 1), ...events(3, 3)]);
  await house.run();
  const { processes } = await backfill(await house.project(), { process: 'totals', ...spanOf(1, 2) });
  expect(processes[1]).toMatchObject({ plan: { write: [{ start: at(1), end: at(5) }], lower: at(1) } });
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal', knownDifferences: [] }]);
  expect(await house.rows('dw.totals', 'n')).toHaveLength(7);
});

test('more than the limit stops before it writes, with the line to type', async () => {
  const house = await build({ totals: { ...TOTALS, limits: { maxIntervals: 2 } } });
  await house.append(events(1, 1));
  await house.run({ maxIntervals: 10 });
  await house.append([2, 3, 4].flatMap((h) => events(h, h)));
  await house.run({ maxIntervals: 10 });
  const head = await house.head('dw.totals');
  const { processes } = await backfill(await house.project(), { process: 'totals', ...spanOf(1, 4) });
  expect(processes[1]).toMatchObject({
    status: 'needs_decision',
    next: [`psyberg backfill totals --from ${DAY}T01:00:00Z --to ${DAY}T04:00:00Z --max-intervals 2`],
  });
  expect(await house.head('dw.totals')).toBe(head);
});

test('a process whose ordinary session ends badly is not backfilled', async () => {
  const house = await build({ totals: { ...TOTALS, audits: [{ audit: 'row_count', max: 1, name: 'few' }] } });
  await house.append(events(1, 1));
  await house.run();
  await house.append([2, 3].flatMap((h) => events(h, h)));
  const head = await house.head('dw.totals');
  const { processes } = await backfill(await house.project(), { process: 'totals', ...spanOf(1, 2) });
  expect(processes.map((p) => p.status)).toEqual(['held', 'blocked']);
  expect(await house.head('dw.totals')).toBe(head);
});

test('the plan of a backfill tells what it will read, and writes nothing', async () => {
  const house = await build({ totals: TOTALS });
  await house.append([1, 2, 3].flatMap((h) => events(h, h)));
  await house.run();
  const head = await house.head('dw.totals');
  const plan = await backfillPlan(await house.project(), { process: 'totals', ...spanOf(1, 2) });
  expect(plan).toMatchObject({
    outcome: 'work',
    sources: [{ files: 1, rows: 3 }],
    write: [{ start: at(1), end: at(2) }],
  });
  expect((await backfillPlan(await house.project(), { process: 'totals', ...spanOf(8, 9) })).outcome).toBe('nothing');
  expect(await house.head('dw.totals')).toBe(head);
});
