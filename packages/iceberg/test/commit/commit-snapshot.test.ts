import { beforeEach, describe, expect, it } from 'vitest';
import type { CatalogFaults } from '../../src/catalog/catalog-faults.ts';
import type { MemoryCatalog } from '../../src/catalog/memory-catalog.ts';
import { commitSnapshot } from '../../src/commit/commit-snapshot.ts';
import type { SnapshotChange } from '../../src/commit/snapshot-change.ts';
import {
  CommitConflictError,
  CommitStateUnknownError,
  FileIOError,
  InvalidArgumentError,
  NoSuchRefError,
  UnsupportedFeatureError,
  ValidationError,
} from '../../src/errors.ts';
import type { FileIO } from '../../src/io/file-io.ts';
import type { DataFile } from '../../src/manifest/data-file.ts';
import { headOf } from '../../src/metadata/history.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { createBranch, createTag } from '../../src/producers/refs/create-ref.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import { readManifest } from '../../src/scan/read-manifest.ts';
import { readManifestList } from '../../src/scan/read-manifest-list.ts';
import { openTable, refreshTable, type Table } from '../../src/table.ts';
import { dataFile, liveNames, makeTable, NAME, nameOf } from '../support/test-table.ts';

const appending = (files: readonly DataFile[], more: Partial<SnapshotChange> = {}): SnapshotChange => ({
  operation: 'append',
  added: [{ name: 'data', files }],
  removed: [],
  summary: () => ({}),
  ...more,
});

const NO_WAIT = { retries: 4, minWaitMs: 0, maxWaitMs: 0, totalTimeoutMs: 60_000 };

let table: Table;
beforeEach(async () => {
  table = await makeTable();
});

/** Names of Avro files under the table's metadata folder. */
async function avroFiles({ io, metadata }: Table): Promise<string[]> {
  const names: string[] = [];
  for await (const { location } of io.list(`${metadata.location}/metadata`)) {
    if (location.endsWith('.avro')) names.push(location);
  }
  return names.sort();
}

async function referencedFiles({ io, metadata }: Table): Promise<string[]> {
  const lists = metadata.snapshots.map((snapshot) => snapshot.manifestList!);
  const rows = await Promise.all(metadata.snapshots.map((snapshot) => readManifestList(io, metadata, snapshot)));
  return [...new Set([...lists, ...rows.flat().map(({ path }) => path)])].sort();
}

/** The same table through a catalog handle of its own, whose swaps meet these faults. */
const through = async ({ catalog }: Table, faults: CatalogFaults): Promise<Table> =>
  openTable((catalog as MemoryCatalog).anotherHandle(faults), NAME);

describe('commitSnapshot', () => {
  it('writes parent, sequence number, schema, summary and names as others expect them', async () => {
    const clock = () => 1_700_000_000_000;
    const first = await fastAppend(table, [dataFile('x', { rows: 7, sizeBytes: 70 }), dataFile('y', { kind: 'b' })], {
      clock,
    });
    expect(first.snapshot).toMatchObject({
      sequenceNumber: 1n,
      timestampMs: 1_700_000_000_000,
      operation: 'append',
      schemaId: 0,
    });
    expect(first.snapshot.parentSnapshotId).toBeUndefined();
    const { 'commit-id': commitId, ...summary } = first.snapshot.summary;
    expect(summary).toEqual({
      'added-data-files': '2',
      'added-records': '8',
      'added-files-size': '170',
      'changed-partition-count': '2',
      'total-data-files': '2',
      'total-delete-files': '0',
      'total-records': '8',
      'total-files-size': '170',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
      'manifests-created': '1',
      'manifests-kept': '0',
      'manifests-replaced': '0',
    });
    expect(commitId).toMatch(/^[0-9a-f-]{36}$/);
    expect(first.snapshot.manifestList).toBe(
      `${table.metadata.location}/metadata/snap-${first.snapshot.snapshotId}-1-${commitId}.avro`,
    );
    const second = await fastAppend(first.table, [dataFile('z')]);
    expect(second.snapshot).toMatchObject({ parentSnapshotId: first.snapshot.snapshotId, sequenceNumber: 2n });
    expect(second.table.metadata.snapshotLog.map(({ snapshotId }) => snapshotId)).toEqual([
      first.snapshot.snapshotId,
      second.snapshot.snapshotId,
    ]);
  });

  it('loses nobody: when two writers race, both their rows are there, and no file is left over', async () => {
    const { catalog } = table;
    const other = await openTable((catalog as MemoryCatalog).anotherHandle(), NAME);
    const committed = await Promise.all(
      [table, other, table, other].map((handle, n) => fastAppend(handle, [dataFile(`w${n}`)], { retry: NO_WAIT })),
    );
    const now = await openTable(catalog, NAME);
    expect(await liveNames(now)).toEqual(['w0', 'w1', 'w2', 'w3']);
    expect(new Set(committed.map(({ snapshot }) => snapshot.sequenceNumber)).size).toBe(4);
    expect(await avroFiles(now)).toEqual(await referencedFiles(now));
  });

  it('asks the producer again on the new head after a lost race, and writes the same files into no second manifest', async () => {
    const files = [dataFile('mine')];
    const heads: unknown[] = [];
    const done = (await commitSnapshot(
      table,
      async (base, head, attempt) => {
        heads.push([head?.snapshotId, attempt]);
        if (attempt === 1) await fastAppend(base, [dataFile('theirs')]);
        return appending(files);
      },
      { retry: NO_WAIT },
    ))!;
    expect(heads).toEqual([
      [undefined, 1],
      [done.snapshot.parentSnapshotId, 2],
    ]);
    expect(done.snapshot.manifestList).toContain('-2-');
    expect(await liveNames(done.table)).toEqual(['mine', 'theirs']);
    expect(await avroFiles(done.table)).toEqual(await referencedFiles(done.table));
    const [manifest] = await readManifestList(done.table.io, done.table.metadata, done.snapshot);
    expect(manifest).toMatchObject({ sequenceNumber: 2n, minSequenceNumber: 2n });
    expect(manifest!.path).toMatch(/-m0\.avro$/);
  });

  it('gives up after the retries that the table allows, leaving nothing behind', async () => {
    const restless = appending([dataFile('mine')]);
    const attempts: number[] = [];
    const lost = commitSnapshot(
      table,
      async (base, _head, attempt) => {
        attempts.push(attempt);
        await fastAppend(base, [dataFile(`theirs-${attempt}`)]);
        return restless;
      },
      { retry: { ...NO_WAIT, retries: 2 } },
    );
    await expect(lost).rejects.toThrow(CommitConflictError);
    await expect(lost).rejects.toThrow(/3 attempts/);
    expect(attempts).toEqual([1, 2, 3]);
    const now = await refreshTable(table);
    expect(await liveNames(now)).toEqual(['theirs-1', 'theirs-2', 'theirs-3']);
    expect(await avroFiles(now)).toEqual(await referencedFiles(now));
  });

  it('takes the retries from the table unless told otherwise', async () => {
    const patient = await makeTable({ properties: { 'commit.retry.num-retries': '0' } });
    const lost = commitSnapshot(patient, async (base) => {
      await fastAppend(base, [dataFile('theirs')]);
      return appending([dataFile('mine')]);
    });
    await expect(lost).rejects.toThrow(/1 attempts/);
  });

  it('publishes nothing when the producer throws or has nothing to do', async () => {
    const veto = new ValidationError('fenced off');
    await expect(commitSnapshot(table, () => Promise.reject(veto))).rejects.toBe(veto);
    expect(await commitSnapshot(table, async () => undefined)).toBeUndefined();
    expect((await refreshTable(table)).metadataLocation).toBe(table.metadataLocation);
    expect(await avroFiles(table)).toEqual([]);
  });

  it('finds its commit again when the answer of the catalog was lost', async () => {
    const broken = await through(table, { afterSwap: () => Promise.reject(new Error('connection reset')) });
    const done = await fastAppend(broken, [dataFile('x')]);
    expect(headOf(done.table.metadata)?.snapshotId).toBe(done.snapshot.snapshotId);
    expect(await liveNames(done.table)).toEqual(['x']);
  });

  it('reports an unknown outcome and deletes nothing when its commit is not there', async () => {
    const broken = await through(table, { beforeSwap: () => Promise.reject(new Error('connection reset')) });
    let attempts = 0;
    const unknown = commitSnapshot(broken, async () => {
      attempts++;
      return appending([dataFile('x')]);
    });
    await expect(unknown).rejects.toThrow(CommitStateUnknownError);
    expect(attempts).toBe(1);
    expect(await liveNames(await refreshTable(table))).toEqual([]);
    expect(await avroFiles(table)).toHaveLength(2);
  });

  it('takes an error that the catalog does not explain for an unknown outcome', async () => {
    const catalog = new Proxy(table.catalog, {
      get: (target, key) => {
        if (key === 'commitTable') return () => Promise.reject(new TypeError('not what a catalog throws'));
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const failing = { ...table, catalog };
    await expect(fastAppend(failing, [dataFile('x')])).rejects.toThrow(CommitStateUnknownError);
    expect(await avroFiles(table)).toHaveLength(2);
  });

  it('stages: the snapshot is listed and numbered, and nothing else moves', async () => {
    const first = await fastAppend(table, [dataFile('x')]);
    const staged = await fastAppend(first.table, [dataFile('y')], { stageOnly: true, summary: { 'wap.id': 'w1' } });
    const { metadata } = staged.table;
    expect(metadata.refs).toEqual(first.table.metadata.refs);
    expect(metadata.snapshotLog).toEqual(first.table.metadata.snapshotLog);
    expect(metadata.currentSnapshotId).toBe(first.snapshot.snapshotId);
    expect(metadata.lastSequenceNumber).toBe(2n);
    expect(staged.snapshot).toMatchObject({ parentSnapshotId: first.snapshot.snapshotId, sequenceNumber: 2n });
    expect(staged.snapshot.summary).toMatchObject({ 'wap.id': 'w1', 'total-data-files': '2' });
    expect(await liveNames(staged.table)).toEqual(['x']);
    expect(await liveNames(staged.table, { snapshotId: staged.snapshot.snapshotId })).toEqual(['x', 'y']);
    const next = await fastAppend(staged.table, [dataFile('z')]);
    expect(next.snapshot).toMatchObject({ parentSnapshotId: first.snapshot.snapshotId, sequenceNumber: 3n });
  });

  it('stages on the head as it is after a lost race', async () => {
    const files = [dataFile('mine')];
    const staged = (await commitSnapshot(
      table,
      async (base, _head, attempt) => {
        if (attempt === 1) await fastAppend(base, [dataFile('theirs')]);
        return appending(files);
      },
      { stageOnly: true, retry: NO_WAIT },
    ))!;
    expect(staged.snapshot.parentSnapshotId).toBe(headOf(staged.table.metadata)?.snapshotId);
    expect(await liveNames(staged.table, { snapshotId: staged.snapshot.snapshotId })).toEqual(['mine', 'theirs']);
  });

  it('takes the parent from the branch that is written, also when main moved, and keeps its retention', async () => {
    const first = await fastAppend(table, [dataFile('x')]);
    await createBranch(first.table, 'audit', { minSnapshotsToKeep: 7, maxRefAgeMs: 99 });
    const onMain = await fastAppend(first.table, [dataFile('m')]);
    const onBranch = await fastAppend(onMain.table, [dataFile('b')], { branch: 'audit' });
    expect(onBranch.snapshot.parentSnapshotId).toBe(first.snapshot.snapshotId);
    expect(onBranch.snapshot.summary['total-data-files']).toBe('2');
    expect(await liveNames(onBranch.table, { branch: 'audit' })).toEqual(['b', 'x']);
    expect(await liveNames(onBranch.table)).toEqual(['m', 'x']);
    expect(onBranch.table.metadata.refs.audit).toEqual({
      type: 'branch',
      snapshotId: onBranch.snapshot.snapshotId,
      minSnapshotsToKeep: 7,
      maxRefAgeMs: 99,
    });
    expect(onBranch.table.metadata.snapshotLog).toEqual(onMain.table.metadata.snapshotLog);
  });

  it('refuses branches that are not there, and tags', async () => {
    const { table: now } = await fastAppend(table, [dataFile('x')]);
    await createTag(now, 'v1');
    await expect(fastAppend(now, [dataFile('y')], { branch: 'nowhere' })).rejects.toThrow(NoSuchRefError);
    await expect(fastAppend(now, [dataFile('y')], { branch: 'v1' })).rejects.toThrow('Ref v1 is a tag not a branch');
  });

  it('changes table properties in the same table commit', async () => {
    const { table: now } = await fastAppend(table, [dataFile('x')], {
      setProperties: { 'psyberg.at': 'one' },
      removeProperties: ['commit.status-check.min-wait-ms'],
    });
    expect(now.metadata.properties['psyberg.at']).toBe('one');
    expect(now.metadata.properties['commit.status-check.min-wait-ms']).toBeUndefined();
    expect(now.metadata.metadataLog).toHaveLength(1);
  });

  it('keeps groups in manifests of their own, one per spec, and tells the summary where', async () => {
    let seen: ReadonlyMap<string, readonly string[]> = new Map();
    const change: SnapshotChange = {
      operation: 'append',
      added: [
        { name: 'computed', files: [dataFile('c1'), dataFile('c2')] },
        { name: 'carried', files: [dataFile('k1')] },
      ],
      removed: [],
      summary: (paths) => {
        seen = paths;
        return { 'psyberg.carried': paths.get('carried')!.join(',') };
      },
    };
    const { table: now, snapshot } = (await commitSnapshot(table, async () => change))!;
    const manifests = await readManifestList(now.io, now.metadata, snapshot);
    const held = await Promise.all(
      manifests.map(async (manifest) => [
        manifest.path,
        (await readManifest(now.io, now.metadata, manifest)).map(({ file }) => nameOf(file)),
      ]),
    );
    expect(held).toEqual([
      [seen.get('computed')![0], ['c1', 'c2']],
      [seen.get('carried')![0], ['k1']],
    ]);
    expect(snapshot.summary['psyberg.carried']).toBe(seen.get('carried')![0]);
  });

  it('splits large additions', async () => {
    const files = Array.from({ length: 10_001 }, (_, n) => dataFile(`f${n}`));
    const { table: now, snapshot } = await fastAppend(table, files);
    const manifests = await readManifestList(now.io, now.metadata, snapshot);
    expect(manifests.map((manifest) => manifest.addedFilesCount)).toEqual([10_000, 1]);
  });

  it('rewrites only manifests that lose a file, marks the loss as its own, and drops dead ones next time', async () => {
    const one = await fastAppend(table, [dataFile('a1'), dataFile('a2')]);
    const two = await fastAppend(one.table, [dataFile('b')]);
    const three = await deleteFiles(two.table, ['memory:/data/a1']);
    const four = await deleteFiles(three.table, ['memory:/data/a2']);
    const five = await deleteFiles(four.table, ['memory:/data/b']);
    const rows = await readManifestList(five.table.io, five.table.metadata, four.snapshot);
    const entries = await Promise.all(rows.map((row) => readManifest(five.table.io, five.table.metadata, row)));
    expect(
      entries.map((all) =>
        all.map((entry) => [nameOf(entry.file), entry.status, entry.snapshotId, entry.sequenceNumber]),
      ),
    ).toEqual([[['b', 'added', two.snapshot.snapshotId, 2n]], [['a2', 'deleted', four.snapshot.snapshotId, 1n]]]);
    const last = await readManifestList(five.table.io, five.table.metadata, five.snapshot);
    expect(last.map((row) => [row.deletedFilesCount, row.existingFilesCount, row.minSequenceNumber])).toEqual([
      [1, 0, 5n],
    ]);
    expect(five.snapshot.summary).toMatchObject({
      'total-data-files': '0',
      'manifests-replaced': '2',
      'manifests-kept': '0',
    });
    const after = await readManifestList(five.table.io, five.table.metadata, three.snapshot);
    const rewritten = (
      await Promise.all(after.map((row) => readManifest(five.table.io, five.table.metadata, row)))
    ).flat();
    expect(
      rewritten.map((entry) => [nameOf(entry.file), entry.status, entry.sequenceNumber, entry.fileSequenceNumber]),
    ).toEqual([
      ['b', 'added', 2n, 2n],
      ['a1', 'deleted', 1n, 1n],
      ['a2', 'existing', 1n, 1n],
    ]);
  });

  it('refuses to remove what is not live where it was found, and leaves nothing behind', async () => {
    const one = await fastAppend(table, [dataFile('a'), dataFile('b')]);
    const [stale] = await planFiles(one.table);
    const two = await deleteFiles(one.table, [stale!]);
    const before = await avroFiles(two.table);
    const again = commitSnapshot(two.table, async () => ({
      operation: 'delete' as const,
      added: [],
      removed: [stale!],
      summary: () => ({}),
    }));
    await expect(again).rejects.toThrow(`Missing required files to delete: ${stale!.file.path}`);
    expect(await avroFiles(two.table)).toEqual(before);
  });

  it.each(['total-records', 'commit-id', 'added-data-files', 'partitions.kind=a', 'manifests-kept', 'operation'])(
    'refuses the computed summary key %s',
    async (key) => {
      await expect(fastAppend(table, [dataFile('x')], { summary: { [key]: '1' } })).rejects.toThrow(
        InvalidArgumentError,
      );
      expect(await avroFiles(table)).toEqual([]);
    },
  );

  it.each<[string, Partial<SnapshotChange>]>([
    ['a file is added twice', { added: [{ name: 'a', files: [dataFile('x'), dataFile('x')] }] }],
    [
      'two groups have the same name',
      {
        added: [
          { name: 'a', files: [] },
          { name: 'a', files: [] },
        ],
      },
    ],
    ['a delete adds files', { operation: 'delete' }],
    ['a delete file is added', { added: [{ name: 'a', files: [{ ...dataFile('x'), content: 'position-deletes' }] }] }],
  ])('refuses a change in which %s', async (problem, change) => {
    await expect(commitSnapshot(table, async () => appending([dataFile('x')], change))).rejects.toThrow(problem);
  });

  it('does not write tables of format version 1', async () => {
    const old = await makeTable({ formatVersion: 1 });
    await expect(fastAppend(old, [dataFile('x')])).rejects.toThrow(UnsupportedFeatureError);
  });

  it('goes no further with a table that was dropped and created anew', async () => {
    await table.catalog.dropTable(NAME);
    await table.catalog.createTable(NAME, { schema: table.metadata.schemas[0]! });
    await expect(fastAppend(table, [dataFile('x')])).rejects.toThrow(ValidationError);
  });

  it.each([0, 1, 2, 3])('leaves nothing behind when storage fails at file %i', async (failing) => {
    const base = await fastAppend(table, [dataFile('a1'), dataFile('a2')]);
    const before = await avroFiles(base.table);
    let created = 0;
    const io: FileIO = {
      read: (location) => table.io.read(location),
      readRange: (location, start, end) => table.io.readRange(location, start, end),
      size: (location) => table.io.size(location),
      exists: (location) => table.io.exists(location),
      list: (prefix) => table.io.list(prefix),
      delete: (location) => table.io.delete(location),
      create: async (location, content) => {
        if (created++ === failing) throw new FileIOError('disk full');
        await table.io.create(location, content);
      },
    };
    const removed = (await planFiles(base.table)).slice(0, 1);
    const overwrite: SnapshotChange = {
      operation: 'overwrite',
      added: ['one', 'two'].map((name) => ({ name, files: [dataFile(name)] })),
      removed,
      summary: () => ({}),
    };
    await expect(commitSnapshot({ ...base.table, io }, async () => overwrite)).rejects.toThrow('disk full');
    expect(await avroFiles(base.table)).toEqual(before);
    expect((await commitSnapshot(base.table, async () => overwrite))?.snapshot.summary['manifests-created']).toBe('3');
  });

  it('stops between attempts when it is aborted', async () => {
    const controller = new AbortController();
    const aborted = commitSnapshot(
      table,
      async (base) => {
        await fastAppend(base, [dataFile('theirs')]);
        controller.abort(new Error('enough'));
        return appending([dataFile('mine')]);
      },
      { signal: controller.signal },
    );
    await expect(aborted).rejects.toThrow('enough');
    const now = await refreshTable(table);
    expect(await avroFiles(now)).toEqual(await referencedFiles(now));
  });
});
