import { describe, expect, it } from 'vitest';
import { conflictsSince } from '../../src/commit/conflict-validation.ts';
import { UnsupportedFeatureError, ValidationError } from '../../src/errors.ts';
import { equal } from '../../src/expressions/predicate.ts';
import { expireSnapshots } from '../../src/maintenance/expire-snapshots.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { rollbackTo } from '../../src/producers/refs/set-current-snapshot.ts';
import { replaceFiles } from '../../src/producers/replace-files.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import { commitRaw } from '../support/raw-snapshot.ts';
import { dataFile, makeTable, nameOf } from '../support/test-table.ts';

describe('conflictsSince', () => {
  it('lists matching files that others added and removed, and passes compactions over', async () => {
    const start = await fastAppend(await makeTable(), [dataFile('a1'), dataFile('b1', { kind: 'b' })]);
    const appended = await fastAppend(start.table, [dataFile('a2'), dataFile('b2', { kind: 'b' })]);
    const deleted = await deleteFiles(appended.table, ['memory:/data/a1', 'memory:/data/b1']);
    const head = await replaceFiles(deleted.table, {
      remove: await planFiles(deleted.table, { filter: equal('kind', 'a') }),
      add: [dataFile('a3')],
    });
    const query = { start: start.snapshot.snapshotId, head: head.snapshot.snapshotId };
    const found = async (more: object) =>
      (await conflictsSince(head.table, { ...query, ...more })).map(({ kind, snapshot, file }) => [
        kind,
        snapshot.snapshotId,
        nameOf(file.file),
      ]);
    expect(await found({ filter: equal('kind', 'a') })).toEqual([
      ['added', appended.snapshot.snapshotId, 'a2'],
      ['removed', deleted.snapshot.snapshotId, 'a1'],
    ]);
    expect(await found({ filter: equal('kind', 'c') })).toEqual([]);
    expect(await found({ matches: () => true })).toHaveLength(4);
    expect(await found({ start: query.head })).toEqual([]);
  });

  it('refuses to judge a history that it cannot see', async () => {
    const one = await fastAppend(await makeTable(), [dataFile('a')]);
    const two = await fastAppend(one.table, [dataFile('b')]);
    const three = await fastAppend(two.table, [dataFile('c')]);
    const expired = await expireSnapshots(three.table, [one.snapshot.snapshotId, two.snapshot.snapshotId]);
    const head = three.snapshot.snapshotId;
    const refusal = conflictsSince(expired, { start: one.snapshot.snapshotId, head });
    await expect(refusal).rejects.toThrow(ValidationError);
    await expect(refusal).rejects.toThrow(
      `Cannot determine history between starting snapshot ${one.snapshot.snapshotId} and the last known ancestor ${head}`,
    );
    await expect(conflictsSince(expired, { start: undefined, head })).rejects.toThrow(/Cannot determine history/);
    expect(await conflictsSince(expired, { start: two.snapshot.snapshotId, head })).toHaveLength(1);
    expect(await conflictsSince(three.table, { start: undefined, head })).toHaveLength(3);
  });

  it('notices that main was rolled back to before the start', async () => {
    const one = await fastAppend(await makeTable(), [dataFile('a')]);
    const two = await fastAppend(one.table, [dataFile('b')]);
    const back = await rollbackTo(two.table, one.snapshot.snapshotId);
    const query = { start: two.snapshot.snapshotId, head: one.snapshot.snapshotId };
    await expect(conflictsSince(back, query)).rejects.toThrow(ValidationError);
  });

  it('refuses delete files that came meanwhile', async () => {
    const one = await fastAppend(await makeTable(), [dataFile('a')]);
    const deletes = { ...dataFile('d'), content: 'position-deletes' as const };
    const two = await commitRaw(one.table, 'delete', [
      { content: 'deletes', entries: [{ status: 'added', file: deletes }] },
    ]);
    const query = { start: one.snapshot.snapshotId, head: two.snapshotId };
    await expect(conflictsSince(two.table, query)).rejects.toThrow(UnsupportedFeatureError);
  });
});
