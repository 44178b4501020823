import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, NoSuchSnapshotError, ValidationError } from '../../src/errors.ts';
import { applyUpdates } from '../../src/metadata/apply-updates.ts';
import { landingTimeMs, snapshotsBetween } from '../../src/metadata/history.ts';
import { parseTableMetadata } from '../../src/metadata/parse-table-metadata.ts';
import type { Snapshot, TableMetadata } from '../../src/metadata/table-metadata.ts';
import { serializeTableMetadata } from '../../src/metadata/table-metadata-json.ts';
import type { MetadataUpdate } from '../../src/metadata/updates.ts';
import { toSnapshotId } from '../../src/spec/ids.ts';
import { emptyTable, SCHEMA, START_MS, setMain, snapshot, UUID } from './metadata-fixtures.ts';

const NOW_MS = START_MS + 1_000_000;
const apply = (base: TableMetadata, ...updates: MetadataUpdate[]): TableMetadata => applyUpdates(base, updates, NOW_MS);
const add = (added: Snapshot): MetadataUpdate => ({ action: 'add-snapshot', snapshot: added });
const remove = (...ids: bigint[]): MetadataUpdate => ({
  action: 'remove-snapshots',
  snapshotIds: ids.map(toSnapshotId),
});
const log = ({ snapshotLog }: TableMetadata): [number, bigint][] =>
  snapshotLog.map(({ timestampMs, snapshotId }) => [timestampMs - START_MS, snapshotId]);

/** Snapshots 1 to `count` on main, one commit each, a second apart. */
function history(count: number, base = emptyTable()): TableMetadata {
  let metadata = base;
  for (let n = 1; n <= count; n++) {
    const parent = n === 1 ? undefined : BigInt(n - 1);
    const added = snapshot(BigInt(n), parent, BigInt(n), START_MS + n * 1000);
    metadata = applyUpdates(metadata, [add(added), setMain(BigInt(n))], START_MS + n * 1000);
  }
  return metadata;
}

function longHistory(count: number): TableMetadata {
  const snapshots = Array.from({ length: count }, (_, index) => {
    const id = BigInt(index + 1);
    return snapshot(id, index === 0 ? undefined : id - 1n, id, START_MS + index);
  });
  const head = snapshots.at(-1)!;
  return {
    ...emptyTable(),
    snapshots,
    lastSequenceNumber: head.sequenceNumber,
    currentSnapshotId: head.snapshotId,
    refs: { main: { type: 'branch', snapshotId: head.snapshotId } },
    snapshotLog: snapshots.map(({ snapshotId, timestampMs }) => ({ snapshotId, timestampMs })),
  };
}

describe('snapshots', () => {
  it('adds one to main: current, logged with its own time, sequence number given out', () => {
    const base = emptyTable();
    const next = apply(base, add(snapshot(7n, undefined, 1n, START_MS + 5)), setMain(7n));
    expect(next).toMatchObject({ currentSnapshotId: 7n, lastSequenceNumber: 1n, lastUpdatedMs: NOW_MS });
    expect(log(next)).toEqual([[5, 7n]]);
    expect(base).toEqual(emptyTable());
  });

  it('stages one without a ref: no head, no log entry, but its sequence number is used up', () => {
    const next = apply(history(1), add(snapshot(9n, 1n, 2n, START_MS + 5000)));
    expect(next.snapshots.map(({ snapshotId }) => snapshotId)).toEqual([1n, 9n]);
    expect(next).toMatchObject({ currentSnapshotId: 1n, lastSequenceNumber: 2n });
    expect(next.refs).toEqual(history(1).refs);
    expect(log(next)).toEqual([[1000, 1n]]);
  });

  it('publishes a staged one by moving main: logged with the time of publication', () => {
    const staged = apply(history(1), add(snapshot(9n, 1n, 2n, START_MS + 5000)));
    const next = applyUpdates(staged, [setMain(9n)], NOW_MS + 7);
    expect(log(next)).toEqual([
      [1000, 1n],
      [1_000_007, 9n],
    ]);
  });

  it('logs a rollback with the time it happened', () => {
    expect(log(apply(history(3), setMain(1n)))).toEqual([
      [1000, 1n],
      [2000, 2n],
      [3000, 3n],
      [1_000_000, 1n],
    ]);
  });

  it('leaves heads that the same commit replaced out of the log', () => {
    const next = apply(
      history(1),
      add(snapshot(2n, 1n, 2n, START_MS + 2000)),
      setMain(2n),
      add(snapshot(3n, 2n, 3n, START_MS + 3000)),
      setMain(3n),
    );
    expect(log(next)).toEqual([
      [1000, 1n],
      [3000, 3n],
    ]);
    expect(next.snapshots).toHaveLength(3);
  });

  it('writes neither head nor log for other branches and tags', () => {
    const branch = { type: 'branch', snapshotId: toSnapshotId(1n) } as const;
    const next = apply(history(2), { action: 'set-snapshot-ref', refName: 'audit', ref: branch });
    expect(next.refs.audit).toEqual(branch);
    expect(next.currentSnapshotId).toBe(2n);
    expect(log(next)).toEqual(log(history(2)));
  });

  it('keeps the retention of a branch that moves', () => {
    const ref = { type: 'branch', snapshotId: toSnapshotId(1n), minSnapshotsToKeep: 3, maxRefAgeMs: 9 } as const;
    const made = apply(history(2), { action: 'set-snapshot-ref', refName: 'audit', ref });
    const moved = { type: 'branch', snapshotId: toSnapshotId(2n) } as const;
    const next = apply(made, { action: 'set-snapshot-ref', refName: 'audit', ref: moved });
    expect(next.refs.audit).toEqual({ ...ref, snapshotId: 2n });
  });

  it('changes nothing when a ref is set to what it is', () => {
    const base = history(2);
    expect(apply(base, setMain(2n))).toBe(base);
  });

  it('removes main: no current snapshot, the log stays', () => {
    const next = apply(history(2), { action: 'remove-snapshot-ref', refName: 'main' });
    expect(next).not.toHaveProperty('currentSnapshotId');
    expect(next.refs).toEqual({});
    expect(log(next)).toEqual(log(history(2)));
  });

  it('removes snapshots with their refs and statistics, and cuts the log behind the last hole', () => {
    const base: TableMetadata = {
      ...history(5),
      refs: { ...history(5).refs, old: { type: 'tag', snapshotId: toSnapshotId(3n) } },
      unknown: {
        statistics: [{ 'snapshot-id': 3 }, { 'snapshot-id': 4n }],
        'partition-statistics': [{ 'snapshot-id': 1 }],
        other: 1,
      },
    };
    const next = apply(base, remove(1n, 3n));
    expect(next.snapshots.map(({ snapshotId }) => snapshotId)).toEqual([2n, 4n, 5n]);
    expect(Object.keys(next.refs)).toEqual(['main']);
    expect(log(next)).toEqual([
      [4000, 4n],
      [5000, 5n],
    ]);
    expect(next.unknown).toEqual({ statistics: [{ 'snapshot-id': 4n }], 'partition-statistics': [], other: 1 });
    expect(apply(base, remove(77n))).toBe(base);
  });

  it('removes the head too, and then has none', () => {
    const next = apply(history(2), remove(2n));
    expect(next).not.toHaveProperty('currentSnapshotId');
    expect(next.refs).toEqual({});
    expect(log(next)).toEqual([]);
  });

  it('refuses ids that exist, sequence numbers that were given out, and refs to nothing', () => {
    const base = history(2);
    expect(() => apply(base, add(snapshot(2n, 1n, 3n, NOW_MS)))).toThrow(InvalidArgumentError);
    expect(() => apply(base, add(snapshot(3n, 2n, 2n, NOW_MS)))).toThrow(ValidationError);
    expect(() => apply(base, setMain(3n))).toThrow(NoSuchSnapshotError);
    const tag = { type: 'tag', snapshotId: toSnapshotId(2n) } as const;
    const asTag: MetadataUpdate = { action: 'set-snapshot-ref', refName: 'main', ref: tag };
    expect(() => apply(base, asTag)).toThrow(InvalidArgumentError);
    expect(() => apply(base, { action: 'set-snapshot-ref', refName: 'constructor', ref: tag })).not.toThrow();
  });

  it('takes any sequence number without a parent, and never goes down', () => {
    const next = apply(history(2), add(snapshot(9n, undefined, 1n, NOW_MS)));
    expect(next.lastSequenceNumber).toBe(2n);
  });

  it('has only sequence number 0 in version 1', () => {
    const v1 = emptyTable(1);
    expect(() => apply(v1, add(snapshot(1n, undefined, 1n, NOW_MS)))).toThrow(ValidationError);
    const next = apply(v1, add(snapshot(1n, undefined, 0n, NOW_MS)), setMain(1n));
    expect(next).toMatchObject({ lastSequenceNumber: 0n, currentSnapshotId: 1n });
  });

  it('keeps times in order when the clocks of writers differ', () => {
    const slow = applyUpdates(
      history(2),
      [add(snapshot(3n, 2n, 3n, START_MS - 999_999)), setMain(3n)],
      START_MS - 999_999,
    );
    expect(log(slow).at(-1)).toEqual([2000, 3n]);
    expect(slow.lastUpdatedMs).toBe(START_MS + 2000);
    const fast = applyUpdates(history(2), [add(snapshot(3n, 2n, 3n, NOW_MS + 5)), setMain(3n)], NOW_MS);
    expect(fast.lastUpdatedMs).toBe(NOW_MS + 5);
  });

  it('neither commits to nor walks a long history by looking at pairs of snapshots', () => {
    const base = longHistory(100_000);
    const head = base.snapshots.at(-1)!;
    const started = performance.now();
    const ids = base.snapshots.slice(0, 50_000).map(({ snapshotId }) => snapshotId);
    const added = snapshot(999_999n, head.snapshotId, 100_001n, NOW_MS);
    const next = apply(base, { action: 'remove-snapshots', snapshotIds: ids }, add(added), setMain(999_999n));
    expect(next.snapshots).toHaveLength(50_001);
    expect(next.snapshotLog).toHaveLength(50_001);
    expect(snapshotsBetween(next, ids.at(-1), added.snapshotId)).toHaveLength(50_001);
    expect(next.snapshots.map((one) => landingTimeMs(next, one))).toHaveLength(50_001);
    // Pairs would be five billion.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('schemas, specs and sort orders', () => {
  const wider = {
    ...SCHEMA,
    fields: [...SCHEMA.fields, { id: 9, name: 'x', required: false, type: { kind: 'int' } }],
  } as const;

  it('adds a schema under the next id and makes it current by -1', () => {
    const next = apply(
      emptyTable(),
      { action: 'add-schema', schema: wider },
      { action: 'set-current-schema', schemaId: -1 },
    );
    expect(next).toMatchObject({ currentSchemaId: 1, lastColumnId: 9 });
    expect(next.schemas.map(({ schemaId }) => schemaId)).toEqual([0, 1]);
  });

  it('reuses the id of an equal schema', () => {
    const base = apply(
      emptyTable(),
      { action: 'add-schema', schema: wider },
      { action: 'set-current-schema', schemaId: 1 },
    );
    const next = apply(base, { action: 'add-schema', schema: SCHEMA }, { action: 'set-current-schema', schemaId: -1 });
    expect(next.schemas).toEqual(base.schemas);
    expect(next.currentSchemaId).toBe(0);
  });

  const hour = { sourceId: 2, fieldId: 1000, name: 'at_hour', transform: { kind: 'hour' } } as const;
  const bucket = { sourceId: 1, fieldId: 1000, name: 'id_bucket', transform: { kind: 'bucket', count: 4 } } as const;

  it('adds a spec, reuses an equal one, and keeps the field ids of equivalent fields', () => {
    let metadata = apply(
      emptyTable(),
      { action: 'add-spec', spec: { specId: 5, fields: [hour] } },
      { action: 'set-default-spec', specId: -1 },
    );
    expect(metadata).toMatchObject({ defaultSpecId: 1, lastPartitionId: 1000 });
    metadata = apply(metadata, { action: 'add-spec', spec: { specId: 0, fields: [bucket, { ...hour, fieldId: 0 }] } });
    expect(metadata.partitionSpecs.at(-1)).toEqual({ specId: 2, fields: [{ ...bucket, fieldId: 1001 }, hour] });
    expect(metadata.lastPartitionId).toBe(1001);
    const again = apply(
      metadata,
      { action: 'add-spec', spec: { specId: 9, fields: [hour] } },
      { action: 'set-default-spec', specId: -1 },
    );
    expect(again).toBe(metadata);
  });

  it('adds a sort order from 1 on, reuses an equal one, and knows unsorted as 0', () => {
    const field = { sourceId: 1, transform: { kind: 'identity' }, direction: 'asc', nullOrder: 'nulls-first' } as const;
    const sorted = { action: 'add-sort-order', sortOrder: { orderId: 7, fields: [field] } } as const;
    const last = { action: 'set-default-sort-order', sortOrderId: -1 } as const;
    const base = apply(emptyTable(), sorted, last);
    expect(base.defaultSortOrderId).toBe(1);
    const unsorted = apply(base, { action: 'add-sort-order', sortOrder: { orderId: 3, fields: [] } }, last);
    expect(unsorted.defaultSortOrderId).toBe(0);
    expect(apply(unsorted, sorted, last)).toMatchObject({ defaultSortOrderId: 1, sortOrders: base.sortOrders });
  });

  it.each<MetadataUpdate>([
    { action: 'set-current-schema', schemaId: -1 },
    { action: 'set-current-schema', schemaId: 4 },
    { action: 'set-default-spec', specId: -1 },
    { action: 'set-default-spec', specId: 4 },
    { action: 'set-default-sort-order', sortOrderId: -1 },
    { action: 'set-default-sort-order', sortOrderId: 4 },
    { action: 'add-spec', spec: { specId: 0, fields: [{ ...hour, sourceId: 77 }] } },
    { action: 'assign-uuid', uuid: 'other' },
    { action: 'upgrade-format-version', formatVersion: 1 },
    { action: 'set-properties', updates: { 'format-version': '1' } },
    { action: 'set-properties', updates: { 'format-version': '3' } },
    { action: 'set-properties', updates: { 'current-schema': 'x' } },
  ])('refuses %j', (update) => {
    expect(() => apply(emptyTable(), update)).toThrow(InvalidArgumentError);
  });

  it('refuses a spec with gaps in version 1', () => {
    const spec = { specId: 0, fields: [hour] };
    const v1 = apply(emptyTable(1), { action: 'add-spec', spec });
    expect(() => apply(v1, { action: 'add-spec', spec: { specId: 0, fields: [bucket] } })).toThrow(
      InvalidArgumentError,
    );
  });
});

describe('properties, location and version', () => {
  it('sets and removes properties', () => {
    const base = apply(emptyTable(), { action: 'set-properties', updates: { a: '1', b: '2' } });
    expect(base.properties).toMatchObject({ a: '1', b: '2' });
    const next = apply(base, { action: 'remove-properties', removals: ['a', 'none'] });
    expect(next.properties).toEqual({ ...emptyTable().properties, b: '2' });
    expect(apply(next, { action: 'remove-properties', removals: ['a'] })).toBe(next);
    expect(apply(next, { action: 'set-properties', updates: { b: '2' } })).toBe(next);
  });

  it('takes the property format-version as an instruction and does not store it', () => {
    const next = apply(emptyTable(1), { action: 'set-properties', updates: { 'format-version': '2' } });
    expect(next.formatVersion).toBe(2);
    expect(next.properties).toEqual(emptyTable(1).properties);
    expect(apply(emptyTable(1), { action: 'upgrade-format-version', formatVersion: 2 })).toEqual(next);
  });

  it('drops the slash at the end of a location', () => {
    expect(apply(emptyTable(), { action: 'set-location', location: 'memory:/new/' }).location).toBe('memory:/new');
  });

  it('is the same object when nothing changes', () => {
    const base = emptyTable();
    expect(apply(base)).toBe(base);
    expect(apply(base, { action: 'assign-uuid', uuid: UUID })).toBe(base);
    expect(apply(base, { action: 'remove-snapshot-ref', refName: 'none' })).toBe(base);
  });

  it('makes metadata that survives being printed and read', () => {
    const metadata = apply(history(3), remove(1n), { action: 'set-properties', updates: { 'ü "quoted"': '\n' } });
    expect(parseTableMetadata(serializeTableMetadata(metadata), '/m.json')).toEqual(metadata);
  });
});
