import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  currentSchema,
  defaultSpec,
  equal,
  fastAppend,
  headOf,
  openSqlCatalog,
  openTable,
  parseIdentifier,
  planFiles,
  type Table,
} from '@psyberg/iceberg';
import { beforeEach, expect, it } from 'vitest';
import { publish } from './append.ts';
import { rowsSince } from './changes.ts';
import { appendWithChannel, repartition, tidy } from './evolve.ts';
import { compact, expire, forget, recompute, sweep, undo, withdraw } from './maintain.ts';
import { dutchSignups } from './read.ts';
import { publishIf } from './stage.ts';

const EXAMPLES = ['read', 'changes', 'append', 'evolve', 'stage', 'maintain'] as const;
const textOf = (relative: string) => readFile(fileURLToPath(new URL(relative, import.meta.url)), 'utf8');

let uri: string;
let warehouse: string;
let table: Table;
beforeEach(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'iceberg-readme-'));
  uri = `sqlite:${folder}/catalog.db`;
  warehouse = path.join(folder, 'warehouse');
  const catalog = await openSqlCatalog({ uri, warehouse });
  await catalog.createNamespace(['raw']);
  const identifier = parseIdentifier('raw.signups');
  await catalog.createTable(identifier, {
    schema: {
      schemaId: 0,
      fields: [
        { id: 1, name: 'user_id', required: true, type: { kind: 'long' } },
        { id: 2, name: 'country', required: true, type: { kind: 'string' } },
        { id: 3, name: 'visits', required: false, type: { kind: 'int' } },
      ],
    },
    partitionSpec: {
      specId: 0,
      fields: [{ sourceId: 2, fieldId: 1000, name: 'country', transform: { kind: 'identity' } }],
    },
  });
  table = await openTable(catalog, identifier);
});

const file = (location: string, country: string) =>
  ({
    content: 'data',
    path: location,
    format: 'parquet',
    specId: 0,
    partition: [country],
    recordCount: 2,
    fileSizeBytes: 9,
  }) as const;

it('shows exactly the examples that run here', async () => {
  const readme = await textOf('../../README.md');
  const shown = [...readme.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]);
  expect(shown).toEqual(await Promise.all(EXAMPLES.map((name) => textOf(`${name}.ts`))));
});

it('reads, appends and tells changes', async () => {
  const first = await fastAppend(table, [file('file:///be', 'BE')]);
  const second = await publish(first.table, 'file:///nl', 7, 90);
  expect(headOf(second.metadata)?.summary['written-by']).toBe('nightly');
  expect(await dutchSignups(uri, warehouse)).toEqual(['file:///nl']);
  expect(await rowsSince(second, first.snapshot.snapshotId)).toEqual({ arrived: 7, left: 0 });
});

it('publishes what the audit likes, and keeps the rest staged', async () => {
  const started = await fastAppend(table, [file('file:///a', 'BE')]);
  const done = await publishIf(started.table, [file('file:///b', 'NL')], (files) => files.length === 2);
  expect(await planFiles(done!.table)).toHaveLength(2);
  expect(await publishIf(done!.table, [file('file:///c', 'NL')], () => false)).toBeUndefined();
  expect(await planFiles(await openTable(table.catalog, table.identifier))).toHaveLength(2);
});

it('evolves the schema, alone and with the first rows of a new column', async () => {
  const tidied = await tidy(table);
  const grown = await appendWithChannel(tidied, async (schema) => {
    expect(schema).toMatchObject({ fields: [{ name: 'visits' }, {}, {}, { id: 4, name: 'channel' }] });
    return [file('file:///b', 'NL')];
  });
  const columns = currentSchema(grown.metadata).fields.map(({ id, name }) => `${id} ${name}`);
  expect(columns).toEqual(['3 visits', '1 user_id', '2 country_code', '4 channel']);
  const { metadata } = await repartition(grown);
  expect(defaultSpec(metadata).fields.map(({ fieldId, name }) => `${fieldId} ${name}`)).toEqual([
    '1001 user_id_bucket_16',
  ]);
  expect(metadata.sortOrders.at(-1)?.fields).toMatchObject([{ sourceId: 3, nullOrder: 'nulls-last' }]);
});

it('compacts, replaces, takes away, goes back, expires and sweeps', async () => {
  const started = await fastAppend(table, [file('file:///a', 'BE'), file('file:///b', 'BE')]);
  const compacted = await compact(started.table, async (small) => [
    { ...file('file:///ab', 'BE'), recordCount: 2 * small.length },
  ]);
  const paths = async (of: Table) => (await planFiles(of)).map(({ file: { path: location } }) => location);
  expect(await paths(compacted)).toEqual(['file:///ab']);
  const recomputed = await recompute(compacted, [file('file:///be', 'BE'), file('file:///nl', 'NL')]);
  const forgotten = await forget(recomputed.table, equal('country', 'NL'));
  expect(await paths(forgotten!.table)).toEqual(['file:///be']);
  const withdrawn = await withdraw(forgotten!.table, ['file:///be']);
  expect(await paths(withdrawn.table)).toEqual([]);
  const undone = await undo(withdrawn.table, recomputed.snapshot.snapshotId);
  expect(await paths(undone)).toEqual(['file:///be', 'file:///nl']);
  expect(await expire(undone)).toMatchObject({ snapshots: [], files: [] }); // all are of today
  expect(await sweep(undone)).toEqual({ files: [], failed: [] });
});
