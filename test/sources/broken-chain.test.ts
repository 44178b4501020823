/** The chain of snapshots between what was loaded and the head is broken: rolled back, reset, or expired in between. */
import { commitMetadata, createBranch, fastAppend, headOf, setCurrentSnapshot, snapshotById } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, RUNNING, TOTALS, valuesOf } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { compactWhere, deleteWhere } from './hands.ts';

const build = houses();
const copyTo = (table: string, onOverwrite: string): ProcessConfig => ({
  ...COPY,
  sources: [{ table: 'raw.events', time: 'ts', onOverwrite }],
  target: { table, time: 'ts', partition: ['hour(ts)'] },
});
/** Every way to read the source; all but the first go on whatever happens to it. */
const ALL: Readonly<Record<string, ProcessConfig>> = {
  copy: COPY,
  replaced: copyTo('dw.replaced', 'recompute'),
  added: copyTo('dw.added', 'added-only'),
  totals: TOTALS,
  running: RUNNING,
};

/** Hours 1, 2 and 3 in a snapshot each, loaded by these or all. */
async function loaded(...names: readonly string[]): Promise<House> {
  const some = names.length === 0 ? ALL : Object.fromEntries(names.map((name) => [name, ALL[name]!]));
  const house = await build(some);
  for (const hour of [1, 2, 3]) await house.append(events(hour, hour));
  await house.run();
  return house;
}

const statuses = async (house: House) => (await house.run()).map((r) => `${r.process} ${r.status}`);
const verdicts = async (house: House) => (await house.verify()).map((v) => `${v.process} ${v.verdict}`);

test('rolled back, and other rows came: each does what it is told to', async () => {
  const house = await loaded();
  await house.rollback('raw.events', 2);
  await house.append([...events(3, 30), ...events(4, 4)]);
  expect(await statuses(house)).toEqual(['copy needs_decision', 'replaced ok', 'added ok', 'totals ok', 'running ok']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3']);
  expect(await house.rows('dw.replaced', 'id')).toEqual(['1', '30', '4']);
  expect(await house.rows('dw.added', 'id')).toEqual(['1', '2', '3', '30', '4']);
  expect((await verdicts(house)).slice(1)).toEqual([
    'replaced equal',
    'added contained',
    'totals equal',
    'running equal',
  ]);
  const [report] = await house.run({ processes: ['copy'] });
  expect(report!.message).toMatch(/no longer descends from snapshot \d+.*2 row\(s\) of then are gone/s);
  expect(report!.next).toEqual(['psyberg run copy --recompute', 'psyberg adopt copy --at current']);
  expect(await statuses(house)).toContain('replaced nothing_to_do');
});

test('rolled back and loaded again: where no row is gone it is a plain append', async () => {
  const house = await loaded();
  await house.rollback('raw.events', 2);
  await house.append([...events(2, 2), ...events(3, 3), ...events(5, 5)]);
  const reports = await house.run();
  expect(reports.map((r) => [r.status, r.rowsWritten])).toEqual([
    ['ok', 1],
    ['ok', 1],
    ['ok', 1],
    ['ok', expect.any(Number)],
    ['ok', expect.any(Number)],
  ]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3', '5']);
  expect(new Set((await house.verify()).map((v) => v.verdict))).toEqual(new Set(['equal']));
});

test('a branch set to a history of its own', async () => {
  const house = await loaded();
  const table = await house.open('raw.events');
  const first = snapshotById(
    table.metadata,
    snapshotById(table.metadata, headOf(table.metadata)!.parentSnapshotId!)!.parentSnapshotId!,
  )!;
  await createBranch(table, 'other', { snapshotId: first.snapshotId });
  await fastAppend(await house.open('raw.events'), await house.files('raw.events', valuesOf(events(2, 22))), {
    branch: 'other',
  });
  const { metadata } = await house.open('raw.events');
  await setCurrentSnapshot(await house.open('raw.events'), metadata.refs.other!.snapshotId);
  expect((await statuses(house))[0]).toBe('copy needs_decision');
  expect((await verdicts(house)).slice(1)).toEqual([
    'replaced equal',
    'added contained',
    'totals equal',
    'running equal',
  ]);
  expect(await house.rows('dw.replaced', 'id')).toEqual(['1', '22']);
  expect(await house.rows('dw.running', 'v')).toEqual(['10', '230', '230']);
});

/** Takes snapshots out, as PyIceberg's expiry does: their children lose their parent. */
async function expire(house: House, keep: (id: bigint) => boolean, cut = true): Promise<void> {
  await house.rewriteMetadata('raw.events', (metadata) => {
    const kept = new Set(metadata.snapshots.filter((s) => keep(s.snapshotId)).map((s) => s.snapshotId));
    return {
      ...metadata,
      snapshots: metadata.snapshots
        .filter((s) => kept.has(s.snapshotId))
        .map(({ parentSnapshotId: parent, ...s }) =>
          parent === undefined || (cut && !kept.has(parent)) ? s : { ...s, parentSnapshotId: parent },
        ),
    };
  });
}

test('expired in between, after a compaction of old files with new ones: rows are told apart', async () => {
  const house = await loaded('copy', 'replaced', 'added', 'totals');
  const loadedAt = await house.head('raw.events');
  await house.append([...events(2, 20), ...events(5, 5)]);
  await compactWhere(house, 'raw.events', 'true');
  const head = await house.head('raw.events');
  await expire(house, (id) => id === loadedAt || id === head);
  expect(new Set((await statuses(house)).map((s) => s.split(' ')[1]))).toEqual(new Set(['ok']));
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '20', '3', '5']);
  expect(new Set((await house.verify()).map((v) => v.verdict))).toEqual(new Set(['equal']));
});

test('the originals of a mixed compaction have expired although the links hold: both ends are compared', async () => {
  const house = await loaded('copy');
  await house.append(events(5, 5));
  const before = await house.head('raw.events');
  await compactWhere(house, 'raw.events', 'true');
  // A child that names a parent which is gone, as Java leaves it.
  const table = await house.open('raw.events');
  const between = snapshotById(table.metadata, before!)!.parentSnapshotId!;
  await house.rewriteMetadata('raw.events', (metadata) => ({
    ...metadata,
    snapshots: metadata.snapshots.filter((s) => s.snapshotId !== before),
  }));
  expect(snapshotById((await house.open('raw.events')).metadata, between)).toBeDefined();
  expect((await statuses(house))[0]).toBe('copy ok');
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3', '5']);
});

test('the watermark itself has expired: what came since is told by sequence numbers', async () => {
  const house = await loaded('copy', 'totals');
  await house.append([...events(2, 20), ...events(5, 5)]);
  await house.expireAllButHead('raw.events');
  const reports = await house.run();
  expect(new Set(reports.map((r) => r.status))).toEqual(new Set(['ok']));
  expect(reports[0]!.plan!.notes.join()).toMatch(/has expired.*sequence numbers/);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '20', '3', '5']);
  expect(new Set((await house.verify()).map((v) => v.verdict))).toEqual(new Set(['equal']));
});

test.each([
  ['compacted', (house: House) => compactWhere(house, 'raw.events', 'true')],
  ['overwritten', (house: House) => deleteWhere(house, 'raw.events', 'id = 2')],
])('the watermark has expired and the files of then were %s: a person decides', async (_what, change) => {
  const house = await loaded('copy', 'totals');
  await change(house);
  await house.append(events(5, 5));
  await house.expireAllButHead('raw.events');
  const reports = await house.run();
  for (const { process, status, message, next } of reports) {
    expect([process, status]).toEqual([process, 'needs_decision']);
    expect(message).toMatch(/has expired, and what changed since cannot be told exactly/);
    expect(next).toEqual([`psyberg run ${process} --recompute`, `psyberg adopt ${process} --at current`]);
  }
  await house.run({ recompute: true });
  expect(new Set((await house.verify()).map((v) => v.verdict))).toEqual(new Set(['equal']));
});

test('expired as Java does it, and the file that the next overwrite removed is deleted: its bounds must do', async () => {
  const house = await loaded();
  const { metadata } = await house.open('raw.events');
  const old = headOf(metadata)!.snapshotId;
  await house.append([...events(1, 10), ...events(5, 5)]);
  await compactWhere(house, 'raw.events', 'true');
  await house.run();
  const loadedAt = await house.head('raw.events');
  const files = await house.paths('raw.events');
  await deleteWhere(house, 'raw.events', 'id = 2');
  await expire(house, (id) => id !== loadedAt && id !== old, false);
  for (const path of files) await house.lake.catalog.io.delete(path);
  const reports = await house.run();
  expect(reports.map((r) => `${r.process} ${r.status}`)).toEqual([
    'copy needs_decision',
    'replaced ok',
    'added needs_decision',
    'totals ok',
    'running ok',
  ]);
  expect(reports[2]!.message).toMatch(/was deleted by an expiry/);
  expect(await house.rows('dw.replaced', 'id')).toEqual(['1', '10', '3', '5']);
  expect(await house.verify('replaced', 'totals', 'running')).toMatchObject([
    { verdict: 'equal' },
    { verdict: 'equal' },
    { verdict: 'equal' },
  ]);
});

test('a branch that is gone, and a table made again', async () => {
  const house = await loaded('copy', 'totals');
  await house.lake.catalog.dropTable((await house.open('raw.events')).identifier);
  await house.createEvents('raw.events');
  await house.append(events(1, 7));
  for (const { process, status, message, next } of await house.run()) {
    expect([status, next]).toEqual([
      'needs_decision',
      [`psyberg run ${process} --recompute`, `psyberg adopt ${process} --at current`],
    ]);
    expect(message).toMatch(/was dropped and created again/);
  }
  await house.run({ recompute: true });
  expect(await house.rows('dw.copy', 'id')).toEqual(['7']);
  expect(new Set((await house.verify()).map((v) => v.verdict))).toEqual(new Set(['equal']));
  const table = await house.open('raw.events');
  await commitMetadata(table, async () => ({ updates: [{ action: 'remove-snapshot-ref', refName: 'main' }] }));
  const [report] = await house.run({ processes: ['copy'] });
  expect(report).toMatchObject({ status: 'needs_decision', next: ['psyberg run copy --recompute'] });
});
