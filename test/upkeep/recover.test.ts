/** Our own tables are views: without them everything runs on from the targets, and they can be made anew. */
import { type EventListener, init, recover, sessions, skip, status } from '@psyberg/core';
import { openTable, parseIdentifier, planFiles } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, RUNNING, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';

const build = houses();

const OWN = ['psyberg.sessions', 'psyberg.watermarks', 'psyberg.audits'];
const PROCESSES = {
  copy: { ...COPY, audits: [{ audit: 'not_null', columns: ['id'] }] },
  totals: { ...TOTALS, catchUp: { threshold: '1h' } },
  running: RUNNING,
};

const drop = async (house: House, ...names: readonly string[]): Promise<void> => {
  for (const name of names.map(parseIdentifier))
    if (await house.lake.catalog.tableExists(name)) await house.lake.catalog.dropTable(name);
};

/** Five sessions each, of all kinds that leave something in the target. */
async function history(): Promise<House> {
  const house = await build(PROCESSES);
  const loads = [
    [1, 2],
    [3, 1],
    [4, 2],
  ];
  let id = 0;
  for (const hours of loads) {
    for (const hour of hours) await house.append(events(hour, ++id));
    await house.run();
  }
  // No row changes, only the watermark.
  await house.compact('raw.events');
  await house.run();
  await house.append(events(2, 99));
  await skip(await house.project(), { process: 'totals', to: 'current', reason: 'for a test' });
  await house.run();
  return house;
}

const told = async (house: House) =>
  (await sessions(await house.project())).map(({ process, session, kind, snapshotId, plan, state }) => ({
    process,
    session,
    kind,
    state: state === 'empty' ? 'empty' : 'committed',
    snapshotId,
    written: state === 'empty' ? [] : plan.write,
    upper: plan.upper,
    skipped: plan.skipped,
  }));
const watermarks = async (house: House) =>
  (await (await house.project()).tables.watermarks()).map(({ process, session, source, previousSnapshotId }) => ({
    process,
    session,
    snapshot: source.snapshotId,
    previousSnapshotId,
  }));
const ordered = (rows: readonly object[]): string[] =>
  rows.map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value))).sort();

test('what was deleted is told again as it was, and once', async () => {
  const house = await history();
  const before = { sessions: await told(house), watermarks: await watermarks(house) };
  const standing = (await status(await house.project())).processes.map((p) => p.record);
  await drop(house, ...OWN);
  const preview = await recover(await house.project(), { dryRun: true });
  expect(preview.tables.map((t) => t.state)).toEqual(['missing', 'missing', 'missing']);
  expect(await told(house)).toEqual([]);

  const report = await recover(await house.project(), { dryRun: false });
  expect(report.processes).toEqual(preview.processes);
  expect(report.processes.map((p) => p.lost)).toEqual([[], [], []]);
  const published = before.sessions.filter(
    ({ state, session, process }) =>
      state === 'committed' ||
      report.processes.some((p) => p.process === process && p.sessions.includes(session as never)),
  );
  expect(published.length).toBeGreaterThan(10);
  expect(ordered(await told(house))).toEqual(ordered(published));
  expect(ordered(await watermarks(house))).toEqual(ordered(before.watermarks));
  expect((await status(await house.project())).processes.map((p) => p.record)).toEqual(standing);

  const again = await recover(await house.project(), { dryRun: false });
  expect(again.processes.flatMap((p) => [...p.sessions, ...Array(p.watermarks)])).toEqual([]);
  expect(await told(house)).toHaveLength(published.length);
  expect(await house.run()).toMatchObject(Array(3).fill({ status: 'nothing_to_do' }));
  for (const verified of await house.verify()) expect(verified).toMatchObject({ verdict: 'equal' });
});

test('tables that are behind gain just what they lack', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run({ processes: ['copy'], session: 's1' });
  const old = await openTable(house.lake.catalog, parseIdentifier('psyberg.sessions'));
  await house.append(events(2, 2));
  await house.run({ processes: ['copy'], session: 's2' });
  await house.append(events(3, 3));
  await house.run({ processes: ['copy'], session: 's3' });
  // As a backup would set it back.
  await drop(house, 'psyberg.sessions');
  await house.lake.catalog.registerTable(old.identifier, old.metadataLocation);
  const { processes } = await recover(await house.project(), { dryRun: false });
  expect(processes).toMatchObject([{ sessions: ['s2', 's3'], watermarks: 0 }]);
  expect((await sessions(await house.project())).map((e) => [e.session, e.state])).toEqual([
    ['s1', 'committed'],
    ['s2', 'committed'],
    ['s3', 'committed'],
  ]);
});

test('a damaged table is put aside, and what can be read of it is kept', async () => {
  const house = await build({ copy: PROCESSES.copy });
  for (const hour of [1, 2, 3]) {
    await house.append(events(hour, hour));
    await house.run({ processes: ['copy'], session: `s${hour}` });
  }
  await house.append(events(4, 4));
  await init(await house.project(), { process: 'copy', session: 'left' });
  const spoil = async (name: string, file: number): Promise<void> => {
    const table = await house.open(name);
    await table.io.delete((await planFiles(table))[file]!.file.path);
  };
  await spoil('psyberg.sessions', 1);
  await spoil('psyberg.audits', 1);
  const watermarksTable = await house.open('psyberg.watermarks');
  await watermarksTable.io.delete(watermarksTable.metadataLocation);

  // Nothing depends on them: the run goes on, and says what is wrong with what it wanted to read (of a session that is still open).
  const warnings: string[] = [];
  const onEvent: EventListener = (e) => e.kind === 'warning' && warnings.push(e.message);
  // With a catalog of its own, which has not read anything before.
  const project = await house.project({ faults: {}, onEvent });
  expect(await house.run({ processes: ['copy'], session: 's4' }, project)).toMatchObject([{ status: 'ok' }]);
  expect(warnings.join()).toMatch(/session table cannot be read.*psyberg recover/);
  expect(warnings.join()).toMatch(/could not be stored/);

  const another = await house.project({ faults: {} });
  const { tables, processes } = await recover(another, { dryRun: false });
  expect(tables.map((t) => t.state)).toEqual(['damaged', 'damaged', 'damaged']);
  for (const { keptAs } of tables) expect(await house.lake.catalog.tableExists(parseIdentifier(keptAs!))).toBe(true);
  expect(processes).toMatchObject([{ lost: [] }]);
  const after = await house.project();
  expect((await sessions(after)).map((e) => e.session)).toEqual(['s1', 's2', 's3', 'left', 's4']);
  expect((await after.tables.watermarks()).map((w) => w.session)).toEqual(['s1', 's2', 's3', 's4']);
  // Of audits the target knows nothing: those of the spoilt file are gone, the others are not.
  expect((await after.tables.audits()).length).toBeGreaterThanOrEqual(2);
  expect((await recover(after, { dryRun: true })).tables.map((t) => t.state)).toEqual(['whole', 'whole', 'whole']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3', '4']);
});

test('a history that is cut says from where on nothing is told', async () => {
  const house = await build({ copy: COPY });
  for (const hour of [1, 2, 3, 4]) {
    await house.append(events(hour, hour));
    await house.run({ processes: ['copy'], session: `s${hour}` });
  }
  await house.expireAllButHead('dw.copy', { forgetLog: true });
  await drop(house, ...OWN);
  const { processes } = await recover(await house.project(), { dryRun: false });
  // The newest by its snapshot, the one before as it is embedded in the property.
  expect(processes).toMatchObject([{ sessions: ['s3', 's4'], lost: ['s2'] }]);
});

test('runs go on from the targets when the tables are gone before, or go meanwhile', async () => {
  const house = await build({ copy: COPY, totals: TOTALS, running: RUNNING });
  await house.append([1, 2].flatMap((h) => events(h, h)));
  await house.run();
  await drop(house, ...OWN);
  await house.append(events(1, 100));
  let dropped = false;
  const project = await house.project({
    faults: {
      beforeSwap: async ({ name }) => {
        if (name !== 'totals' || dropped) return;
        dropped = true;
        await drop(house, 'psyberg.sessions');
      },
    },
  });
  // The first reader of the tables makes nothing; `copy` has to have written before there is one to drop.
  await house.run({ processes: ['copy'] });
  expect(await house.run({}, project)).toMatchObject([{ status: 'nothing_to_do' }, { status: 'ok' }, { status: 'ok' }]);
  await project.catalog.close();
  expect(dropped).toBe(true);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '100', '2']);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 20', '2 1010']);
  expect(await house.rows('dw.running', 'v')).toEqual(['1010', '1030']);
  for (const verified of await house.verify()) expect(verified).toMatchObject({ verdict: 'equal' });
  const { processes } = await recover(await house.project(), { dryRun: false });
  expect(processes.every((p) => p.problem === undefined && p.lost.length === 0)).toBe(true);
  expect(
    (await sessions(await house.project(), { process: 'copy' })).filter((e) => e.state === 'committed'),
  ).toHaveLength(2);
});
