import { beforeEach, describe, expect, it } from 'vitest';
import { FileIOError, ValidationError } from '../../src/errors.ts';
import type { FileIO } from '../../src/io/file-io.ts';
import { observeFileIO } from '../../src/io/observe-file-io.ts';
import {
  type ExpireOptions,
  type ExpiryReport,
  expireOldSnapshots,
} from '../../src/maintenance/expire-old-snapshots.ts';
import type { DataFile } from '../../src/manifest/data-file.ts';
import { headOf } from '../../src/metadata/history.ts';
import { cherryPick } from '../../src/producers/cherry-pick.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { mergeAppend } from '../../src/producers/merge-append.ts';
import { createBranch, createTag } from '../../src/producers/refs/create-ref.ts';
import { rollbackTo } from '../../src/producers/refs/set-current-snapshot.ts';
import { rewriteManifests } from '../../src/producers/rewrite-manifests.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import { toSnapshotId } from '../../src/spec/ids.ts';
import type { Table } from '../../src/table.ts';
import { dataFile, liveNames, makeTable, nameOf } from '../support/test-table.ts';

let table: Table;
let clockMs: number;
beforeEach(async () => {
  clockMs = 1_000_000;
  table = await makeTable();
});

/** Every snapshot a second after the one before, and its files in storage. */
const at = () => ({ clock: () => (clockMs += 1000) });
async function stored(...files: DataFile[]): Promise<DataFile[]> {
  for (const file of files) await table.io.create(file.path, new Uint8Array([1]));
  return files;
}
const append = async (name: string, facts: Parameters<typeof dataFile>[1] = {}, on = table) =>
  (table = (await fastAppend(on, await stored(dataFile(name, facts)), at())).table);
const remove = async (...names: string[]) =>
  (table = (
    await deleteFiles(
      table,
      names.map((name) => dataFile(name).path),
      at(),
    )
  ).table);

/** All snapshots that no ref needs. */
const expireAll = (options: ExpireOptions = {}): Promise<ExpiryReport> =>
  expireOldSnapshots(table, { expireBeforeMs: Number.MAX_SAFE_INTEGER, ...options });

const gone = ({ files }: ExpiryReport): string[] =>
  files
    .filter(({ kind }) => kind === 'data')
    .map(({ location }) => nameOf({ path: location } as DataFile))
    .sort();
const kinds = ({ files }: ExpiryReport): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { kind } of files) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
};

/** Every snapshot that is listed has all its files. */
async function expectWhole(now: Table): Promise<void> {
  for (const { snapshotId } of now.metadata.snapshots) {
    for (const { file } of await planFiles({ ...now, io: uncached(now.io) }, { snapshotId })) {
      expect(await now.io.exists(file.path), `${nameOf(file)} of ${snapshotId}`).toBe(true);
    }
  }
}

/** Another one for the cache of manifests. */
const uncached = (io: FileIO): FileIO => observeFileIO(io, () => undefined);

describe('expireOldSnapshots', () => {
  it('deletes what only expired snapshots had, and leaves the rest whole', async () => {
    await append('a');
    await append('b');
    await remove('a');
    await append('c');
    const report = await expireAll();
    expect(report.snapshots).toHaveLength(3);
    expect(gone(report)).toEqual(['a']);
    expect(kinds(report)).toEqual({ data: 1, manifest: 1, 'manifest-list': 3 });
    expect(report.failed).toEqual([]);
    for (const { location } of report.files) expect(await table.io.exists(location)).toBe(false);
    expect(await liveNames(report.table)).toEqual(['b', 'c']);
    await expectWhole(report.table);
    const again = await expireOldSnapshots(report.table, { expireBeforeMs: Number.MAX_SAFE_INTEGER });
    expect(again).toMatchObject({ snapshots: [], refs: [], files: [], failed: [] });
    expect(again.table.metadataLocation).toBe(report.table.metadataLocation);
  });

  it('says before what it would do, and does nothing then', async () => {
    await append('a');
    await remove('a');
    const before = table.metadataLocation;
    const dry = await expireAll({ dryRun: true });
    expect(dry.table.metadataLocation).toBe(before);
    for (const { location } of dry.files) expect(await table.io.exists(location)).toBe(true);
    const done = await expireAll();
    expect(done.files).toEqual(dry.files);
    expect(done.snapshots).toEqual(dry.snapshots);
  });

  it('opens no manifest after appends alone', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await append(name);
    const read: string[] = [];
    const io = observeFileIO(table.io, ({ kind, location }) => void (kind === 'read' && read.push(location)));
    const report = await expireOldSnapshots({ ...table, io }, { expireBeforeMs: Number.MAX_SAFE_INTEGER });
    expect(kinds(report)).toEqual({ 'manifest-list': 3 });
    expect(read.filter((location) => /-m\d+\.avro$/.test(location))).toEqual([]);
    await expectWhole(report.table);
  });

  it('opens of the manifests that stay only those whose partitions may hold what would go', async () => {
    for (const kind of ['a', 'b', 'c']) await append(kind, { kind });
    await append('a2', { kind: 'a' });
    await remove('a');
    const read: string[] = [];
    const io = observeFileIO(uncached(table.io), ({ kind, location }) => void (kind === 'read' && read.push(location)));
    const report = await expireOldSnapshots({ ...table, io }, { expireBeforeMs: Number.MAX_SAFE_INTEGER });
    expect(gone(report)).toEqual(['a']);
    // That of `a`, and that of `a2`; the one that says `a` is deleted holds no live file.
    expect(read.filter((location) => /-m\d+\.avro$/.test(location))).toHaveLength(2);
  });

  it('keeps files that moved to other manifests, and those of branches, tags and staged snapshots', async () => {
    await append('a');
    await append('b');
    table = await createTag(table, 'v1');
    table = (await rewriteManifests(table, at()))!.table;
    table = (await mergeAppend(table, await stored(dataFile('c')), { minCountToMerge: 1, ...at() })).table;
    table = await createBranch(table, 'audit');
    await remove('b', 'c');
    const staged = await fastAppend(table, await stored(dataFile('s')), { stageOnly: true, ...at() });
    table = staged.table;
    await append('d');
    const isStaged = ({ snapshotId }: { snapshotId: bigint }) => snapshotId === staged.snapshot.snapshotId;
    const report = await expireAll({ keep: isStaged });
    expect(gone(report)).toEqual([]);
    expect(Object.keys(report.table.metadata.refs).sort()).toEqual(['audit', 'main', 'v1']);
    await expectWhole(report.table);
    table = report.table;
    const all = await expireAll();
    expect(gone(all)).toEqual(['s']);
    await expectWhole(all.table);
  });

  it('keeps files of a staged snapshot that was published, by a pick or by adding them again, and deletes others', async () => {
    await append('a');
    const stage = async (name: string) => fastAppend(table, await stored(dataFile(name)), { stageOnly: true, ...at() });
    const [picked, published, dropped] = [await stage('picked'), await stage('published'), await stage('dropped')];
    await append('b', {}, dropped.table);
    table = (await cherryPick(table, picked.snapshot.snapshotId, at())).table;
    // As a writer of its own would do it, with nothing in the summary that tells where the file was seen before.
    table = (await fastAppend(table, [dataFile('published')], at())).table;
    expect(published.snapshot.snapshotId).not.toBe(headOf(table.metadata)?.snapshotId);
    const report = await expireAll();
    expect(gone(report)).toEqual(['dropped']);
    expect(await liveNames(report.table)).toEqual(['a', 'b', 'picked', 'published']);
    await expectWhole(report.table);
  });

  it('keeps a staged snapshot’s files when the publication was rolled back and has expired', async () => {
    await append('a');
    const root = headOf(table.metadata)!.snapshotId;
    const staged = await fastAppend(table, await stored(dataFile('s')), { stageOnly: true, ...at() });
    await append('b', {}, staged.table);
    const published = await fastAppend(table, [dataFile('s')], at());
    table = await rollbackTo(published.table, root);
    const report = await expireAll({ snapshotIds: [published.snapshot.snapshotId] });
    expect(gone(report)).toEqual([]);
    await expectWhole(report.table);
  });

  it('takes files of rolled back snapshots when these are old', async () => {
    await append('a');
    const root = headOf(table.metadata)!.snapshotId;
    await append('undone');
    table = await rollbackTo(table, root);
    await append('b');
    expect(gone(await expireAll({ dryRun: true }))).toEqual(['undone']);
    const report = await expireAll();
    expect(await liveNames(report.table)).toEqual(['a', 'b']);
  });

  it('expires just the snapshots that are named, unless a ref points to one', async () => {
    await append('a');
    const [first] = table.metadata.snapshots;
    await append('b');
    await append('c');
    const report = await expireAll({ snapshotIds: [first!.snapshotId, toSnapshotId(99n)] });
    expect(report.snapshots).toEqual([first]);
    expect(report.table.metadata.snapshots).toHaveLength(2);
    await expect(expireAll({ snapshotIds: [headOf(table.metadata)!.snapshotId] })).rejects.toThrow(
      'Still referenced by refs: main',
    );
  });

  it('deletes statistics of what expired, and no others', async () => {
    await append('a');
    const old = headOf(table.metadata)!.snapshotId;
    await append('b');
    const now = headOf(table.metadata)!.snapshotId;
    const statistics = [
      { 'snapshot-id': old, 'statistics-path': 'memory:/stats/old' },
      { 'snapshot-id': now, 'statistics-path': 'memory:/stats/now' },
    ];
    const withStatistics = { ...table, metadata: { ...table.metadata, unknown: { statistics } } };
    const dry = await expireOldSnapshots(
      { ...withStatistics, catalog: table.catalog },
      { expireBeforeMs: Number.MAX_SAFE_INTEGER, dryRun: true },
    );
    expect(dry.files.filter(({ kind }) => kind === 'statistics')).toEqual([
      { kind: 'statistics', location: 'memory:/stats/old' },
    ]);
  });

  it('refuses tables that forbid it, before anything is read', async () => {
    table = await makeTable({ properties: { 'gc.enabled': 'false' } });
    await expect(expireAll()).rejects.toThrow(ValidationError);
    await expect(expireAll({ dryRun: true })).rejects.toThrow('GC is disabled');
  });

  it('deletes nothing when the commit fails, nor when what stays cannot be read; says which file could not be deleted', async () => {
    await append('a');
    await remove('a');
    await append('b');
    const fail = (matches: (kind: string, location: string) => boolean): Table => ({
      ...table,
      io: observeFileIO(uncached(table.io), ({ kind, location }) => {
        if (matches(kind, location)) throw new FileIOError(`broken: ${location}`);
      }),
    });
    const kept = headOf(table.metadata)!.manifestList!;
    const blind = await expireOldSnapshots(
      fail((kind, location) => kind === 'read' && location === kept),
      {
        expireBeforeMs: Number.MAX_SAFE_INTEGER,
        snapshotIds: [table.metadata.snapshots[0]!.snapshotId],
      },
    );
    expect(blind.snapshots).toHaveLength(1);
    expect(blind.files).toEqual([]);
    expect(blind.failed[0]?.reason).toContain('broken');
    expect(await table.io.exists(dataFile('a').path)).toBe(true);
    table = { ...blind.table, io: table.io };
    const stuck = await expireOldSnapshots(
      fail((kind, location) => kind === 'delete' && location.endsWith('.avro')),
      { expireBeforeMs: Number.MAX_SAFE_INTEGER },
    );
    expect(stuck.failed.length).toBeGreaterThan(0);
    expect(stuck.failed.every(({ reason }) => reason.startsWith('broken'))).toBe(true);
    await expectWhole(stuck.table);
  });
});
