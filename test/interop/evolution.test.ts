import { mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import {
  and,
  applyUpdates,
  commitMetadata,
  deleteFiles,
  equal,
  evolveSchema,
  fastAppend,
  greaterThanOrEqual,
  headOf,
  lessThan,
  openTable,
  type Predicate,
  parseIdentifier,
  parseType,
  planFiles,
  replaceFiles,
  replacePartitions,
  replaceSortOrder,
  rewriteManifests,
  rollbackTo,
  type SchemaChange,
  SqlCatalog,
  schemaUpdates,
  setCurrentSnapshot,
  specUpdates,
  type Table,
  updateSchema,
  updateSpec,
} from '@psyberg/iceberg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FOLDERS } from '../support/folders.ts';
import { readRows } from '../support/read-rows.ts';
import { comparable } from '../support/rows-as-json.ts';
import { writeFiles } from '../support/write-files.ts';
import { type JsonRow, PyIceberg } from './pyiceberg.ts';
import { preparePython } from './python.ts';

let folder: string;
let catalog: SqlCatalog;
let engine: Engine;
let pyiceberg: PyIceberg;

beforeAll(async () => {
  await preparePython();
  folder = await realpath(await mkdtemp(path.join(FOLDERS, 'psyberg-evolution-')));
  catalog = await SqlCatalog.open({ uri: `sqlite:${folder}/catalog.db`, warehouse: folder });
  await catalog.createNamespace(['lake']);
  engine = await createDuckDbEngine({ allowedLocations: [folder] });
  pyiceberg = new PyIceberg(`${folder}/catalog.db`, catalog.name);
});
afterAll(async () => {
  await engine.close();
  await catalog.close();
  await rm(folder, { recursive: true, force: true });
});

const open = (name: string): Promise<Table> => openTable(catalog, parseIdentifier(name));

async function expectSameRows(name: string): Promise<readonly JsonRow[]> {
  const rows = await pyiceberg.read(name);
  expect(comparable(await readRows(engine, await open(name)))).toEqual(comparable(rows));
  return rows;
}

async function expectSamePlan(name: string, text: string, filter: Predicate): Promise<number> {
  const ours = (await planFiles(await open(name), { filter })).map(({ file }) => file.path).sort();
  expect(ours, text).toEqual(await pyiceberg.plan(name, text));
  return ours.length;
}

const optional = (id: number, name: string, type: unknown) => ({ id, name, required: false, type: parseType(type) });
const struct = (id: number, ...names: string[]) => ({
  type: 'struct',
  fields: names.map((name, n) => ({ id: id + n, name, required: false, type: 'float' })),
});

describe('schemas', () => {
  const NAME = 'lake.shapes';
  const first: JsonRow = {
    id: 1,
    kind: 'a',
    amount: '1.50',
    home: { x: 0.5, y: 1.5 },
    points: [{ x: 1, y: 2 }],
    prices: [['eur', { low: 0.25 }]],
  };

  beforeAll(async () => {
    await catalog.createTable(parseIdentifier(NAME), {
      schema: {
        schemaId: 0,
        fields: [
          optional(1, 'id', 'int'),
          optional(2, 'kind', 'string'),
          optional(3, 'amount', 'decimal(9, 2)'),
          optional(4, 'home', struct(10, 'x', 'y')),
          optional(5, 'points', {
            type: 'list',
            'element-id': 20,
            element: struct(21, 'x', 'y'),
            'element-required': false,
          }),
          optional(6, 'prices', {
            type: 'map',
            'key-id': 30,
            key: 'string',
            'value-id': 31,
            value: struct(32, 'low'),
            'value-required': false,
          }),
        ],
      },
      partitionSpec: {
        specId: 0,
        fields: [{ sourceId: 1, fieldId: 1000, name: 'id', transform: { kind: 'identity' } }],
      },
    });
    await pyiceberg.append(NAME, [first]);
  });

  test('that we evolve at every depth are PyIceberg’s schemas too, and it reads old rows by them', async () => {
    const evolved = await updateSchema(await open(NAME), [
      { kind: 'add', name: 'note', type: 'string', doc: 'free text', position: { after: 'id' } },
      { kind: 'add', parent: 'home', name: 'z', type: 'double', position: 'first' },
      { kind: 'add', parent: 'points', name: 'z', type: 'double' },
      { kind: 'add', parent: 'prices', name: 'high', type: 'double' },
      { kind: 'add', name: 'place', type: parseType(struct(1, 'lat', 'lon')) },
      { kind: 'rename', column: 'kind', to: 'sort' },
      { kind: 'rename', column: 'points.element.y', to: 'north' },
      { kind: 'drop', column: 'home.y' },
      { kind: 'promote', column: 'id', type: 'long' },
      { kind: 'promote', column: 'amount', type: 'decimal(18, 2)' },
      { kind: 'promote', column: 'prices.value.low', type: 'double' },
      { kind: 'move', column: 'amount', position: 'first' },
    ]);
    const { columns } = await pyiceberg.structure(NAME);
    expect(columns.map((column) => column.split(':')[0])).toEqual([
      '3 amount',
      '1 id',
      '15 note',
      '2 sort',
      '4 home',
      '5 points',
      '6 prices',
      '19 place',
    ]);
    expect(evolved.metadata.lastColumnId).toBe(21);
    const [row] = await expectSameRows(NAME);
    expect(row).toEqual({
      amount: '1.50',
      id: '1',
      note: null,
      sort: 'a',
      home: { z: null, x: 0.5 },
      points: [{ x: 1, north: 2, z: null }],
      prices: [['eur', { low: 0.25, high: null }]],
      place: null,
    });
  });

  test('are written by PyIceberg, and filtered alike across the promotion of a partition’s source', async () => {
    await pyiceberg.append(NAME, [
      {
        amount: '1234567890.25',
        id: '5000000000',
        note: 'n',
        sort: 'b',
        home: { z: 1, x: 2 },
        points: [],
        prices: [],
        place: { lat: 1, lon: 2 },
      },
    ]);
    expect(await expectSameRows(NAME)).toHaveLength(2);
    expect(await expectSamePlan(NAME, 'id = 1', equal('id', 1n))).toBe(1);
    expect(await expectSamePlan(NAME, 'id >= 5000000000', greaterThanOrEqual('id', 5_000_000_000n))).toBe(1);
    expect(await expectSamePlan(NAME, "sort = 'a'", equal('sort', 'a'))).toBe(1);
    expect(await expectSamePlan(NAME, "note = 'n'", equal('note', 'n'))).toBeGreaterThan(0);
  });

  test('that PyIceberg evolves are evolved by us in turn, without an id given twice', async () => {
    await pyiceberg.updateSchema(NAME, ['delete_column', 'note'], ['add_column', 'theirs', 'string']);
    const { metadata } = await updateSchema(await open(NAME), [
      { kind: 'add', name: 'note', type: 'long' },
      { kind: 'rename', column: 'theirs', to: 'ours' },
    ]);
    expect(metadata.lastColumnId).toBe(23);
    const { columns } = await pyiceberg.structure(NAME);
    expect(columns.slice(-2)).toEqual(['22 ours: string', '23 note: long']);
    expect((await expectSameRows(NAME)).every(({ note }) => note === null)).toBe(true);
    await pyiceberg.updateSchema(NAME, ['add_column', 'last', 'int']);
    expect((await open(NAME)).metadata.lastColumnId).toBe(24);
  });
});

describe('name mappings', () => {
  const NAME = 'lake.imported';
  const row = (id: number) => ({ id, home: { x: id, y: 2 * id }, points: [{ x: 1, y: id }] });

  beforeAll(async () => {
    const list = { type: 'list', 'element-id': 20, element: struct(21, 'x', 'y'), 'element-required': false };
    const fields = [optional(1, 'id', 'int'), optional(2, 'home', struct(10, 'x', 'y')), optional(3, 'points', list)];
    await catalog.createTable(parseIdentifier(NAME), { schema: { schemaId: 0, fields } });
    await pyiceberg.addFile(NAME, [row(1), row(2)]);
  });

  test('that PyIceberg made let us read files without field ids', async () => {
    expect(await expectSameRows(NAME)).toHaveLength(2);
  });

  test('are kept up by us, so that PyIceberg reads such files under new names, and new ones beside them', async () => {
    await updateSchema(await open(NAME), [
      { kind: 'rename', column: 'id', to: 'key' },
      { kind: 'rename', column: 'points.element.y', to: 'north' },
      { kind: 'drop', column: 'home.y' },
      { kind: 'add', parent: 'home', name: 'z', type: 'double' },
      { kind: 'add', name: 'note', type: 'string' },
    ]);
    expect(await expectSameRows(NAME)).toContainEqual({
      key: 2,
      home: { x: 2, z: null },
      points: [{ x: 1, north: 2 }],
      note: null,
    });
    await pyiceberg.addFile(NAME, [{ key: 3, home: { x: 3, z: 0.5 }, points: [{ x: 1, north: 3 }], note: 'n' }]);
    expect(await expectSameRows(NAME)).toHaveLength(3);
  });

  test('that PyIceberg kept up in turn are read and kept up by us', async () => {
    await pyiceberg.updateSchema(NAME, ['rename_column', 'key', 'number'], ['add_column', 'last', 'long']);
    await updateSchema(await open(NAME), [{ kind: 'rename', column: 'last', to: 'latest' }]);
    await pyiceberg.addFile(NAME, [{ number: 4, home: null, points: [], note: null, latest: '5' }]);
    const rows = await expectSameRows(NAME);
    expect(rows.map(({ number }) => number).sort()).toEqual([1, 2, 3, 4]);
  });
});

describe('columns that come with their first rows', () => {
  const NAME = 'lake.grown';

  test('are read by PyIceberg from the snapshot that brought them, and not before', async () => {
    await catalog.createTable(parseIdentifier(NAME), {
      schema: { schemaId: 0, fields: [optional(1, 'id', 'long')] },
    });
    await pyiceberg.append(NAME, [{ id: '1' }]);
    const table = await open(NAME);
    const changes: SchemaChange[] = [{ kind: 'add', name: 'channel', type: 'string' }];
    const planned = evolveSchema(table.metadata, changes);
    const evolution = { changes, planned };
    const future = {
      ...table,
      metadata: applyUpdates(table.metadata, schemaUpdates(table.metadata, evolution)!.updates, 0),
    };
    const files = await writeFiles(future, [{ id: 2n, channel: 'web' }]);
    const staged = await fastAppend(table, files, { evolution, stageOnly: true });
    expect((await pyiceberg.structure(NAME)).columns).toEqual(['1 id: long']);
    const audited = await pyiceberg.read(NAME, String(staged.snapshot.snapshotId));
    expect(comparable(audited)).toEqual(
      comparable([
        { id: '1', channel: null },
        { id: '2', channel: 'web' },
      ]),
    );
    await pyiceberg.updateSchema(NAME, ['add_column', 'theirs', 'int']);
    await fastAppend(staged.table, files, { evolution });
    expect((await pyiceberg.structure(NAME)).columns).toEqual(['1 id: long', '3 theirs: int', '2 channel: string']);
    expect(comparable(await expectSameRows(NAME))).toEqual(
      comparable([
        { id: '1', theirs: null, channel: null },
        { id: '2', theirs: null, channel: 'web' },
      ]),
    );
  });
});

describe('partition specs', () => {
  const NAME = 'lake.parts';
  const row = (id: number, hour: number, kind: string | null): JsonRow => ({
    id: String(id),
    ts: `2024-05-01T${String(hour).padStart(2, '0')}:30:00.000000`,
    kind,
  });
  const day = (hour: number): bigint => BigInt(Date.UTC(2024, 4, 1, hour)) * 1000n;

  beforeAll(async () => {
    await catalog.createTable(parseIdentifier(NAME), {
      schema: {
        schemaId: 0,
        fields: [optional(1, 'id', 'long'), optional(2, 'ts', 'timestamp'), optional(3, 'kind', 'string')],
      },
      partitionSpec: {
        specId: 0,
        fields: [{ sourceId: 2, fieldId: 1000, name: 'ts_day', transform: { kind: 'day' } }],
      },
    });
    await pyiceberg.append(NAME, [row(1, 1, 'a'), row(2, 2, 'b')]);
  });

  const filters = async (): Promise<number[]> => [
    await expectSamePlan(
      NAME,
      "ts >= '2024-05-01T02:00:00' and ts < '2024-05-01T03:00:00'",
      and(greaterThanOrEqual('ts', day(2)), lessThan('ts', day(3))),
    ),
    await expectSamePlan(NAME, "kind = 'c'", equal('kind', 'c')),
    await expectSamePlan(NAME, 'id = 1', equal('id', 1n)),
  ];

  test('that we evolve are written under by PyIceberg, and scanned alike', async () => {
    await updateSpec(await open(NAME), [
      { kind: 'remove', field: 'ts_day' },
      { kind: 'add', column: 'ts', transform: 'hour' },
      { kind: 'add', column: 'id', transform: 'bucket[4]', name: 'b' },
    ]);
    expect((await pyiceberg.structure(NAME)).partition).toEqual(['1001 ts_hour: hour(2)', '1002 b: bucket[4](1)']);
    await pyiceberg.append(NAME, [row(3, 2, 'c'), row(4, 4, null)]);
    await updateSpec(await open(NAME), [{ kind: 'rename', field: 'b', to: 'shard' }]);
    await pyiceberg.append(NAME, [row(5, 5, 'c')]);
    expect(await expectSameRows(NAME)).toHaveLength(5);
    expect(await filters()).toEqual([2, 2, 1]);
  });

  test('that PyIceberg evolves are gone on with, old fields under their old ids', async () => {
    await pyiceberg.updateSpec(NAME, ['remove_field', 'shard'], ['remove_field', 'ts_hour'], ['add_identity', 'kind']);
    await pyiceberg.append(NAME, [row(6, 2, 'a')]);
    const back = await updateSpec(await open(NAME), [
      { kind: 'remove', field: 'kind' },
      { kind: 'add', column: 'ts', transform: 'day' },
    ]);
    expect(back.metadata.defaultSpecId).toBe(0);
    expect((await pyiceberg.structure(NAME)).partition).toEqual(['1000 ts_day: day(2)']);
    await pyiceberg.append(NAME, [row(7, 7, 'a')]);
    expect(await expectSameRows(NAME)).toHaveLength(7);
    expect(await filters()).toEqual([3, 2, 1]);
  });

  test('of all kinds lie in one table through deletes, compaction, manifest rewrites and replaced partitions', async () => {
    const start = await open(NAME);
    const origin = headOf(start.metadata)!.snapshotId;
    const live = await planFiles(start);
    const [gone] = await planFiles(start, { filter: equal('id', 1n) });
    const deleted = await deleteFiles(start, [gone!.file.path]);
    expect((await expectSameRows(NAME)).length).toBe(7 - gone!.file.recordCount);

    const remove = (await planFiles(deleted.table)).filter(({ file }) => file.specId !== 0);
    const rows = (await pyiceberg.read(NAME)).filter(({ id }) => ['3', '4', '5', '6'].includes(String(id)));
    const add = await writeFiles(
      deleted.table,
      rows.map(({ id, ts, kind }) => ({
        id: BigInt(String(id)),
        ts: BigInt(Date.parse(`${String(ts)}Z`)) * 1000n,
        kind: kind as string | null,
      })),
    );
    const before = comparable(await pyiceberg.read(NAME));
    const compacted = await replaceFiles(deleted.table, { remove, add });
    expect(comparable(await expectSameRows(NAME))).toEqual(before);

    const rewritten = await rewriteManifests(compacted.table);
    expect(comparable(await expectSameRows(NAME))).toEqual(before);
    await pyiceberg.delete(NAME, 'id = 7');
    const now = await open(NAME);
    const replaced = await replacePartitions(now, { add: await writeFiles(now, [{ id: 9n, ts: day(9), kind: 'z' }]) });
    expect(comparable(await expectSameRows(NAME))).toEqual(
      comparable([{ id: '9', ts: '2024-05-01T09:00:00.000000', kind: 'z' }]),
    );

    await rollbackTo(replaced.table, rewritten!.snapshot.snapshotId);
    expect(comparable(await expectSameRows(NAME))).toEqual(before);
    await setCurrentSnapshot(replaced.table, replaced.snapshot.snapshotId);
    expect(await expectSameRows(NAME)).toHaveLength(1);
    await rollbackTo(await open(NAME), origin);
    expect(await planFiles(await open(NAME))).toHaveLength(live.length);
    expect(await expectSameRows(NAME)).toHaveLength(7);
  });

  test('and sort orders are replaced together with a schema, in one table commit', async () => {
    await replaceSortOrder(await open(NAME), [
      { column: 'kind' },
      { column: 'ts', transform: 'hour', direction: 'desc' },
    ]);
    expect((await pyiceberg.structure(NAME)).sort).toEqual(['identity(3) asc nulls-first', 'hour(2) desc nulls-last']);
    const before = (await open(NAME)).metadata.metadataLog.length;
    await commitMetadata(await open(NAME), async ({ metadata }) => {
      const spec = specUpdates(metadata, [{ kind: 'add', column: 'kind', transform: 'truncate[1]' }])!;
      const schema = schemaUpdates(metadata, { changes: [{ kind: 'add', name: 'extra', type: 'uuid' }] })!;
      return {
        updates: [...schema.updates, ...spec.updates],
        requirements: [...(schema.requirements ?? []), ...(spec.requirements ?? [])],
      };
    });
    expect((await open(NAME)).metadata.metadataLog.length).toBe(before + 1);
    expect(await pyiceberg.structure(NAME)).toMatchObject({
      columns: ['1 id: long', '2 ts: timestamp', '3 kind: string', '4 extra: uuid'],
      partition: ['1000 ts_day: day(2)', '1004 kind_trunc_1: truncate[1](3)'],
    });
    expect(await expectSameRows(NAME)).toHaveLength(7);
  });

  test('whose source was dropped are read on, while no file is written under them any more', async () => {
    await updateSpec(await open(NAME), [{ kind: 'remove', field: 'kind_trunc_1' }]);
    await replaceSortOrder(await open(NAME), []);
    await updateSchema(await open(NAME), [{ kind: 'drop', column: 'kind' }]);
    expect(await expectSameRows(NAME)).toHaveLength(7);
    await pyiceberg.append(NAME, [{ id: '10', ts: '2024-05-02T00:00:00.000000', extra: null }]);
    expect(await expectSameRows(NAME)).toHaveLength(8);
    expect(await expectSamePlan(NAME, 'id = 10', equal('id', 10n))).toBe(1);
  });
});
