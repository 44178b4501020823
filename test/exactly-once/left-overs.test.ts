/** What dead processes leave is found again: sessions that nobody was told of, files that nothing reaches. */
import { copyFileSync, existsSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { clean, discard, run, SessionNotFoundError, sessions } from '@psyberg/core';
import { commitMetadata, newFileUuid, parseIdentifier, planFiles, reachableFiles } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, TOTALS, valuesOf } from './house.ts';
import { houses } from './houses.ts';

const build = houses();
const DAY_MS = 86_400_000;

/** A run that stands still for ever at its n-th swap of the target, and whose owner counts as dead. */
async function runThatStops(house: House, session: string, table: string, swap: number): Promise<void> {
  let swaps = 0;
  let tell = (): void => undefined;
  const reached = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const project = await house.project({
    faults: {
      beforeSwap: async ({ name }) => {
        if (name !== table || ++swaps !== swap) return;
        tell();
        await new Promise(() => undefined);
      },
    },
  });
  void run(project, { processes: [table], session });
  await reached;
  const { lake } = house;
  for (const [key, value] of Object.entries(await lake.catalog.namespaceProperties(['psyberg'])))
    await lake.catalog.compareAndSetNamespaceProperty(['psyberg'], key, value, undefined);
}

test('a session that died after it had staged, with no row stored, can be given up', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(1, 2));
  await runThatStops(house, 'dead', 'totals', 2);
  expect(await sessions(await house.project())).toHaveLength(1);
  expect(await discard(await house.project(), { session: 'dead' })).toMatchObject({
    process: 'totals',
    state: 'discarded',
  });
  await expect(discard(await house.project(), { session: 'other' })).rejects.toThrow(SessionNotFoundError);
  const cleaned = await clean(await house.project(), { dryRun: false });
  expect(cleaned.stagedSnapshots).toMatchObject([{ session: 'dead', why: 'session discarded' }]);
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['2 30']);
});

test('where a property names the folder of data files, orphans of ours are found there, and files of other tables are not', async () => {
  const house = await build({ copy: COPY, totals: TOTALS });
  await house.append(events(1, 1));
  await house.run();
  const shared = path.join(house.folder, 'warehouse', 'shared');
  for (const name of ['dw.copy', 'dw.totals'])
    await commitMetadata(await house.open(name), async () => ({
      updates: [{ action: 'set-properties', updates: { 'write.data.path': shared } }],
    }));
  await house.append(events(2, 2));
  await house.run();
  const [before] = await house.files('dw.copy', valuesOf(events(3, 3)));
  const { tableUuid } = (await house.open('dw.copy')).metadata;
  const orphans = [before!.path.replace('file://', ''), path.join(shared, `00000-0-${newFileUuid(tableUuid)}.parquet`)];
  copyFileSync(orphans[0]!, orphans[1]!);
  const foreign = path.join(shared, 'keep.csv');
  writeFileSync(foreign, 'id');
  for (const file of [...orphans, foreign]) utimesSync(file, 0, 0);

  const later = { clock: () => Date.now() + 2 * DAY_MS };
  const told = await clean(await house.project(later), { dryRun: false });
  expect(told.files.map(({ location }) => location.replace('file://', ''))).toEqual(orphans);
  expect([...orphans, foreign].map(existsSync)).toEqual([...orphans.map(() => false), true]);
  expect((await planFiles(await house.open('dw.totals'))).length).toBeGreaterThan(0);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2']);
});

test('files that others name as we do stay, and those of a table that was made anew at the same place', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run();
  const before = await house.open('dw.copy');
  await house.lake.catalog.dropTable(before.identifier);
  await house.lake.catalog.dropTable(parseIdentifier('psyberg.sessions'));
  await house.run();
  const now = await house.open('dw.copy');
  expect(now.metadata.location).toBe(before.metadata.location);
  expect(now.metadata.tableUuid).not.toBe(before.metadata.tableUuid);

  const uuid = crypto.randomUUID();
  const theirs = [`data/00000-0-${uuid}.parquet`, `metadata/${uuid}-m0.avro`, `metadata/snap-1-0-${uuid}.avro`];
  const ours = ['data/00000-0-U.parquet', 'data/U.parquet', 'metadata/U-m0.avro', 'metadata/snap-1-1-U.avro'];
  for (const name of [...theirs, ...ours.map((text) => text.replace('U', newFileUuid(now.metadata.tableUuid)))])
    await now.io.create(`${now.metadata.location}/${name}`, new Uint8Array([1]));
  const later = { clock: () => Date.now() + 2 * DAY_MS };
  const told = await clean(await house.project(later), { dryRun: false });
  expect(told.files).toHaveLength(ours.length);
  for (const name of theirs) expect(await now.io.exists(`${now.metadata.location}/${name}`), name).toBe(true);
  for (const location of await reachableFiles(before)) expect(await now.io.exists(location), location).toBe(true);
  expect((await reachableFiles(before)).size).toBeGreaterThan(5);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1']);
});

test("a table whose files may be others' too is left alone", async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(1, 2));
  await runThatStops(house, 'dead', 'totals', 2);
  await discard(await house.project(), { session: 'dead' });
  const set = async (value: string) =>
    commitMetadata(await house.open('dw.totals'), async () => ({
      updates: [{ action: 'set-properties', updates: { 'gc.enabled': value } }],
    }));
  await set('FALSE');
  const before = await house.open('dw.totals');
  const told = await clean(await house.project(), { dryRun: false });
  expect(told).toMatchObject({ leftAlone: ['dw.totals'], stagedSnapshots: [], files: [] });
  expect((await house.open('dw.totals')).metadataLocation).toBe(before.metadataLocation);
  await set('true');
  expect(await clean(await house.project(), { dryRun: true })).toMatchObject({
    leftAlone: [],
    stagedSnapshots: [{ session: 'dead' }],
  });
});
