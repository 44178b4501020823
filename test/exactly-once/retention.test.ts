/** A source that drops what is old: no change, and nothing that was computed of it may be lost for it. */
import { adopt, NeedsDecisionError, type Project, plan, run } from '@psyberg/core';
import {
  alwaysTrue,
  and,
  expireSnapshots,
  greaterThanOrEqual,
  headOf,
  lessThan,
  overwriteByFilter,
  type Value,
} from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import {
  COPY,
  DAY,
  type EventRow,
  events,
  type House,
  type ProcessConfig,
  RUNNING,
  TOTALS,
  valuesOf,
} from './house.ts';
import { houses } from './houses.ts';

const build = houses();

const at = (hour: number): number => Date.parse(`${DAY}T00:00:00Z`) + hour * 3_600_000;
const microseconds = (hour: number): Value => BigInt(at(hour)) * 1000n;

/** A retention by which everything before `hour` is old now. */
const oldBefore = (hour: number): string => `${Math.floor((Date.now() - at(hour)) / 60_000)}m`;

const retaining = (
  process: ProcessConfig,
  hour: number,
  more: Readonly<Record<string, unknown>> = {},
): ProcessConfig => ({
  ...process,
  sources: [{ table: 'raw.events', time: 'ts', retention: oldBefore(hour), ...more }],
});

async function drop(house: House, from: number, to: number): Promise<void> {
  const filter = and(greaterThanOrEqual('ts', microseconds(from)), lessThan('ts', microseconds(to)));
  await overwriteByFilter(await house.open('raw.events'), { filter });
}

/** All files are replaced by one with just these rows. */
async function rewrite(house: House, rows: readonly EventRow[]): Promise<void> {
  const table = await house.open('raw.events');
  await overwriteByFilter(table, { filter: alwaysTrue, add: await house.files('raw.events', valuesOf(rows)) });
}

/** Hours 1 to 4 loaded, each from a file of its own. */
async function loaded(processes: Readonly<Record<string, ProcessConfig>>): Promise<House> {
  const house = await build(processes);
  for (const hour of [1, 2, 3, 4]) await house.append(events(hour, hour));
  await house.run();
  return house;
}

const statuses = async (house: House, project?: Project) => (await house.run({}, project)).map((r) => r.status);

test('whole old intervals that a source drops are no change, in each mode, and verify leaves them out', async () => {
  const house = await loaded({
    copy: retaining(COPY, 3),
    totals: retaining(TOTALS, 3),
    running: retaining(RUNNING, 3),
  });
  await drop(house, 1, 3);
  const [forecast] = await plan(await house.project(), { processes: ['totals'] }).then((r) => r.processes);
  expect(forecast).toMatchObject({ plan: { write: [] } });
  expect(await statuses(house)).toEqual(['nothing_to_do', 'nothing_to_do', 'nothing_to_do']);
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '40']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3', '4']);
  await house.append([...events(4, 40), ...events(5, 5)]);
  await house.run();
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '440', '50']);
  expect(await house.rows('dw.running', 'v')).toEqual(['10', '30', '500', '550', '60']);
  for (const process of ['copy', 'totals', 'running'])
    expect(await house.verify(process)).toMatchObject([{ verdict: 'equal', knownDifferences: [] }]);
});

test('what is removed of a newer interval, or of a part of an old one, is a change', async () => {
  const house = await loaded({ totals: retaining(TOTALS, 3) });
  await house.append(events(1, 100));
  await house.run();
  await drop(house, 4, 5);
  // One of the two files of hour 1 goes, the other stays.
  const [report] = await house.run();
  expect(report?.plan?.write).toHaveLength(1);
  expect(await house.rows('dw.totals', 'v')).toEqual(['1010', '20', '30']);
  const table = await house.open('raw.events');
  await overwriteByFilter(table, {
    filter: and(greaterThanOrEqual('ts', microseconds(1)), lessThan('ts', microseconds(2))),
    add: await house.files('raw.events', valuesOf(events(1, 100))),
  });
  await house.run();
  expect(await house.rows('dw.totals', 'v')).toEqual(['1000', '20', '30']);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});

test('beside late rows of what was dropped only intervals that got rows are computed, not all that their file spans', async () => {
  const house = await loaded({ totals: retaining(TOTALS, 3) });
  await drop(house, 1, 3);
  await house.append([...events(1, 100), ...events(4, 40)]);
  const [report] = await house.run();
  expect(report?.plan).toMatchObject({
    write: [{ start: microseconds(4), end: microseconds(5) }],
    skipped: [{ start: microseconds(1), end: microseconds(2) }],
  });
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '440']);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});

test('a stateless process still refuses the removal of what is not old', async () => {
  const house = await loaded({ copy: retaining(COPY, 3) });
  await drop(house, 3, 4);
  expect(await statuses(house)).toEqual(['needs_decision']);
});

test('old rows that are deleted out of files with newer ones are dropped too', async () => {
  const house = await build({ copy: retaining(COPY, 3), totals: retaining(TOTALS, 3) });
  await house.append([1, 2, 3, 4].flatMap((hour) => events(hour, hour)));
  await house.run();
  await rewrite(house, [...events(3, 3), ...events(4, 4)]);
  expect((await house.run()).map((r) => r.status)).not.toContain('needs_decision');
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '40']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3', '4']);
  for (const process of ['copy', 'totals'])
    expect(await house.verify(process)).toMatchObject([{ verdict: 'equal', knownDifferences: [] }]);
  // One row less of what is not old is another matter.
  await rewrite(house, events(3, 3));
  expect(await statuses(house)).toEqual(['needs_decision', 'ok']);
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30']);
});

test('late rows of a dropped interval do not replace what stands there: skipped and said', async () => {
  const house = await loaded({
    totals: retaining(TOTALS, 3),
    running: retaining(RUNNING, 3),
    copy: retaining(COPY, 3),
  });
  await drop(house, 2, 3);
  await house.run();
  await house.append([...events(1, 10), ...events(2, 20), ...events(3, 30)]);
  const reports = new Map((await house.run()).map((r) => [r.process as string, r]));
  // Hour 1 is still there and is computed anew; state of a sequential process would have to flow through hour 2.
  expect(await house.rows('dw.totals', 'v')).toEqual(['110', '20', '330', '40']);
  expect(await house.rows('dw.running', 'v')).toEqual(['10', '30', '360', '400']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '10', '2', '20', '3', '30', '4']);
  expect(reports.get('totals')?.plan?.intervals.filter((i) => i.state === 'skipped')).toHaveLength(1);
  expect(reports.get('totals')?.plan?.notes.join(' ')).toMatch(/dropped by its retention.*count as skipped/);
  expect(reports.get('running')?.plan?.intervals.filter((i) => i.state === 'skipped')).toHaveLength(2);
  for (const process of ['totals', 'running', 'copy'])
    expect(await house.verify(process)).toMatchObject([{ verdict: 'equal' }]);
});

test('late rows that come and go before a session sees them lose nothing', async () => {
  const house = await loaded({ totals: retaining(TOTALS, 3), copy: retaining(COPY, 3) });
  await drop(house, 1, 2);
  await house.append(events(1, 100));
  await house.run();
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '40']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '100', '2', '3', '4']);
});

test('an interval whose look back reaches into what was dropped is not computed anew either', async () => {
  const lookback = {
    ...TOTALS,
    transform: {
      sql: `select h as ts, count(*) as n, sum(v)::bigint as v
        from (select v, unnest([date_trunc('hour', ts), date_trunc('hour', ts) + interval 1 hour]) as h from events) group by all`,
    },
  };
  const house = await loaded({ totals: retaining(lookback, 3, { reads: { before: '1h' } }) });
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '30', '50', '70']);
  await drop(house, 1, 3);
  await house.append([...events(3, 300), ...events(4, 400)]);
  await house.run();
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '30', '50', '7070']);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});

test('a recompute that would lose rows for good asks first; one that begins after them does not', async () => {
  const house = await loaded({ totals: retaining(TOTALS, 3) });
  await drop(house, 1, 3);
  await house.run();
  const refused = await house.run({ processes: ['totals'], recompute: true });
  expect(refused).toMatchObject([{ status: 'needs_decision', error: expect.any(NeedsDecisionError) }]);
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '40']);
  await house.configure({ totals: retaining(TOTALS, 3, { from: `${DAY}T03:00:00Z` }) });
  expect(await house.run({ processes: ['totals'], recompute: true })).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '40']);
});

test('a recompute asks first also when no session has seen yet what was dropped, or could see it any more', async () => {
  const house = await loaded({ totals: retaining(TOTALS, 3), copy: retaining(COPY, 3) });
  await drop(house, 1, 3);
  const recompute = async () =>
    (await run(await house.project(), { processes: ['totals', 'copy'], recompute: true })).processes.map(
      (r) => r.status,
    );
  expect(await recompute()).toEqual(['needs_decision', 'needs_decision']);
  const table = await house.open('raw.events');
  const old = table.metadata.snapshots
    .map((s) => s.snapshotId)
    .filter((id) => id !== headOf(table.metadata)?.snapshotId);
  await expireSnapshots(table, old);
  expect(await recompute()).toEqual(['needs_decision', 'needs_decision']);
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '40']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3', '4']);
});

test('a recompute asks nothing where all that is old lies before what was ever computed, also when history is cut', async () => {
  const house = await loaded({ totals: retaining(TOTALS, 1) });
  await house.append(events(2, 200));
  await drop(house, 3, 4);
  await house.expireAllButHead('raw.events');
  expect(await house.run({ processes: ['totals'] })).toMatchObject([{ status: 'needs_decision' }]);
  expect(await house.run({ processes: ['totals'], recompute: true })).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '2020', '40']);
});

test('what is overwritten of a dropped interval does not replace what a stateless target has there: skipped and said', async () => {
  const house = await loaded({ copy: retaining(COPY, 3, { onOverwrite: 'recompute' }) });
  await drop(house, 1, 2);
  await house.append([...events(1, 10)]);
  await house.run();
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '10', '2', '3', '4']);
  const filter = and(greaterThanOrEqual('ts', microseconds(1)), lessThan('ts', microseconds(3)));
  const rows = [...events(1, 11), ...events(2, 20)];
  await overwriteByFilter(await house.open('raw.events'), {
    filter,
    add: await house.files('raw.events', valuesOf(rows)),
  });
  const [report] = await house.run();
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '10', '20', '3', '4']);
  expect(report?.plan?.notes.join(' ')).toMatch(/dropped by its retention.*count as skipped/);
  expect(report?.plan?.skipped).toHaveLength(1);
  expect(await house.verify('copy')).toMatchObject([{ verdict: 'equal' }]);
});

test('where history is cut, a drop before late rows cannot be told from an overwrite, and the plan says so', async () => {
  const house = await loaded({ totals: retaining(TOTALS, 3, { pin: true }) });
  await drop(house, 1, 3);
  await house.append([...events(1, 100), ...events(4, 400)]);
  const table = await house.open('raw.events');
  const kept = Object.values(table.metadata.refs).map((ref) => ref.snapshotId);
  const gone = table.metadata.snapshots.map((s) => s.snapshotId).filter((id) => !kept.includes(id));
  await expireSnapshots(table, gone);
  const [report] = await house.run();
  expect(report?.plan?.notes.join(' ')).toMatch(/lost rows from 2023-09-14 01:00.* to .*02:00.*cannot be told/);
  expect(await house.rows('dw.totals', 'v')).toEqual(['1000', '20', '30', '4040']);
});

test('an adopted target keeps what its source had dropped before anyone looked', async () => {
  const house = await loaded({ totals: TOTALS });
  await drop(house, 1, 3);
  await house.configure({ again: retaining(TOTALS, 3) });
  await adopt(await house.project(), { process: 'again', at: 'current' });
  await house.append([...events(2, 200), ...events(4, 400)]);
  expect((await run(await house.project(), {})).processes).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '4040']);
  // Adopted once more, now that the source has a late row there.
  await adopt(await house.project(), { process: 'again', at: 'current' });
  await house.append([...events(2, 201), ...events(4, 401)]);
  await house.run();
  expect(await house.rows('dw.totals', 'v')).toEqual(['10', '20', '30', '8050']);
});

test('a session resumed by steps reads the same files as the one that was planned', async () => {
  const house = await loaded({ copy: retaining(COPY, 3) });
  await drop(house, 1, 2);
  await house.append(events(4, 400));
  const { init, write, publish } = await import('@psyberg/core');
  for (const step of [init, write, publish]) await step(await house.project(), { process: 'copy', session: 's2' });
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3', '4', '400']);
});
