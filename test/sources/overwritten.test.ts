/** Sources that take rows away which a stateless process has read: `onOverwrite` says what that means. */
import { audit, commit, init, plan, publish, write } from '@psyberg/core';
import { planFiles } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, TOTALS, valuesOf } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { compactWhere, deleteWhere, rewriteWhere } from './hands.ts';

const build = houses();
const source = (onOverwrite: string, more = {}) => ({ table: 'raw.events', time: 'ts', onOverwrite, ...more });
const copy = (onOverwrite: string, more = {}): ProcessConfig => ({ ...COPY, sources: [source(onOverwrite, more)] });
const REPLACED = copy('recompute');
const ADDED = copy('added-only');

/** Hours 1 to 3 in one file, loaded. */
async function loaded(processes: Readonly<Record<string, ProcessConfig>>): Promise<House> {
  const house = await build(processes);
  await house.append([...events(1, 1, 2), ...events(2, 3), ...events(3, 4)]);
  await house.run();
  return house;
}

/** By interval, what a session did. */
const actions = (report: Awaited<ReturnType<House['run']>>[number]): string[] =>
  report.plan!.intervals.map(({ start, action }) => `${new Date(Number(start / 1000n)).getUTCHours()} ${action}`);

const ids = (house: House, table = 'dw.copy') => house.rows(table, 'id');

test('unless told otherwise the process stops, and says how to choose', async () => {
  const house = await loaded({ copy: COPY });
  await deleteWhere(house, 'raw.events', 'id = 1');
  const [report] = await house.run();
  expect(report).toMatchObject({ status: 'needs_decision' });
  expect(report!.message).toMatch(/took away 1 file.*onOverwrite: recompute.*added-only/s);
  expect(report!.next).toContain('psyberg run copy --recompute');
  expect(await ids(house)).toEqual(['1', '2', '3', '4']);
});

test('recompute replaces the intervals of removed and added files, and appends outside of them', async () => {
  const house = await loaded({ copy: REPLACED });
  await house.append([...events(2, 20), ...events(5, 50)]);
  await deleteWhere(house, 'raw.events', 'id = 1');
  const [report] = await house.run();
  expect(report).toMatchObject({ status: 'ok' });
  expect(actions(report!)).toEqual(['1 overwrite', '2 overwrite', '3 overwrite', '5 append']);
  expect(await ids(house)).toEqual(['2', '20', '3', '4', '50']);
  // Its record says so to whoever reads the target.
  expect(report!.plan!.replace).toHaveLength(1);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }]);
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  // An interval that loses its last row is emptied.
  await deleteWhere(house, 'raw.events', 'id = 50');
  const [emptied] = await house.run();
  expect(actions(emptied!)).toEqual(['2 overwrite', '5 overwrite']);
  expect(await ids(house)).toEqual(['2', '20', '3', '4']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }]);
});

test('recompute: a row moved to another interval leaves the old one', async () => {
  const house = await loaded({ copy: REPLACED });
  await rewriteWhere(
    house,
    'raw.events',
    'id = 4',
    "select id, case when id = 4 then timestamptz '2023-09-14 07:00:00Z' else ts end as ts, v from old",
  );
  const [report] = await house.run();
  expect(actions(report!)).toEqual(['1 overwrite', '2 overwrite', '3 overwrite', '7 overwrite']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }]);
});

test('added-only: a rewrite that only takes away appends nothing; of others just what is new', async () => {
  const house = await loaded({ copy: ADDED });
  await deleteWhere(house, 'raw.events', 'id = 1');
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  expect(await ids(house)).toEqual(['1', '2', '3', '4']);
  expect(await house.verify()).toMatchObject([
    {
      verdict: 'contained',
      rowsMissing: 0,
      rowsExtra: 1,
      message: expect.stringMatching(/only that no row is missing/),
    },
  ]);
  await house.append(events(2, 5));
  await rewriteWhere(
    house,
    'raw.events',
    'id = 3',
    'select id, ts, v + 1 as v from old where id = 3 union all from old where id <> 3',
  );
  const [report] = await house.run();
  expect(report).toMatchObject({ status: 'ok', rowsWritten: 2 });
  expect(actions(report!)).toEqual(['2 append']);
  expect(await house.rows('dw.copy', 'id, v')).toEqual(['1 10', '2 20', '3 30', '3 31', '4 40', '5 50']);
  expect(await house.verify()).toMatchObject([{ verdict: 'contained', rowsExtra: 2 }]);
  await deleteWhere(house, 'dw.copy', 'id = 2');
  expect(await house.verify()).toMatchObject([{ verdict: 'different', rowsMissing: 1 }]);
});

test('compaction of old and new files together, then an overwrite of what it made', async () => {
  const house = await loaded({ copy: REPLACED, added: { ...ADDED, target: { table: 'dw.added', time: 'ts' } } });
  await house.append([...events(2, 20), ...events(6, 60)]);
  await compactWhere(house, 'raw.events', 'true');
  await house.append(events(8, 80));
  await deleteWhere(house, 'raw.events', 'id = 1');
  await house.run();
  expect(await ids(house)).toEqual(['2', '20', '3', '4', '60', '80']);
  expect(await ids(house, 'dw.added')).toEqual(['1', '2', '20', '3', '4', '60', '80']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }, { verdict: 'contained' }]);
});

test('several sources: a replaced interval is computed from all of them, others are appended to', async () => {
  const two: ProcessConfig = {
    ...COPY,
    sources: [source('recompute'), { table: 'raw.others', time: 'ts' }],
    transform: { sql: 'select id, ts, v from events union all select id, ts, v from others' },
  };
  const house = await build({ copy: two });
  await house.createEvents('raw.others');
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.append([...events(1, 101), ...events(4, 104)], 'raw.others');
  await house.run();
  await house.append([...events(1, 111), ...events(4, 114)], 'raw.others');
  await deleteWhere(house, 'raw.events', 'id = 2');
  const [report] = await house.run();
  expect(actions(report!)).toEqual(['1 overwrite', '2 overwrite', '4 append']);
  expect(await ids(house)).toEqual(['1', '101', '104', '111', '114']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }]);
});

test('rows without a time and rows before `from` are neither read nor a reason to stop', async () => {
  const house = await build({ copy: copy('recompute', { from: '2023-09-14T02:00:00Z' }) });
  await house.append([...events(1, 1), ...events(2, 2, 3)]);
  const nothing = 'select 9::bigint as id, null::timestamptz as ts, 0::bigint as v';
  await house.foreignAppend('raw.events', nothing);
  await house.run();
  expect(await ids(house)).toEqual(['2', '3']);
  await rewriteWhere(house, 'raw.events', 'id in (1, 9)', 'select id, ts, v + 1 as v from old where id <> 3');
  const [report] = await house.run();
  expect(actions(report!)).toEqual(['2 overwrite']);
  expect(await house.rows('dw.copy', 'id, v')).toEqual(['2 21']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }]);
});

test('in parts: each interval is replaced or appended to once, from one pin', async () => {
  const house = await loaded({ copy: REPLACED });
  await house.append([...events(5, 50), ...events(6, 60)]);
  await deleteWhere(house, 'raw.events', 'id = 1');
  const reports = await house.run({ maxIntervals: 2 });
  expect(reports.map((r) => actions(r))).toEqual([
    ['1 overwrite', '2 overwrite'],
    ['3 overwrite', '5 append'],
    ['6 append'],
  ]);
  expect(await ids(house)).toEqual(['2', '3', '4', '50', '60']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }]);
});

test('what is read to replace intervals counts against maxBytes, and what lies elsewhere does not', async () => {
  const house = await build({ copy: REPLACED });
  for (const id of [1, 2, 3, 4, 5, 6]) await house.append([...events(1, id), ...events(2, id)]);
  await house.append(events(9, 9));
  await house.run();
  const sizes = (await planFiles(await house.open('raw.events'))).map(({ file }) => file.fileSizeBytes);
  await deleteWhere(house, 'raw.events', 'id = 1');
  // One file went and one came; seven are read, of the hours that they hold.
  const withLimit = (maxBytes: number) => house.configure({ copy: { ...REPLACED, limits: { maxBytes } } });
  await withLimit(4 * Math.max(...sizes));
  const [stopped] = await house.run();
  expect(stopped).toMatchObject({ status: 'needs_decision', next: ['psyberg run copy --max-intervals 1'] });
  expect(stopped!.message).toMatch(/one session would load \d+ bytes/);
  expect((await plan(await house.project())).processes).toMatchObject([{ status: 'needs_decision' }]);
  await withLimit(9 * Math.max(...sizes));
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await ids(house)).toEqual(['2', '2', '3', '3', '4', '4', '5', '5', '6', '6', '9']);
});

test('by landing time in parts: what one snapshot brought is appended by one part', async () => {
  const landing: ProcessConfig = {
    mode: 'stateless',
    sources: [{ table: 'raw.events', onOverwrite: 'added-only' }],
    target: { table: 'dw.copy' },
    transform: { sql: 'select id, ts, v from events' },
  };
  const house = await build({ copy: landing });
  await house.append(events(1, 1, 2));
  await house.rewriteMetadata('raw.events', (metadata) => ({
    ...metadata,
    snapshots: metadata.snapshots.map((s) => ({ ...s, timestampMs: s.timestampMs - 3 * 3_600_000 })),
    snapshotLog: metadata.snapshotLog.map((s) => ({ ...s, timestampMs: s.timestampMs - 3 * 3_600_000 })),
  }));
  await house.append(events(1, 3));
  expect(await house.run({ maxIntervals: 1 })).toMatchObject([{ rowsWritten: 2 }, { rowsWritten: 1 }]);
  expect(await ids(house)).toEqual(['1', '2', '3']);
  await deleteWhere(house, 'raw.events', 'id = 1');
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  expect(await house.verify()).toMatchObject([{ verdict: 'contained', rowsExtra: 1 }]);
});

test('a chain: what a stateful process rewrites is replaced downstream, and downstream of that', async () => {
  const reads = (table: string, onOverwrite: string) => [{ table, time: 'ts', onOverwrite }];
  const house = await build({
    totals: TOTALS,
    first: {
      mode: 'stateless',
      sources: reads('dw.totals', 'recompute'),
      target: { table: 'dw.first', time: 'ts', partition: ['day(ts)'] },
      transform: { sql: 'select ts, n, v from totals' },
    },
    second: {
      mode: 'stateless',
      sources: reads('dw.first', 'recompute'),
      target: { table: 'dw.second', time: 'ts' },
      transform: { sql: 'select ts, n, v from first' },
    },
    third: {
      mode: 'stateless',
      sources: reads('dw.first', 'added-only'),
      target: { table: 'dw.third', time: 'ts' },
      transform: { sql: 'select ts, n, v from first' },
    },
  });
  await house.append([...events(1, 1), ...events(2, 2), ...events(3, 3)]);
  await house.run();
  await house.append([...events(2, 20), ...events(4, 4)]);
  const { processes } = await plan(await house.project());
  for (const report of processes.slice(0, 3)) {
    expect(actions(report)).toEqual(['2 overwrite', '3 overwrite', '4 overwrite']);
  }
  const reports = await house.run();
  // A `range` load runs from hour 2 on; hour 1 is carried in the same file and stays out of it.
  for (const report of reports.slice(0, 3)) {
    expect(actions(report)).toEqual(['2 overwrite', '3 overwrite', '4 overwrite']);
  }
  expect(await house.rows('dw.second', 'n, v')).toEqual(['1 10', '1 30', '1 40', '2 220']);
  expect(await house.rows('dw.third', 'n, v')).toEqual(['1 10', '1 20', '1 30', '1 40', '2 220']);
  const verdicts = (await house.verify()).map((v) => `${v.process} ${v.verdict}`);
  expect(verdicts).toEqual(['totals equal', 'first equal', 'second equal', 'third contained']);
});

test('upstream overwrites twice before it is read: files that the first of them moved are rewritten by the second', async () => {
  const house = await build({
    totals: TOTALS,
    first: {
      mode: 'stateless',
      sources: [{ table: 'dw.totals', time: 'ts', onOverwrite: 'recompute' }],
      target: { table: 'dw.first', time: 'ts' },
      transform: { sql: 'select ts, n, v from totals' },
    },
  });
  for (const hour of [1, 2, 3]) await house.append(events(hour, hour));
  await house.run();
  await house.append(events(3, 30));
  await house.run({ processes: ['totals'] });
  await deleteWhere(house, 'raw.events', 'id = 2');
  await house.run({ processes: ['totals'] });
  await house.run();
  expect(await house.rows('dw.first', 'n, v')).toEqual(['1 10', '2 330']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }, { verdict: 'equal' }]);
});

test('lookups: replaced rows saw that of their last session, the others keep theirs', async () => {
  const priced: ProcessConfig = {
    ...COPY,
    sources: [source('recompute'), { table: 'ref.prices', role: 'lookup' }],
    transform: { sql: 'select id, ts, v * (select max(v) from prices) as v from events', rowwise: true },
  };
  const house = await build({ copy: priced });
  await house.createEvents('ref.prices');
  await house.append(events(0, 1), 'ref.prices');
  await house.append(events(1, 1));
  await house.append([...events(2, 2, 3)]);
  await house.run();
  await house.append(events(0, 2), 'ref.prices');
  await house.append(events(4, 4));
  await deleteWhere(house, 'raw.events', 'id = 3');
  await house.run();
  expect(await house.rows('dw.copy', 'id, v')).toEqual(['1 100', '2 400', '4 800']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }]);
});

test('by single steps, with a foreign append to a replaced interval in between: the next attempt replaces it', async () => {
  const house = await loaded({ copy: REPLACED });
  await house.append(events(6, 6));
  await deleteWhere(house, 'raw.events', 'id = 1');
  const step = { process: 'copy', session: 's2' };
  await init(await house.project(), step);
  await write(await house.project(), step);
  await audit(await house.project(), step);
  // Elsewhere it is no conflict, in a replaced interval it is.
  await house.foreignAppend('dw.copy', valuesOf(events(6, 66)));
  await house.foreignAppend('dw.copy', valuesOf(events(2, 99)));
  await expect(publish(await house.project(), step)).rejects.toMatchObject({ code: 'PSY_CONFLICT' });
  for (const again of [write, audit, publish, commit]) await again(await house.project(), step);
  expect(await ids(house)).toEqual(['2', '3', '4', '6', '66']);
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
});
