import { beforeEach, describe, expect, it } from 'vitest';
import { AlreadyExistsError, NoSuchRefError, NoSuchSnapshotError, ValidationError } from '../../src/errors.ts';
import { expireSnapshots } from '../../src/maintenance/expire-snapshots.ts';
import { snapshotById } from '../../src/metadata/history.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { createBranch, createTag } from '../../src/producers/refs/create-ref.ts';
import { fastForward } from '../../src/producers/refs/fast-forward.ts';
import { removeRef } from '../../src/producers/refs/remove-ref.ts';
import { rollbackTo, setCurrentSnapshot } from '../../src/producers/refs/set-current-snapshot.ts';
import { type SnapshotId, toSnapshotId } from '../../src/spec/ids.ts';
import type { Table } from '../../src/table.ts';
import { dataFile, liveNames, makeTable } from '../support/test-table.ts';

let table: Table;
let root: SnapshotId;
beforeEach(async () => {
  const first = await fastAppend(await makeTable(), [dataFile('a')]);
  table = first.table;
  root = first.snapshot.snapshotId;
});

describe('createBranch, createTag, removeRef', () => {
  it('create with retention and remove again', async () => {
    const branched = await createBranch(table, 'audit', { maxSnapshotAgeMs: 5 });
    const tagged = await createTag(branched, 'v1', { snapshotId: root, maxRefAgeMs: 7 });
    expect(tagged.metadata.refs).toEqual({
      main: { type: 'branch', snapshotId: root },
      audit: { type: 'branch', snapshotId: root, maxSnapshotAgeMs: 5 },
      v1: { type: 'tag', snapshotId: root, maxRefAgeMs: 7 },
    });
    const removed = await removeRef(await removeRef(tagged, 'v1'), 'audit');
    expect(Object.keys(removed.metadata.refs)).toEqual(['main']);
  });

  it('refuse names that are taken or missing, main, and tables without snapshots', async () => {
    await createTag(table, 'v1');
    await expect(createBranch(table, 'v1')).rejects.toThrow(AlreadyExistsError);
    await expect(createBranch(table, 'v1')).rejects.toThrow('Ref v1 already exists');
    await expect(removeRef(table, 'v2')).rejects.toThrow('Ref does not exist: v2');
    await expect(removeRef(table, 'main')).rejects.toThrow('Cannot remove main branch');
    await expect(createBranch(table, 'b', { snapshotId: toSnapshotId(1n) })).rejects.toThrow(NoSuchSnapshotError);
    await expect(createBranch(await makeTable(), 'b')).rejects.toThrow(ValidationError);
  });
});

describe('fastForward', () => {
  it('moves a branch that is behind, keeps its retention, and logs when main moved', async () => {
    await createBranch(table, 'audit');
    await createBranch(table, 'old', { minSnapshotsToKeep: 3 });
    const written = await fastAppend(table, [dataFile('b')], { branch: 'audit' });
    const main = await fastForward(table, 'main', 'audit');
    expect(await liveNames(main)).toEqual(['a', 'b']);
    expect(main.metadata.snapshotLog.at(-1)?.snapshotId).toBe(written.snapshot.snapshotId);
    const old = await fastForward(table, 'old', 'main');
    expect(old.metadata.refs.old).toEqual({
      type: 'branch',
      snapshotId: written.snapshot.snapshotId,
      minSnapshotsToKeep: 3,
    });
    expect((await fastForward(table, 'old', 'main')).metadataLocation).toBe(old.metadataLocation);
    expect((await fastForward(table, 'new', 'audit')).metadata.refs.new?.snapshotId).toBe(written.snapshot.snapshotId);
  });

  it('refuses branches that went apart, tags, and targets that are not there', async () => {
    await createBranch(table, 'audit');
    await createTag(table, 'v1');
    await fastAppend(table, [dataFile('b')], { branch: 'audit' });
    await fastAppend(table, [dataFile('c')]);
    await expect(fastForward(table, 'main', 'audit')).rejects.toThrow(
      'Cannot fast-forward: main is not an ancestor of audit',
    );
    await expect(fastForward(table, 'v1', 'main')).rejects.toThrow('Ref v1 is a tag not a branch');
    await expect(fastForward(table, 'main', 'nowhere')).rejects.toThrow(NoSuchRefError);
  });
});

describe('rollbackTo and setCurrentSnapshot', () => {
  it('move main back to ancestors, or anywhere', async () => {
    const second = await fastAppend(table, [dataFile('b')]);
    const back = await rollbackTo(table, root);
    expect(await liveNames(back)).toEqual(['a']);
    const id = second.snapshot.snapshotId;
    await expect(rollbackTo(table, id)).rejects.toThrow(
      `Cannot roll back to snapshot, not an ancestor of the current state: ${id}`,
    );
    expect(await liveNames(await setCurrentSnapshot(table, id))).toEqual(['a', 'b']);
    await expect(setCurrentSnapshot(table, toSnapshotId(9n))).rejects.toThrow(
      'Cannot roll back to unknown snapshot id: 9',
    );
  });
});

describe('expireSnapshots', () => {
  it('drops what no ref points to, and refuses the rest', async () => {
    const second = await fastAppend(table, [dataFile('b')]);
    await createTag(table, 'keep', { snapshotId: second.snapshot.snapshotId });
    await fastAppend(table, [dataFile('c')]);
    await expect(expireSnapshots(table, [second.snapshot.snapshotId])).rejects.toThrow(
      `Cannot expire ${second.snapshot.snapshotId}. Still referenced by refs: keep`,
    );
    const expired = await expireSnapshots(table, [root, toSnapshotId(1n)]);
    expect(snapshotById(expired.metadata, root)).toBeUndefined();
    expect(await liveNames(expired)).toEqual(['a', 'b', 'c']);
    const locked = await makeTable({ properties: { 'gc.enabled': 'false' } });
    await expect(expireSnapshots(locked, [root])).rejects.toThrow(/^Cannot expire snapshots: GC is disabled/);
  });
});
