import { beforeEach, describe, expect, it } from 'vitest';
import { equal, greaterThan, isNull } from '../../src/expressions/predicate.ts';
import { defaultSpec, headOf } from '../../src/metadata/history.ts';
import { cherryPick } from '../../src/producers/cherry-pick.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { mergeAppend } from '../../src/producers/merge-append.ts';
import { overwriteByFilter } from '../../src/producers/overwrite-by-filter.ts';
import { replaceFiles } from '../../src/producers/replace-files.ts';
import { replacePartitions } from '../../src/producers/replace-partitions.ts';
import { replaceSortOrder } from '../../src/producers/replace-sort-order.ts';
import { rewriteManifests } from '../../src/producers/rewrite-manifests.ts';
import { updateSchema } from '../../src/producers/update-schema.ts';
import { updateSpec } from '../../src/producers/update-spec.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import { readManifestList } from '../../src/scan/read-manifest-list.ts';
import { changesBetween } from '../../src/scan/snapshot-changes.ts';
import type { Table } from '../../src/table.ts';
import { dataFile, liveNames, makeTable, nameOf } from '../support/test-table.ts';

/** Two files by `kind`, then two by a bucket of `id` as well, then two by nothing. */
let table: Table;
beforeEach(async () => {
  const first = await fastAppend(await makeTable(), [
    dataFile('a', { kind: 'a', ids: [1n, 5n] }),
    dataFile('b', { kind: 'b' }),
  ]);
  const second = await updateSpec(first.table, [{ kind: 'add', column: 'id', transform: 'bucket[4]' }]);
  const files = [
    dataFile('a0', { specId: 1, partition: ['a', 0], ids: [6n, 9n] }),
    dataFile('b1', { specId: 1, partition: ['b', 1] }),
  ];
  const third = await updateSpec((await fastAppend(second, files)).table, [
    { kind: 'remove', field: 'kind' },
    { kind: 'remove', field: 'id_bucket_4' },
  ]);
  const plain = [dataFile('x', { specId: 2, partition: [] }), dataFile('y', { specId: 2, partition: [] })];
  table = (await fastAppend(third, plain)).table;
});

const specIds = async (of: Table): Promise<number[]> =>
  (await readManifestList(of.io, of.metadata, headOf(of.metadata)!)).map(({ specId }) => specId).sort();

describe('a table of several specs', () => {
  it('is planned with the partitions that each file has', async () => {
    expect(defaultSpec(table.metadata).fields).toEqual([]);
    expect(await liveNames(table)).toEqual(['a', 'a0', 'b', 'b1', 'x', 'y']);
    expect(await liveNames(table, { filter: equal('kind', 'a') })).toEqual(['a', 'a0', 'x', 'y']);
    expect(await liveNames(table, { filter: greaterThan('id', 5n) })).toEqual(['a0', 'b', 'b1', 'x', 'y']);
    const changes = await changesBetween(table, {
      fromExclusive: table.metadata.snapshots[0]!.snapshotId,
      toInclusive: headOf(table.metadata)!.snapshotId,
    });
    expect(changes.flatMap(({ added }) => added).map(({ file }) => nameOf(file))).toEqual(['a0', 'b1', 'x', 'y']);
  });

  it('loses and replaces files of all specs at once', async () => {
    const { table: deleted } = await deleteFiles(
      table,
      ['a', 'a0', 'x'].map((name) => dataFile(name).path),
    );
    expect(await liveNames(deleted)).toEqual(['b', 'b1', 'y']);
    const live = await planFiles(deleted);
    const compacted = await replaceFiles(deleted, {
      remove: live,
      add: [dataFile('all', { specId: 2, partition: [], rows: 3 })],
    });
    expect(await liveNames(compacted.table)).toEqual(['all']);
  });

  it('has manifests of one spec each, also after merging', async () => {
    expect(await specIds(table)).toEqual([0, 1, 2]);
    const appended = await fastAppend(table, [
      dataFile('z', { specId: 2, partition: [] }),
      dataFile('c', { kind: 'c' }),
    ]);
    expect(await specIds(appended.table)).toEqual([0, 0, 1, 2, 2]);
    const merged = await mergeAppend(appended.table, [dataFile('d', { kind: 'd' })], { minCountToMerge: 2 });
    expect(await specIds(merged.table)).toEqual([0, 0, 1, 2]);
    const rewritten = await rewriteManifests(merged.table);
    expect(await specIds(rewritten!.table)).toEqual([0, 1, 2]);
    expect(await liveNames(rewritten!.table)).toEqual(['a', 'a0', 'b', 'b1', 'c', 'd', 'x', 'y', 'z']);
  });

  it('replaces a partition of the spec that was written under, and of no other', async () => {
    const file = dataFile('a0+', { specId: 1, partition: ['a', 0] });
    const replaced = await replacePartitions(table, { add: [file] });
    expect(await liveNames(replaced.table)).toEqual(['a', 'a0+', 'b', 'b1', 'x', 'y']);
  });

  it('replaces everything by files of an unpartitioned spec, as the one partition is the whole table', async () => {
    const replaced = await replacePartitions(table, { add: [dataFile('new', { specId: 2, partition: [] })] });
    expect(await liveNames(replaced.table)).toEqual(['new']);
  });

  it('overwrites by a filter what lies wholly within it, under any spec', async () => {
    const overwritten = await overwriteByFilter(table, { filter: equal('kind', 'b'), validateAddedFiles: false }).catch(
      String,
    );
    expect(overwritten).toContain('some, but not all, rows match'); // x and y may hold anything
    const { table: without } = await deleteFiles(
      table,
      ['x', 'y'].map((name) => dataFile(name).path),
    );
    const done = await overwriteByFilter(without, { filter: equal('kind', 'b') });
    expect(await liveNames(done!.table)).toEqual(['a', 'a0']);
  });

  it('picks a staged append of an older spec', async () => {
    const staged = await fastAppend(table, [dataFile('late', { kind: 'l' })], { stageOnly: true });
    await fastAppend(table, [dataFile('between', { specId: 2, partition: [] })]);
    const picked = await cherryPick(staged.table, staged.snapshot.snapshotId);
    expect(await liveNames(picked.table, { filter: equal('kind', 'l') })).toEqual(['between', 'late', 'x', 'y']);
  });

  it('is read and written when the source of an old spec was dropped', async () => {
    const dropped = await updateSchema(table, [{ kind: 'drop', column: 'kind' }]);
    expect(await liveNames(dropped)).toEqual(['a', 'a0', 'b', 'b1', 'x', 'y']);
    expect(await liveNames(dropped, { filter: greaterThan('id', 5n) })).toEqual(['a0', 'b', 'b1', 'x', 'y']);
    const rewritten = await rewriteManifests((await deleteFiles(dropped, [dataFile('b').path])).table);
    expect(await liveNames(rewritten?.table ?? dropped)).toContain('a0');
    expect(
      await liveNames(dropped, { snapshotId: table.metadata.snapshots[0]!.snapshotId, filter: equal('kind', 'a') }),
    ).toEqual(['a']);
  });
});

describe('a partitioned column that was promoted', () => {
  const INT = { kind: 'int' } as const;
  const narrow = (path: string, id: number, row: number) => dataFile(path, { partition: [id], rows: row });

  it('finds files of before and after, now and in old snapshots', async () => {
    const start = await makeTable({
      schema: { schemaId: 0, fields: [{ id: 1, name: 'id', required: false, type: INT }] },
      partitionSpec: {
        specId: 0,
        fields: [{ sourceId: 1, fieldId: 1000, name: 'id', transform: { kind: 'identity' } }],
      },
    });
    const before = await fastAppend(start, [narrow('five', 5, 1), narrow('six', 6, 1)]);
    const sorted = await replaceSortOrder(before.table, [{ column: 'id', direction: 'desc' }]);
    const promoted = await updateSchema(sorted, [{ kind: 'promote', column: 'id', type: 'long' }]);
    const after = await fastAppend(promoted, [
      dataFile('seven', { partition: [7n] }),
      dataFile('none', { partition: [null] }),
    ]);
    expect(await liveNames(after.table, { filter: equal('id', 5n) })).toEqual(['five']);
    expect(await liveNames(after.table, { filter: greaterThan('id', 5n) })).toEqual(['seven', 'six']);
    expect(await liveNames(after.table, { filter: isNull('id') })).toEqual(['none']);
    const { snapshotId } = before.snapshot;
    expect(await liveNames(after.table, { snapshotId, filter: equal('id', 5) })).toEqual(['five']);
    expect(await liveNames(after.table, { snapshotId, filter: greaterThan('id', 5) })).toEqual(['six']);
    const replaced = await replacePartitions(after.table, { add: [dataFile('5+', { partition: [5n] })] });
    expect(await liveNames(replaced.table)).toEqual(['5+', 'none', 'seven', 'six']);
    const merged = await rewriteManifests(replaced.table);
    expect(await liveNames(merged!.table, { filter: equal('id', 6n) })).toEqual(['six']);
  });
});
