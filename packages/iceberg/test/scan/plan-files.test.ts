import { describe, expect, it } from 'vitest';
import { MemoryCatalog } from '../../src/catalog/memory-catalog.ts';
import { commitMetadata } from '../../src/commit/commit-metadata.ts';
import { NoSuchRefError, NoSuchSnapshotError, UnsupportedFeatureError } from '../../src/errors.ts';
import { and, equal, greaterThan, isNull, lessThan } from '../../src/expressions/predicate.ts';
import { MemoryFileIO } from '../../src/io/memory-file-io.ts';
import { type FileAccess, observeFileIO } from '../../src/io/observe-file-io.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import { toSnapshotId } from '../../src/spec/ids.ts';
import { openTable } from '../../src/table.ts';
import { commitRaw } from '../support/raw-snapshot.ts';
import { dataFile, liveNames, makeTable, NAME } from '../support/test-table.ts';

describe('planFiles', () => {
  it('finds nothing in a table without snapshots', async () => {
    expect(await planFiles(await makeTable())).toEqual([]);
  });

  it('prunes by partition and by bounds, and keeps what it cannot judge', async () => {
    const { table } = await fastAppend(await makeTable(), [
      dataFile('a-low', { kind: 'a', rows: 5, ids: [1n, 5n] }),
      dataFile('a-high', { kind: 'a', rows: 5, ids: [6n, 10n] }),
      dataFile('a-unknown', { kind: 'a' }),
      dataFile('b', { kind: 'b', rows: 5, ids: [1n, 5n] }),
      dataFile('null', { kind: null, rows: 5, ids: [1n, 5n] }),
    ]);
    expect(await liveNames(table, { filter: equal('kind', 'a') })).toEqual(['a-high', 'a-low', 'a-unknown']);
    expect(await liveNames(table, { filter: and(equal('kind', 'a'), greaterThan('id', 5n)) })).toEqual([
      'a-high',
      'a-unknown',
    ]);
    expect(await liveNames(table, { filter: isNull('kind') })).toEqual(['null']);
    expect(await liveNames(table, { filter: lessThan('id', 0n) })).toEqual(['a-unknown']);
  });

  it('gives each file with metrics, its manifest, its snapshot and its sequence numbers', async () => {
    const file = dataFile('x', { rows: 3, ids: [1n, 3n] });
    const first = await fastAppend(await makeTable(), [file]);
    const second = await fastAppend(first.table, [dataFile('y')]);
    const [newer, older] = await planFiles(second.table);
    expect(older).toMatchObject({
      file,
      snapshotId: first.snapshot.snapshotId,
      sequenceNumber: 1n,
      fileSequenceNumber: 1n,
    });
    expect(newer).toMatchObject({ snapshotId: second.snapshot.snapshotId, sequenceNumber: 2n });
    expect(older?.manifestPath).toMatch(/-m0\.avro$/);
  });

  it('does not open manifests whose summaries exclude the filter', async () => {
    const accesses: FileAccess[] = [];
    const io = observeFileIO(new MemoryFileIO(), (access) => accesses.push(access));
    let table = await makeTable({}, new MemoryCatalog({ io }));
    for (const kind of ['a', 'b', 'c']) ({ table } = await fastAppend(table, [dataFile(kind, { kind })]));
    accesses.length = 0;
    expect(await liveNames(table, { filter: equal('kind', 'b') })).toEqual(['b']);
    expect(accesses.filter(({ kind }) => kind === 'read')).toHaveLength(2);
    await liveNames(table, { filter: equal('kind', 'b') });
    expect(accesses.filter(({ location }) => location.includes('-m0'))).toHaveLength(1);
  });

  it('judges each manifest with its own spec after the spec changed', async () => {
    const before = await fastAppend(await makeTable(), [
      dataFile('old-a', { kind: 'a' }),
      dataFile('old-b', { kind: 'b' }),
    ]);
    const bucketed = await commitMetadata(before.table, async () => ({
      updates: [
        {
          action: 'add-spec',
          spec: {
            specId: 1,
            fields: [{ sourceId: 1, fieldId: 1001, name: 'id_bucket', transform: { kind: 'truncate', width: 10 } }],
          },
        },
        { action: 'set-default-spec', specId: -1 },
      ],
    }));
    const { table } = await fastAppend(bucketed, [
      dataFile('new-0', { specId: 1, partition: [0n] }),
      dataFile('new-10', { specId: 1, partition: [10n] }),
    ]);
    expect(await liveNames(table, { filter: equal('kind', 'a') })).toEqual(['new-0', 'new-10', 'old-a']);
    expect(await liveNames(table, { filter: equal('id', 11n) })).toEqual(['new-10', 'old-a', 'old-b']);
  });

  it('reads any listed snapshot, and refuses others and unknown refs', async () => {
    const first = await fastAppend(await makeTable(), [dataFile('x')]);
    const { table } = await fastAppend(first.table, [dataFile('y')]);
    expect(await liveNames(table, { snapshotId: first.snapshot.snapshotId })).toEqual(['x']);
    await expect(planFiles(table, { snapshotId: toSnapshotId(1n) })).rejects.toThrow(NoSuchSnapshotError);
    await expect(planFiles(table, { branch: 'nowhere' })).rejects.toThrow(NoSuchRefError);
  });

  it('refuses live delete files where they may apply, naming table and snapshot, and not elsewhere', async () => {
    const base = await fastAppend(await makeTable(), [dataFile('a'), dataFile('b', { kind: 'b' })]);
    const deletes = { ...dataFile('a-deletes'), content: 'position-deletes' as const };
    const { table, snapshotId } = await commitRaw(base.table, 'delete', [
      { content: 'deletes', entries: [{ status: 'added', file: deletes }] },
    ]);
    const refusal = planFiles(table);
    await expect(refusal).rejects.toThrow(UnsupportedFeatureError);
    await expect(refusal).rejects.toThrow(new RegExp(`${snapshotId}.*db\\.events.*a-deletes`));
    expect(await liveNames(table, { filter: equal('kind', 'b') })).toEqual(['b']);
  });

  it('refuses data files that are not Parquet', async () => {
    const { table } = await commitRaw(await makeTable(), 'append', [
      { content: 'data', entries: [{ status: 'added', file: { ...dataFile('x.orc'), format: 'orc' } }] },
    ]);
    await expect(planFiles(table)).rejects.toThrow(/format orc.*x\.orc/);
  });

  it('sees the table as it was opened, not as it became', async () => {
    const table = await makeTable();
    await fastAppend(table, [dataFile('x')]);
    expect(await liveNames(table)).toEqual([]);
    expect(await liveNames(await openTable(table.catalog, NAME))).toEqual(['x']);
  });
});
