import { beforeEach, describe, expect, it } from 'vitest';
import type { MemoryCatalog } from '../../src/catalog/memory-catalog.ts';
import { FileNotFoundError, ValidationError } from '../../src/errors.ts';
import { observeFileIO } from '../../src/io/observe-file-io.ts';
import { expireSnapshots } from '../../src/maintenance/expire-snapshots.ts';
import { reachableFiles } from '../../src/maintenance/reachable-files.ts';
import { removeOrphanFiles } from '../../src/maintenance/remove-orphan-files.ts';
import { metadataFromCreate } from '../../src/metadata/create-metadata.ts';
import { headOf } from '../../src/metadata/history.ts';
import { serializeTableMetadata } from '../../src/metadata/table-metadata-json.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { openTable, type Table } from '../../src/table.ts';
import { dataFile, makeTable } from '../support/test-table.ts';

let table: Table;
let folder: string;
beforeEach(async () => {
  table = await makeTable();
  folder = `${table.metadata.location}/data`;
});

const put = async (...locations: string[]): Promise<void> => {
  for (const location of locations) await table.io.create(location, new Uint8Array([1]));
};
const own = (name: string) => ({ ...dataFile(name), path: `${folder}/${name}` });
const isOurs = (location: string): boolean => /\/our-[^/]+$/.test(location);
/** A day after everything was written. */
const later = { isOurs, minAgeMs: 1000, clock: () => Date.now() + 86_400_000 };

describe('removeOrphanFiles', () => {
  it('deletes what is ours, old and reached by nothing, and never anything else', async () => {
    await put(
      `${folder}/our-live`,
      `${folder}/our-gone`,
      `${folder}/our-staged`,
      `${folder}/our-lost`,
      `${folder}/theirs`,
    );
    await put(`${table.metadata.location}/our-elsewhere`);
    const live = await fastAppend(table, [own('our-live'), own('our-gone')]);
    const deleted = await deleteFiles(live.table, [own('our-gone').path]);
    const staged = await fastAppend(deleted.table, [own('our-staged')], { stageOnly: true });
    const dry = await removeOrphanFiles(staged.table, { ...later, dryRun: true });
    expect(dry.files.map(({ location }) => location)).toEqual([`${folder}/our-lost`]);
    expect(await table.io.exists(`${folder}/our-lost`)).toBe(true);
    const report = await removeOrphanFiles(staged.table, later);
    expect(report).toEqual({ files: dry.files, failed: [] });
    expect(await table.io.exists(`${folder}/our-lost`)).toBe(false);
    // `our-gone` is still live in the first snapshot.
    for (const name of ['our-live', 'our-gone', 'our-staged', 'theirs', '../our-elsewhere']) {
      expect(await table.io.exists(`${folder}/${name}`.replace('/data/..', '')), name).toBe(true);
    }
    expect((await removeOrphanFiles(staged.table, later)).files).toEqual([]);
    const forgotten = await expireSnapshots(staged.table, [live.snapshot.snapshotId]);
    const { files } = await removeOrphanFiles(forgotten, later);
    expect(files.map(({ location }) => location)).toEqual([`${folder}/our-gone`]);
  });

  it('leaves what is young, three days by itself', async () => {
    await put(`${folder}/our-lost`);
    const clock = (days: number) => ({ isOurs, clock: () => Date.now() + days * 86_400_000 });
    expect((await removeOrphanFiles(table, clock(0))).files).toEqual([]);
    expect((await removeOrphanFiles(table, clock(2.9))).files).toEqual([]);
    expect((await removeOrphanFiles(table, clock(3.1))).files).toHaveLength(1);
  });

  it('sees files that were committed while it listed', async () => {
    await put(`${folder}/our-late`);
    let isListed = false;
    const io = observeFileIO(table.io, ({ kind }) => {
      isListed ||= kind === 'list';
    });
    const slow: Table['io'] = {
      ...io,
      async *list(prefix) {
        if (prefix === folder) await fastAppend(await openTable(table.catalog, table.identifier), [own('our-late')]);
        yield* io.list(prefix);
      },
    };
    expect((await removeOrphanFiles({ ...table, io: slow }, later)).files).toEqual([]);
    expect(isListed).toBe(true);
  });

  it('spares what another table reaches in a folder that both have', async () => {
    const catalog = table.catalog as MemoryCatalog;
    await put(`${folder}/our-shared`, `${folder}/our-lost`);
    await catalog.createTable(
      { namespace: ['db'], name: 'other' },
      {
        schema: { schemaId: 0, fields: [] },
        location: `${folder}/other`,
      },
    );
    const other = await openTable(catalog, { namespace: ['db'], name: 'other' });
    await fastAppend(other, [{ ...own('our-shared'), partition: [] }]);
    const { files } = await removeOrphanFiles(table, later);
    expect(files.map(({ location }) => location)).toEqual([`${folder}/our-lost`]);
  });

  it('takes of metadata files only what never became the table’s', async () => {
    const metadataFolder = `${table.metadata.location}/metadata`;
    const log = { timestampMs: 0, metadataFile: table.metadataLocation };
    const lost = { ...table.metadata, metadataLog: [log] };
    const past = {
      ...table.metadata,
      metadataLog: [{ ...log, metadataFile: `${metadataFolder}/long-gone.metadata.json` }],
    };
    const begun = metadataFromCreate(
      { schema: { schemaId: 0, fields: [] } },
      'memory:/x',
      'ae0a1c6e-0000-4000-8000-000000000000',
      0,
    );
    const write = (name: string, metadata: typeof begun) =>
      table.io.create(`${metadataFolder}/${name}.metadata.json`, Buffer.from(serializeTableMetadata(metadata)));
    await write('our-lost', lost);
    await write('our-past', past);
    await write('our-begun', begun);
    const { files } = await removeOrphanFiles(table, { ...later, isOurs: (location) => location.includes('/our-') });
    expect(files.map(({ location }) => location.replace(`${metadataFolder}/`, '')).sort()).toEqual([
      'our-begun.metadata.json',
      'our-lost.metadata.json',
    ]);
  });

  it('refuses folders outside of the table’s, until it is told', async () => {
    table = await makeTable({ properties: { 'write.data.path': 'memory:/elsewhere/' } });
    await put('memory:/elsewhere/our-lost', 'memory:/elsewhere-too/our-lost');
    await expect(removeOrphanFiles(table, later)).rejects.toThrow(ValidationError);
    await expect(removeOrphanFiles(table, later)).rejects.toThrow('outside of its own folder, in memory:/elsewhere,');
    const { files } = await removeOrphanFiles(table, { ...later, allowOutside: true });
    expect(files.map(({ location }) => location)).toEqual(['memory:/elsewhere/our-lost']);
    table = await makeTable({ properties: { 'gc.enabled': 'false' } });
    await expect(removeOrphanFiles(table, later)).rejects.toThrow('GC is disabled');
  });

  it('deletes nothing when a snapshot cannot be read', async () => {
    await put(`${folder}/our-lost`);
    const { table: now, snapshot } = await fastAppend(table, [own('our-live')]);
    await table.io.delete(snapshot.manifestList!);
    await expect(removeOrphanFiles(now, later)).rejects.toThrow(FileNotFoundError);
    expect(await table.io.exists(`${folder}/our-lost`)).toBe(true);
  });
});

describe('reachableFiles', () => {
  it('is everything that the metadata leads to, without what only excepted snapshots do', async () => {
    const first = await fastAppend(table, [own('a')]);
    const staged = await fastAppend(first.table, [own('s')], { stageOnly: true });
    const all = await reachableFiles(staged.table);
    expect([...all].filter((key) => key.endsWith('.metadata.json'))).toHaveLength(3);
    for (const path of [own('a').path, own('s').path, headOf(staged.table.metadata)!.manifestList!])
      expect(all).toContain(path);
    const without = await reachableFiles(staged.table, new Set([staged.snapshot.snapshotId]));
    expect([...all].filter((key) => !without.has(key))).toHaveLength(3);
    expect(without).not.toContain(own('s').path);
  });
});
