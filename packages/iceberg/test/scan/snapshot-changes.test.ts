import { describe, expect, it } from 'vitest';
import { MemoryCatalog } from '../../src/catalog/memory-catalog.ts';
import { SnapshotNotAncestorError, UnsupportedFeatureError } from '../../src/errors.ts';
import { equal } from '../../src/expressions/predicate.ts';
import { MemoryFileIO } from '../../src/io/memory-file-io.ts';
import { type FileAccess, observeFileIO } from '../../src/io/observe-file-io.ts';
import { requireSnapshot } from '../../src/metadata/history.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { mergeAppend } from '../../src/producers/merge-append.ts';
import { overwriteByFilter } from '../../src/producers/overwrite-by-filter.ts';
import { rollbackTo } from '../../src/producers/refs/set-current-snapshot.ts';
import { replaceFiles } from '../../src/producers/replace-files.ts';
import { rewriteManifests } from '../../src/producers/rewrite-manifests.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import { changesBetween, type SnapshotChanges, snapshotChanges } from '../../src/scan/snapshot-changes.ts';
import { openTable } from '../../src/table.ts';
import { commitRaw } from '../support/raw-snapshot.ts';
import { dataFile, makeTable, NAME, nameOf } from '../support/test-table.ts';

const names = ({ snapshot, added, removed }: SnapshotChanges) => ({
  operation: snapshot.operation,
  added: added.map(({ file }) => nameOf(file)).sort(),
  removed: removed.map(({ file }) => nameOf(file)).sort(),
});

describe('snapshotChanges', () => {
  it('tells what an append, an overwrite and a delete did, not what they carried', async () => {
    const one = await fastAppend(await makeTable(), [
      dataFile('a1'),
      dataFile('b1', { kind: 'b' }),
      dataFile('c1', { kind: 'c' }),
    ]);
    const two = (await overwriteByFilter(one.table, { filter: equal('kind', 'a'), add: [dataFile('a2')] }))!;
    const three = await deleteFiles(two.table, ['memory:/data/b1']);
    const changes = await changesBetween(three.table, { toInclusive: three.snapshot.snapshotId });
    expect(changes.map(names)).toEqual([
      { operation: 'append', added: ['a1', 'b1', 'c1'], removed: [] },
      { operation: 'overwrite', added: ['a2'], removed: ['a1'] },
      { operation: 'delete', added: [], removed: ['b1'] },
    ]);
    expect(changes[1]?.removed[0]).toMatchObject({ snapshotId: two.snapshot.snapshotId, sequenceNumber: 1n });
  });

  it('still tells them after manifests were merged, alone or in an append', async () => {
    let table = await makeTable();
    const ids = [];
    for (const name of ['x', 'y', 'z']) {
      const done = await fastAppend(table, [dataFile(name)]);
      table = done.table;
      ids.push(done.snapshot.snapshotId);
    }
    const merged = (await rewriteManifests(table))!;
    const appended = await mergeAppend(merged.table, [dataFile('w')], { minCountToMerge: 1 });
    ({ table } = appended);
    expect(names(await snapshotChanges(table, merged.snapshot.snapshotId))).toEqual({
      operation: 'replace',
      added: [],
      removed: [],
    });
    expect(names(await snapshotChanges(table, appended.snapshot.snapshotId))).toEqual({
      operation: 'append',
      added: ['w'],
      removed: [],
    });
    const since = await changesBetween(table, { fromExclusive: ids[0], toInclusive: appended.snapshot.snapshotId });
    expect(since.map((change) => names(change).added)).toEqual([['y'], ['z'], [], ['w']]);
    const files = await planFiles(table);
    expect(files.map(({ file, sequenceNumber }) => [nameOf(file), sequenceNumber]).sort()).toEqual([
      ['w', 5n],
      ['x', 1n],
      ['y', 2n],
      ['z', 3n],
    ]);
  });

  it('opens one manifest list and the manifests of that commit alone, of two hundred commits', async () => {
    const catalog = new MemoryCatalog();
    let table = await makeTable({}, catalog);
    const ids = [];
    for (let commit = 0; commit < 200; commit++) {
      const files = Array.from({ length: 20 }, (_, n) => dataFile(`${commit}-${n}`, { kind: `k${n % 3}` }));
      const done = await fastAppend(table, files);
      table = done.table;
      ids.push(done.snapshot.snapshotId);
    }
    const accesses: FileAccess[] = [];
    const observed = { ...table, io: observeFileIO(table.io, (access) => accesses.push(access)) };
    const { added, snapshot } = await snapshotChanges(observed, ids[150]!);
    expect(added).toHaveLength(20);
    expect(accesses.map(({ location }) => location)).toEqual([snapshot.manifestList, added[0]!.manifestPath]);
    accesses.length = 0;
    const changes = await changesBetween(observed, { fromExclusive: ids[189], toInclusive: ids[199]! });
    expect(changes).toHaveLength(10);
    expect(accesses).toHaveLength(20);
  });

  it('includes replace snapshots, whose files keep the age they are given', async () => {
    const one = await fastAppend(await makeTable(), [dataFile('s1', { rows: 2 }), dataFile('s2', { rows: 3 })]);
    const small = await planFiles(one.table);
    const two = await replaceFiles(one.table, {
      remove: small,
      add: [dataFile('big', { rows: 5 })],
      dataSequenceNumber: one.snapshot.sequenceNumber,
    });
    const [change] = await changesBetween(two.table, {
      fromExclusive: one.snapshot.snapshotId,
      toInclusive: two.snapshot.snapshotId,
    });
    expect(names(change!)).toEqual({ operation: 'replace', added: ['big'], removed: ['s1', 's2'] });
    expect((await planFiles(two.table))[0]).toMatchObject({ sequenceNumber: 1n, fileSequenceNumber: 2n });
  });

  it('refuses a snapshot that wrote delete files, but not what came before and after', async () => {
    const one = await fastAppend(await makeTable(), [dataFile('a')]);
    const deletes = { ...dataFile('d'), content: 'equality-deletes' as const, equalityIds: [1] };
    const two = await commitRaw(one.table, 'delete', [
      { content: 'deletes', entries: [{ status: 'added', file: deletes }] },
    ]);
    const three = await fastAppend(two.table, [dataFile('b')]);
    const refusal = snapshotChanges(three.table, two.snapshotId);
    await expect(refusal).rejects.toThrow(UnsupportedFeatureError);
    await expect(refusal).rejects.toThrow(new RegExp(`${two.snapshotId}.*db\\.events`));
    expect(names(await snapshotChanges(three.table, three.snapshot.snapshotId)).added).toEqual(['b']);
    expect(names(await snapshotChanges(three.table, one.snapshot.snapshotId)).added).toEqual(['a']);
  });

  it('does not walk across a rollback', async () => {
    const one = await fastAppend(await makeTable(), [dataFile('a')]);
    const two = await fastAppend(one.table, [dataFile('b')]);
    await rollbackTo(two.table, one.snapshot.snapshotId);
    const three = await fastAppend(await openTable(two.table.catalog, NAME), [dataFile('c')]);
    const range = { fromExclusive: two.snapshot.snapshotId, toInclusive: three.snapshot.snapshotId };
    await expect(changesBetween(three.table, range)).rejects.toThrow(SnapshotNotAncestorError);
    expect(requireSnapshot(three.table.metadata, three.snapshot.snapshotId).sequenceNumber).toBe(3n);
  });

  it('reads a v1 snapshot that names its manifests in the metadata', async () => {
    const io = new MemoryFileIO();
    const { table, snapshot } = await fastAppend(await makeTable({}, new MemoryCatalog({ io })), [dataFile('a')]);
    const [{ manifestPath } = { manifestPath: '' }] = await planFiles(table);
    const { manifestList: _list, ...rest } = snapshot;
    const inline = { ...rest, manifests: [manifestPath] };
    const metadata = { ...table.metadata, snapshots: [inline] };
    expect((await planFiles({ ...table, metadata })).map(({ file }) => nameOf(file))).toEqual(['a']);
    expect(names(await snapshotChanges({ ...table, metadata }, snapshot.snapshotId)).added).toEqual(['a']);
    const { manifests: _none, ...neither } = inline;
    await expect(planFiles({ ...table, metadata: { ...metadata, snapshots: [neither] } })).rejects.toThrow(
      /neither a manifest list nor manifests/,
    );
  });
});
