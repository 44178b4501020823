import assert from 'node:assert/strict';
import type { Catalog } from '../catalog/catalog.ts';
import { CommitConflictError, InvalidArgumentError, NoSuchTableError } from '../errors.ts';
import type { TableRequirement } from '../metadata/updates.ts';
import { toSnapshotId } from '../spec/ids.ts';
import {
  assertSameTable,
  type CatalogSubject,
  metadataFiles,
  nextSnapshot,
  SCHEMA,
  table,
  withCatalog,
} from './catalog-tables.ts';
import type { ConformanceCase } from './conformance-case.ts';

const setProperty = (key: string, value: string) => ({ action: 'set-properties', updates: { [key]: value } }) as const;

export const catalogCommitCases: readonly ConformanceCase<CatalogSubject>[] = [
  {
    name: 'commits updates into a new metadata file that names the one before',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const base = await catalog.createTable(table(), { schema: SCHEMA });
        const committed = await catalog.commitTable(base, [], [setProperty('color', 'blue')]);
        assert.match(committed.metadataLocation, /\/00001-[0-9a-f-]{36}\.metadata\.json$/);
        assert.equal(committed.metadata.properties.color, 'blue');
        assert.deepEqual(committed.metadata.metadataLog, [
          { timestampMs: base.metadata.lastUpdatedMs, metadataFile: base.metadataLocation },
        ]);
        assertSameTable(await (await open()).loadTable(table()), committed);
        assert.deepEqual(base.metadata.properties.color, undefined);
      }),
  },
  {
    name: 'commits snapshots: on main, and staged',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        let current = await catalog.createTable(table(), { schema: SCHEMA });
        const first = nextSnapshot(current, 9223372036854775807n);
        current = await catalog.commitTable(
          current,
          [{ type: 'assert-ref-snapshot-id', ref: 'main', snapshotId: undefined }],
          [
            { action: 'add-snapshot', snapshot: first },
            { action: 'set-snapshot-ref', refName: 'main', ref: { type: 'branch', snapshotId: first.snapshotId } },
          ],
        );
        const staged = nextSnapshot(current, 7234567890123456789n);
        current = await catalog.commitTable(current, [], [{ action: 'add-snapshot', snapshot: staged }]);
        const { metadata } = await catalog.loadTable(table());
        assert.deepEqual(metadata, current.metadata);
        assert.deepEqual(metadata.snapshots, [first, staged]);
        assert.equal(metadata.currentSnapshotId, first.snapshotId);
        assert.deepEqual(Object.keys(metadata.refs), ['main']);
        assert.equal(metadata.snapshotLog.length, 1);
        assert.equal(metadata.lastSequenceNumber, 2n);
      }),
  },
  {
    name: 'refuses a base that is not current any more, and leaves no file behind',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const other = await open();
        const base = await catalog.createTable(table(), { schema: SCHEMA });
        const winner = await other.commitTable(base, [], [setProperty('by', 'other')]);
        await assert.rejects(catalog.commitTable(base, [], [setProperty('by', 'us')]), CommitConflictError);
        await assert.rejects(catalog.commitTable(base, [], []), CommitConflictError);
        assertSameTable(await catalog.loadTable(table()), winner);
        assert.deepEqual(await metadataFiles(catalog, winner), [base.metadataLocation, winner.metadataLocation].sort());
      }),
  },
  {
    name: 'lets one of two simultaneous commits win, and leaves only its file',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const handles = [catalog, await open(), await open()];
        const base = await catalog.createTable(table(), { schema: SCHEMA });
        const attempts = await Promise.allSettled(
          handles.map((handle, writer) => handle.commitTable(base, [], [setProperty('writer', String(writer))])),
        );
        const winners = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
        assert.equal(winners.length, 1);
        for (const attempt of attempts) {
          if (attempt.status === 'rejected') assert.ok(attempt.reason instanceof CommitConflictError);
        }
        assertSameTable(await catalog.loadTable(table()), winners[0]!);
        const expected = [base.metadataLocation, winners[0]!.metadataLocation].sort();
        assert.deepEqual(await metadataFiles(catalog, base), expected);
      }),
  },
  {
    name: 'lets every increment by two racing writers count once',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const handles = [catalog, await open()];
        await catalog.createTable(table(), { schema: SCHEMA });
        await Promise.all(handles.map((handle) => increment(handle, 10)));
        const { metadata, metadataLocation } = await catalog.loadTable(table());
        assert.equal(metadata.properties.counter, '20');
        assert.equal(metadata.metadataLog.length, 20);
        assert.match(metadataLocation, /\/00020-/);
      }),
  },
  {
    name: 'checks requirements against the base',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        const base = await catalog.createTable(table(), { schema: SCHEMA });
        const failing: TableRequirement[] = [
          { type: 'assert-create' },
          { type: 'assert-table-uuid', uuid: '00000000-0000-4000-8000-000000000000' },
          { type: 'assert-ref-snapshot-id', ref: 'main', snapshotId: toSnapshotId(1n) },
          { type: 'assert-last-assigned-field-id', lastAssignedFieldId: 9 },
          { type: 'assert-current-schema-id', currentSchemaId: 9 },
          { type: 'assert-last-assigned-partition-id', lastAssignedPartitionId: 9 },
          { type: 'assert-default-spec-id', defaultSpecId: 9 },
          { type: 'assert-default-sort-order-id', defaultSortOrderId: 9 },
        ];
        for (const requirement of failing) {
          await assert.rejects(catalog.commitTable(base, [requirement], [setProperty('a', 'b')]), (error: unknown) => {
            assert.ok(error instanceof CommitConflictError);
            assert.ok(error.message.includes(requirement.type) && error.message.includes('ns.t'), error.message);
            return true;
          });
        }
        const holding: TableRequirement[] = [
          { type: 'assert-table-uuid', uuid: base.metadata.tableUuid },
          { type: 'assert-ref-snapshot-id', ref: 'main', snapshotId: undefined },
          { type: 'assert-last-assigned-field-id', lastAssignedFieldId: 2 },
          { type: 'assert-current-schema-id', currentSchemaId: 0 },
          { type: 'assert-last-assigned-partition-id', lastAssignedPartitionId: 999 },
          { type: 'assert-default-spec-id', defaultSpecId: 0 },
          { type: 'assert-default-sort-order-id', defaultSortOrderId: 0 },
        ];
        const committed = await catalog.commitTable(base, holding, [setProperty('a', 'b')]);
        assert.deepEqual(
          await metadataFiles(catalog, base),
          [base.metadataLocation, committed.metadataLocation].sort(),
        );
      }),
  },
  {
    name: 'commits nothing when an update makes no sense or changes nothing',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        const base = await catalog.createTable(table(), { schema: SCHEMA, properties: { color: 'blue' } });
        await assert.rejects(catalog.commitTable(base, [], [setProperty('uuid', 'x')]), InvalidArgumentError);
        assertSameTable(await catalog.commitTable(base, [], [setProperty('color', 'blue')]), base);
        assertSameTable(await catalog.loadTable(table()), base);
        assert.deepEqual(await metadataFiles(catalog, base), [base.metadataLocation]);
      }),
  },
  {
    name: 'says that a table was dropped while it was changed',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const base = await catalog.createTable(table(), { schema: SCHEMA });
        await (await open()).dropTable(table());
        await assert.rejects(catalog.commitTable(base, [], [setProperty('a', 'b')]), NoSuchTableError);
      }),
  },
  {
    name: 'keeps the metadata-log as long as the table asks, and the dropped files unless it asks otherwise',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        let current = await catalog.createTable(table(), {
          schema: SCHEMA,
          properties: { 'write.metadata.previous-versions-max': '2', 'write.metadata.compression-codec': 'gzip' },
        });
        for (const value of ['1', '2', '3']) {
          current = await catalog.commitTable(current, [], [setProperty('counter', value)]);
        }
        assert.match(current.metadataLocation, /\.gz\.metadata\.json$/);
        assertSameTable(await catalog.loadTable(table()), current);
        assert.equal(current.metadata.metadataLog.length, 2);
        assert.equal((await metadataFiles(catalog, current)).length, 4);
        const deletion = setProperty('write.metadata.delete-after-commit.enabled', 'true');
        current = await catalog.commitTable(current, [], [deletion]);
        assert.equal((await metadataFiles(catalog, current)).length, 4);
      }),
  },
];

async function increment(catalog: Catalog, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const base = await catalog.loadTable(table());
    const next = String(Number(base.metadata.properties.counter ?? 0) + 1);
    try {
      await catalog.commitTable(base, [], [setProperty('counter', next)]);
      done++;
    } catch (error) {
      if (!(error instanceof CommitConflictError)) throw error;
    }
  }
}
