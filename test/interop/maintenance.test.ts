import { mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import {
  createTag,
  expireOldSnapshots,
  fastAppend,
  headOf,
  locationKey,
  openTable,
  parseIdentifier,
  parseType,
  planFiles,
  reachableFiles,
  removeOrphanFiles,
  replaceFiles,
  rewriteManifests,
  SqlCatalog,
  type Table,
} from '@psyberg/iceberg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FOLDERS } from '../support/folders.ts';
import { readRows } from '../support/read-rows.ts';
import { comparable } from '../support/rows-as-json.ts';
import { writeFiles } from '../support/write-files.ts';
import { type JsonRow, PyIceberg } from './pyiceberg.ts';
import { preparePython } from './python.ts';

/** The story is one: each test goes on where the one before it ended. */
const NAME = 'lake.kept';
let folder: string;
let catalog: SqlCatalog;
let engine: Engine;
let pyiceberg: PyIceberg;

beforeAll(async () => {
  await preparePython();
  folder = await realpath(await mkdtemp(path.join(FOLDERS, 'psyberg-maintenance-')));
  catalog = await SqlCatalog.open({ uri: `sqlite:${folder}/catalog.db`, warehouse: `file://${folder}` });
  await catalog.createNamespace(['lake']);
  engine = await createDuckDbEngine({ allowedLocations: [folder] });
  pyiceberg = new PyIceberg(`${folder}/catalog.db`, catalog.name);
  await catalog.createTable(parseIdentifier(NAME), {
    schema: {
      schemaId: 0,
      fields: [
        { id: 1, name: 'id', required: false, type: parseType('long') },
        { id: 2, name: 'kind', required: false, type: parseType('string') },
      ],
    },
    partitionSpec: {
      specId: 0,
      fields: [{ sourceId: 2, fieldId: 1000, name: 'kind', transform: { kind: 'identity' } }],
    },
    properties: { 'write.metadata.previous-versions-max': '100' },
  });
});
afterAll(async () => {
  await engine.close();
  await catalog.close();
  await rm(folder, { recursive: true, force: true });
});

const open = (): Promise<Table> => openTable(catalog, parseIdentifier(NAME));
const row = (id: number, kind: string): JsonRow => ({ id: String(id), kind });
const ALL = { expireBeforeMs: Date.now() + 3_600_000 };

/** Data files, manifests and manifest lists in the table's folder, but for metadata files. */
async function stored(table: Table): Promise<string[]> {
  const keys: string[] = [];
  for await (const { location } of table.io.list(table.metadata.location)) keys.push(locationKey(location));
  return keys.filter((key) => !key.endsWith('.metadata.json')).sort();
}

async function reached(table: Table): Promise<string[]> {
  return [...(await reachableFiles(table))].filter((key) => !key.endsWith('.metadata.json')).sort();
}

test('PyIceberg reads every snapshot that is left of its own and our history, and nothing else lies about', async () => {
  await pyiceberg.append(NAME, [row(1, 'a'), row(2, 'a'), row(3, 'b')]);
  await pyiceberg.append(NAME, [row(4, 'b')]);
  await pyiceberg.delete(NAME, 'id = 1'); // writes the file of `a` anew
  await createTag(await open(), 'v1');
  await pyiceberg.delete(NAME, "kind = 'b'");
  const tagged = headOf((await open()).metadata, 'v1')!.snapshotId;
  const before = await pyiceberg.read(NAME, String(tagged));
  const now = await open();
  const staged = await fastAppend(now, await writeFiles(now, [{ id: 5n, kind: 'c' }]), { stageOnly: true });
  const [live] = await planFiles(staged.table);
  const compacted = await replaceFiles(staged.table, {
    remove: [live!],
    add: await writeFiles(now, [{ id: 2n, kind: 'a' }]),
  });
  const kept = (await rewriteManifests(compacted.table))?.table ?? compacted.table;

  const dry = await expireOldSnapshots(kept, { ...ALL, dryRun: true });
  const report = await expireOldSnapshots(kept, ALL);
  expect(report.failed).toEqual([]);
  expect(report.files).toEqual(dry.files);
  expect(report.table.metadata.snapshots.map(({ snapshotId }) => snapshotId).sort()).toEqual(
    [tagged, headOf(report.table.metadata)!.snapshotId].sort(),
  );
  expect(await stored(report.table)).toEqual(await reached(report.table));
  expect(comparable(await pyiceberg.read(NAME, String(tagged)))).toEqual(comparable(before));
  expect(await pyiceberg.read(NAME)).toEqual([row(2, 'a')]);
  expect(comparable(await readRows(engine, report.table))).toEqual(comparable([row(2, 'a')]));
});

test('PyIceberg goes on writing and deleting after an expiry, and so does the next expiry', async () => {
  await pyiceberg.append(NAME, [row(6, 'a'), row(7, 'd')]);
  await pyiceberg.delete(NAME, 'id = 6');
  await pyiceberg.append(NAME, [row(8, 'b')]);
  const report = await expireOldSnapshots(await open(), ALL);
  expect(report.snapshots.length).toBeGreaterThan(2);
  expect(await stored(report.table)).toEqual(await reached(report.table));
  expect(comparable(await pyiceberg.read(NAME))).toEqual(comparable([row(2, 'a'), row(7, 'd'), row(8, 'b')]));
  expect(await pyiceberg.read(NAME, String(headOf(report.table.metadata, 'v1')!.snapshotId))).toHaveLength(3);
});

test('what PyIceberg leaves behind when it expires is found by the names of its files, and what is live is not', async () => {
  const before = await open();
  await pyiceberg.delete(NAME, "kind = 'd'");
  await pyiceberg.expire(NAME, [String(headOf(before.metadata)!.snapshotId)]);
  const now = await open();
  expect((await stored(now)).length).toBeGreaterThan((await reached(now)).length);
  const report = await removeOrphanFiles(now, {
    isOurs: (location) => /\.(parquet|avro)$/.test(location),
    minAgeMs: 0,
    clock: () => Date.now() + 60_000,
  });
  expect(report.failed).toEqual([]);
  expect(report.files.some(({ location }) => location.endsWith('.parquet'))).toBe(true);
  expect(await stored(now)).toEqual(await reached(now));
  expect(comparable(await pyiceberg.read(NAME))).toEqual(comparable([row(2, 'a'), row(8, 'b')]));
});
