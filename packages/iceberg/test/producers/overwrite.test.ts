import { beforeEach, describe, expect, it } from 'vitest';
import { ValidationError } from '../../src/errors.ts';
import { equal, greaterThanOrEqual, lessThan } from '../../src/expressions/predicate.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { overwriteByFilter } from '../../src/producers/overwrite-by-filter.ts';
import { createBranch } from '../../src/producers/refs/create-ref.ts';
import { replaceFiles } from '../../src/producers/replace-files.ts';
import { replacePartitions } from '../../src/producers/replace-partitions.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import type { Table } from '../../src/table.ts';
import { commitRaw } from '../support/raw-snapshot.ts';
import { dataFile, liveNames, makeTable } from '../support/test-table.ts';

let table: Table;
beforeEach(async () => {
  ({ table } = await fastAppend(await makeTable(), [
    dataFile('a', { kind: 'a', rows: 5, ids: [1n, 5n] }),
    dataFile('b', { kind: 'b', rows: 5, ids: [4n, 9n] }),
  ]));
});

describe('overwriteByFilter', () => {
  it('removes whole files by partition or bounds, and names the operation after what it did', async () => {
    const both = (await overwriteByFilter(table, { filter: equal('kind', 'a'), add: [dataFile('a2')] }))!;
    expect([both.snapshot.operation, await liveNames(both.table)]).toEqual(['overwrite', ['a2', 'b']]);
    const gone = (await overwriteByFilter(both.table, { filter: equal('kind', 'b') }))!;
    expect([gone.snapshot.operation, await liveNames(gone.table)]).toEqual(['delete', ['a2']]);
    const added = (await overwriteByFilter(gone.table, {
      filter: equal('kind', 'c'),
      add: [dataFile('c', { kind: 'c' })],
    }))!;
    expect([added.snapshot.operation, await liveNames(added.table)]).toEqual(['append', ['a2', 'c']]);
    expect(await overwriteByFilter(added.table, { filter: equal('kind', 'z') })).toBeUndefined();
  });

  it('judges by bounds where the partition does not tell', async () => {
    const low = (await overwriteByFilter(table, { filter: lessThan('id', 6n), add: [] }).catch(
      (error: unknown) => error,
    )) as Error;
    expect(low).toBeInstanceOf(ValidationError);
    expect(low.message).toMatch(
      /^Cannot delete file where some, but not all, rows match filter id < 6: memory:\/data\/b/,
    );
    const all = (await overwriteByFilter(table, { filter: greaterThanOrEqual('id', 1n) }))!;
    expect(await liveNames(all.table)).toEqual([]);
  });

  it('works on the branch it is told', async () => {
    const branched = await createBranch(table, 'audit');
    const done = (await overwriteByFilter(branched, { filter: equal('kind', 'a'), branch: 'audit' }))!;
    expect(await liveNames(done.table, { branch: 'audit' })).toEqual(['b']);
    expect(await liveNames(done.table)).toEqual(['a', 'b']);
  });

  it('refuses matching rows that others added or removed since it was planned', async () => {
    const validateFrom = table.metadata.currentSnapshotId!;
    const elsewhere = await fastAppend(table, [dataFile('b2', { kind: 'b' })]);
    const fine = await overwriteByFilter(table, { filter: equal('kind', 'a'), validateFrom });
    expect(await liveNames(fine!.table)).toEqual(['b', 'b2']);
    await fastAppend(elsewhere.table, [dataFile('a3')]);
    await expect(
      overwriteByFilter(table, { filter: equal('kind', 'a'), validateFrom, add: [dataFile('a4')] }),
    ).rejects.toThrow("Found conflicting files that can contain records matching kind = 'a': memory:/data/a3");
    await deleteFiles(table, ['memory:/data/b']);
    const from = elsewhere.snapshot.snapshotId;
    await expect(overwriteByFilter(table, { filter: equal('kind', 'b'), validateFrom: from })).rejects.toThrow(
      "Found conflicting deleted files that can contain records matching kind = 'b': memory:/data/b",
    );
  });

  it('refuses added files that reach beyond the filter, if asked to', async () => {
    const add = [dataFile('b2', { kind: 'b' })];
    const options = { filter: equal('kind', 'a'), add };
    await expect(overwriteByFilter(table, { ...options, validateAddedFiles: true })).rejects.toThrow(
      "Cannot append file with rows that do not match filter: kind = 'a': memory:/data/b2",
    );
    expect(await liveNames((await overwriteByFilter(table, options))!.table)).toEqual(['b', 'b2']);
  });

  it('asks the caller on each attempt', async () => {
    const validate = () => Promise.reject(new ValidationError('not now'));
    await expect(overwriteByFilter(table, { filter: equal('kind', 'a'), validate })).rejects.toThrow('not now');
    expect(await liveNames(table)).toEqual(['a', 'b']);
  });
});

describe('replacePartitions', () => {
  it('replaces exactly the partitions of its files', async () => {
    const done = await replacePartitions(table, { add: [dataFile('a2'), dataFile('c', { kind: 'c' })] });
    expect(await liveNames(done.table)).toEqual(['a2', 'b', 'c']);
    expect(done.snapshot).toMatchObject({
      operation: 'overwrite',
      summary: { 'replace-partitions': 'true', 'changed-partition-count': '2' },
    });
  });

  it('refuses partitions that others changed since it was planned', async () => {
    const validateFrom = table.metadata.currentSnapshotId!;
    await fastAppend(table, [dataFile('b2', { kind: 'b' })]);
    const onA = await replacePartitions(table, { add: [dataFile('a2')], validateFrom });
    expect(await liveNames(onA.table)).toEqual(['a2', 'b', 'b2']);
    await expect(replacePartitions(table, { add: [dataFile('b3', { kind: 'b' })], validateFrom })).rejects.toThrow(
      /conflicting files.*b2/,
    );
  });
});

describe('replaceFiles', () => {
  it('finds files again that a manifest rewrite moved, and refuses ones that are gone', async () => {
    const remove = (await planFiles(table)).filter(({ file }) => file.path.endsWith('/a'));
    const other = await deleteFiles(table, ['memory:/data/b']);
    const done = await replaceFiles(other.table, { remove, add: [dataFile('a2', { rows: 5 })] });
    expect(done.snapshot.operation).toBe('replace');
    expect(await liveNames(done.table)).toEqual(['a2']);
    await expect(replaceFiles(done.table, { remove, add: [dataFile('a3', { rows: 5 })] })).rejects.toThrow(
      'Missing required files to delete: memory:/data/a',
    );
  });

  it('refuses to make rows of nothing', async () => {
    const remove = await planFiles(table);
    await expect(replaceFiles(table, { remove, add: [dataFile('more', { rows: 11 })] })).rejects.toThrow(
      'Invalid REPLACE operation: 11 added records > 10 replaced records',
    );
  });

  it('refuses to bring back rows that a delete file took', async () => {
    const remove = await planFiles(table);
    const deletes = { ...dataFile('d', { kind: 'b' }), content: 'position-deletes' as const };
    const now = await commitRaw(table, 'delete', [
      { content: 'deletes', entries: [{ status: 'added', file: deletes }] },
    ]);
    const [a, b] = ['/a', '/b'].map((end) => remove.filter(({ file }) => file.path.endsWith(end)));
    await expect(
      replaceFiles(now.table, { remove: b!, add: [dataFile('b2', { kind: 'b', rows: 5 })] }),
    ).rejects.toThrow('Cannot commit, found new delete for replaced data file: memory:/data/b');
    const done = await replaceFiles(now.table, { remove: a!, add: [dataFile('a2', { rows: 5 })] });
    expect(await liveNames(done.table, { filter: equal('kind', 'a') })).toEqual(['a2']);
  });
});

it('deleteFiles takes paths and refuses unknown ones', async () => {
  expect(await liveNames((await deleteFiles(table, ['memory:/data/a'])).table)).toEqual(['b']);
  await expect(deleteFiles(table, ['memory:/data/nothing'])).rejects.toThrow(
    'Missing required files to delete: memory:/data/nothing',
  );
});
