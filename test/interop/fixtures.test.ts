import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Engine } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import {
  openTable,
  parseIdentifier,
  requireSnapshot,
  type SnapshotId,
  SqlCatalog,
  snapshotChanges,
  type Table,
  toSnapshotId,
} from '@psyberg/iceberg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRows } from '../support/read-rows.ts';
import { comparable } from '../support/rows-as-json.ts';
import type { JsonRow } from './pyiceberg.ts';
import { FIXTURE_RECIPE, preparePython, runPython } from './python.ts';

/** What `make_fixtures.py` says of a table. */
interface Expectation {
  readonly metadata: string;
  readonly formatVersion: number;
  readonly refs: Readonly<Record<string, string>>;
  readonly rows: readonly JsonRow[];
  readonly snapshots: readonly {
    readonly id: string;
    readonly parent: string | null;
    readonly operation: string;
    readonly addedFiles: readonly string[];
    readonly removedFiles: readonly string[];
    readonly rows: readonly JsonRow[];
  }[];
}

const TABLES = [
  'primitives',
  'format_one',
  'upgraded',
  'nested',
  'by_hour',
  'by_calendar',
  'by_bucket_and_truncation',
  'by_identity',
  'evolved_schema',
  'evolved_spec',
  'deleted_rows',
  'emptied',
  'never_filled',
  'branches',
  'merged_manifests',
  'one_transaction',
  'expired',
] as const;

let folder: string;
let made: readonly string[];
let catalog: SqlCatalog;
let engine: Engine;

beforeAll(async () => {
  await preparePython();
  folder = await realpath(await mkdtemp(path.join(tmpdir(), 'psyberg-fixtures-')));
  made = (await runPython(FIXTURE_RECIPE, [folder])) as string[];
  catalog = await SqlCatalog.open({ uri: `sqlite:${folder}/catalog.db`, warehouse: folder, create: false });
  engine = await createDuckDbEngine({ allowedLocations: [folder] });
});

afterAll(async () => {
  await engine.close();
  await catalog.close();
  await rm(folder, { recursive: true, force: true });
});

test('every table of the recipe is looked at', () => {
  expect([...made].sort()).toEqual([...TABLES].sort());
});

test('the catalog of PyIceberg is found by its one name, with all its tables', async () => {
  expect(catalog.name).toBe('fixtures');
  const tables = await catalog.listTables(['made']);
  expect(tables.map((table) => table.name).sort()).toEqual([...TABLES].sort());
});

describe.each(TABLES)('%s', (name) => {
  let table: Table;
  let expected: Expectation;

  beforeAll(async () => {
    expected = JSON.parse(await readFile(path.join(folder, `${name}.json`), 'utf8'));
    table = await openTable(catalog, parseIdentifier(`made.${name}`));
  });

  test('has the rows that PyIceberg reads', async () => {
    expect(comparable(await readRows(engine, table))).toEqual(comparable(expected.rows));
  });

  test('has the rows of each snapshot, staged and old ones too', async () => {
    expect(table.metadata.snapshots.map((snapshot) => String(snapshot.snapshotId))).toEqual(
      expected.snapshots.map(({ id }) => id),
    );
    for (const { id, rows } of expected.snapshots) {
      expect(comparable(await readRows(engine, table, idOf(id))), `snapshot ${id}`).toEqual(comparable(rows));
    }
  });

  test('has the files that each snapshot added and removed', async () => {
    for (const { id, parent, operation, addedFiles, removedFiles } of expected.snapshots) {
      const snapshot = requireSnapshot(table.metadata, idOf(id));
      expect(snapshot.operation).toBe(operation);
      expect(snapshot.parentSnapshotId === undefined ? null : String(snapshot.parentSnapshotId)).toBe(parent);
      const { added, removed } = await snapshotChanges(table, idOf(id));
      const paths = (files: typeof added) => files.map(({ file }) => file.path).sort();
      expect(paths(added), `added by ${id}`).toEqual(addedFiles);
      expect(paths(removed), `removed by ${id}`).toEqual(removedFiles);
    }
  });

  test('has the branches and tags', () => {
    const refs = Object.entries(table.metadata.refs).map(([ref, { snapshotId }]) => [ref, String(snapshotId)]);
    expect(Object.fromEntries(refs)).toEqual(expected.refs);
    expect(table.metadata.formatVersion).toBe(expected.formatVersion);
  });
});

const idOf = (text: string): SnapshotId => toSnapshotId(BigInt(text));
