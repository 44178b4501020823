import { beforeEach, describe, expect, it } from 'vitest';
import type { MemoryCatalog } from '../../src/catalog/memory-catalog.ts';
import { CherryPickError } from '../../src/errors.ts';
import { equal } from '../../src/expressions/predicate.ts';
import { cherryPick, publishChanges } from '../../src/producers/cherry-pick.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { overwriteByFilter } from '../../src/producers/overwrite-by-filter.ts';
import { rollbackTo, setCurrentSnapshot } from '../../src/producers/refs/set-current-snapshot.ts';
import { replaceFiles } from '../../src/producers/replace-files.ts';
import { replacePartitions } from '../../src/producers/replace-partitions.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import { type SnapshotId, toSnapshotId } from '../../src/spec/ids.ts';
import { openTable, type Table } from '../../src/table.ts';
import { dataFile, liveNames, makeTable, NAME, nameOf } from '../support/test-table.ts';

let table: Table;
let root: SnapshotId;
beforeEach(async () => {
  const first = await fastAppend(await makeTable(), [dataFile('a'), dataFile('b', { kind: 'b' })]);
  table = first.table;
  root = first.snapshot.snapshotId;
});

const stage = (name: string, summary: Record<string, string> = { 'wap.id': name }) =>
  fastAppend(table, [dataFile(name)], { stageOnly: true, summary });
/** Main moves on, so that a pick is no fast-forward. */
const moveOn = async () => (await fastAppend(table, [dataFile('moved', { kind: 'm' })])).table;

describe('cherryPick of an append', () => {
  it('moves main when it still stands at the parent, keeping the summary', async () => {
    const staged = await stage('w', { 'wap.id': 'w', own: '1' });
    const done = await cherryPick(table, staged.snapshot.snapshotId, { summary: { more: '2' } });
    expect(done.isFastForward).toBe(true);
    expect(done.snapshot).toEqual(staged.snapshot);
    expect(done.table.metadata.snapshots).toHaveLength(2);
    expect(done.table.metadata.snapshotLog.at(-1)?.snapshotId).toBe(staged.snapshot.snapshotId);
    expect(await liveNames(done.table)).toEqual(['a', 'b', 'w']);
  });

  it('adds the files again on a head that moved, as a new snapshot that says where it comes from', async () => {
    const staged = await stage('w', { 'wap.id': 'w', own: '1' });
    const moved = await moveOn();
    const done = await cherryPick(table, staged.snapshot.snapshotId, { summary: { more: '2' } });
    expect(done.isFastForward).toBe(false);
    expect(done.snapshot).toMatchObject({
      operation: 'append',
      parentSnapshotId: moved.metadata.currentSnapshotId,
      sequenceNumber: 4n,
      summary: {
        'source-snapshot-id': String(staged.snapshot.snapshotId),
        'published-wap-id': 'w',
        more: '2',
        'added-data-files': '1',
        'total-data-files': '4',
      },
    });
    expect(done.snapshot.summary).not.toHaveProperty('own');
    expect(done.snapshot.summary).not.toHaveProperty(['wap.id']);
    expect(await liveNames(done.table)).toEqual(['a', 'b', 'moved', 'w']);
    const picked = (await planFiles(done.table)).find(({ file }) => nameOf(file) === 'w');
    expect(picked).toMatchObject({ sequenceNumber: 4n, fileSequenceNumber: 4n, snapshotId: done.snapshot.snapshotId });
  });

  it('publishes a first snapshot on an empty main', async () => {
    const empty = await makeTable();
    const staged = await fastAppend(empty, [dataFile('x')], { stageOnly: true });
    const done = await cherryPick(empty, staged.snapshot.snapshotId);
    expect([done.isFastForward, await liveNames(done.table)]).toEqual([true, ['x']]);
  });

  it('finds its move of main again when the answer was lost and others have gone on from there', async () => {
    const staged = await stage('w');
    const broken = (table.catalog as MemoryCatalog).anotherHandle({
      afterSwap: async () => {
        await moveOn();
        throw new TypeError('connection reset');
      },
    });
    const done = await cherryPick(await openTable(broken, NAME), staged.snapshot.snapshotId);
    expect(done).toMatchObject({ isFastForward: true, snapshot: { snapshotId: staged.snapshot.snapshotId } });
    expect(await liveNames(done.table)).toEqual(['a', 'b', 'moved', 'w']);
  });

  it('decides anew when main moves between its attempts', async () => {
    const staged = await stage('w');
    const racing = (table.catalog as MemoryCatalog).anotherHandle({
      beforeSwap: async () => {
        if ((await openTable(table.catalog, NAME)).metadata.snapshots.length === 2) await moveOn();
      },
    });
    const done = await cherryPick(await openTable(racing, NAME), staged.snapshot.snapshotId);
    expect(done.isFastForward).toBe(false);
    expect(await liveNames(done.table)).toEqual(['a', 'b', 'moved', 'w']);
  });

  it('refuses what is in the history already, by itself, by a pick of it, or by its wap.id', async () => {
    await expect(cherryPick(table, root)).rejects.toThrow(`Cannot cherrypick snapshot ${root}: already an ancestor`);
    const plain = await stage('plain', {});
    const twin = await stage('twin', { 'wap.id': 'same' });
    const double = await stage('double', { 'wap.id': 'same' });
    const one = await cherryPick(await moveOn(), plain.snapshot.snapshotId);
    await expect(cherryPick(table, plain.snapshot.snapshotId)).rejects.toThrow(
      `Cannot cherrypick snapshot ${plain.snapshot.snapshotId}: already picked to create ancestor ${one.snapshot.snapshotId}`,
    );
    await cherryPick(table, twin.snapshot.snapshotId);
    for (const id of [twin, double].map(({ snapshot }) => snapshot.snapshotId)) {
      const refusal = cherryPick(table, id);
      await expect(refusal).rejects.toThrow(CherryPickError);
      await expect(refusal).rejects.toThrow('Duplicate request to cherry pick wap id that was published already: same');
    }
    expect(await liveNames(await openTable(table.catalog, NAME))).toEqual(['a', 'b', 'moved', 'plain', 'twin']);
  });

  it('refuses an unknown snapshot', async () => {
    await expect(cherryPick(table, toSnapshotId(5n))).rejects.toThrow('Cannot cherry-pick unknown snapshot ID: 5');
  });

  it('lets two pickers of one snapshot publish it once', async () => {
    const staged = await stage('w');
    await moveOn();
    const picks = await Promise.allSettled([1, 2].map(() => cherryPick(table, staged.snapshot.snapshotId)));
    expect(picks.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await liveNames(await openTable(table.catalog, NAME))).toEqual(['a', 'b', 'moved', 'w']);
  });
});

describe('cherryPick of a dynamic overwrite', () => {
  const stageReplace = () =>
    replacePartitions(table, { add: [dataFile('a2')], stageOnly: true, summary: { 'wap.id': 'r' } });

  it('removes again what it replaced', async () => {
    const staged = await stageReplace();
    await moveOn();
    const done = await cherryPick(table, staged.snapshot.snapshotId);
    expect(done.snapshot).toMatchObject({
      operation: 'overwrite',
      summary: { 'published-wap-id': 'r', 'deleted-data-files': '1' },
    });
    expect(done.snapshot.summary).not.toHaveProperty(['replace-partitions']);
    expect(await liveNames(done.table)).toEqual(['a2', 'b', 'moved']);
  });

  it('refuses a partition that was added to meanwhile, by a compaction too', async () => {
    const staged = await stageReplace();
    const remove = (await planFiles(table)).filter(({ file }) => nameOf(file) === 'a');
    await replaceFiles(table, { remove, add: [dataFile('a-compacted')] });
    await expect(cherryPick(table, staged.snapshot.snapshotId)).rejects.toThrow(
      'Cannot cherry-pick replace partitions with changed partition: kind=a',
    );
  });

  it('refuses when a file that it removed is gone', async () => {
    const staged = await stageReplace();
    await deleteFiles(table, ['memory:/data/a']);
    await expect(cherryPick(table, staged.snapshot.snapshotId)).rejects.toThrow(
      'Missing required files to delete: memory:/data/a',
    );
  });

  it('refuses when its parent left the history', async () => {
    const second = await fastAppend(table, [dataFile('a1')]);
    const staged = await replacePartitions(second.table, { add: [dataFile('a2')], stageOnly: true });
    await rollbackTo(second.table, root);
    await expect(cherryPick(table, staged.snapshot.snapshotId)).rejects.toThrow(
      `Cannot cherry-pick overwrite not based on an ancestor of the current state: ${staged.snapshot.snapshotId}`,
    );
  });
});

describe('cherryPick of anything else', () => {
  it('is a fast-forward or refused', async () => {
    const options = { filter: equal('kind', 'a'), add: [dataFile('a2')], stageOnly: true };
    const staged = (await overwriteByFilter(table, options))!;
    const id = staged.snapshot.snapshotId;
    const done = await cherryPick(table, id);
    expect([done.isFastForward, await liveNames(done.table)]).toEqual([true, ['a2', 'b']]);
    await rollbackTo(done.table, root);
    await moveOn();
    await expect(cherryPick(table, id)).rejects.toThrow(
      `Cannot cherry-pick snapshot ${id}: not append, dynamic overwrite, or fast-forward`,
    );
    await setCurrentSnapshot(table, root);
    expect((await cherryPick(table, id)).isFastForward).toBe(true);
  });
});

describe('publishChanges', () => {
  it('picks the one snapshot of a wap.id', async () => {
    await stage('w');
    await moveOn();
    const done = await publishChanges(table, 'w');
    expect(done.snapshot.summary['published-wap-id']).toBe('w');
  });

  it('refuses an id that nobody or more than one has', async () => {
    await expect(publishChanges(table, 'w')).rejects.toThrow("Cannot apply unknown WAP ID 'w'");
    await stage('one', { 'wap.id': 'w' });
    await stage('two', { 'wap.id': 'w' });
    await expect(publishChanges(table, 'w')).rejects.toThrow(
      "Cannot apply non-unique WAP ID. Found multiple snapshots with WAP ID 'w'",
    );
  });
});
