import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyUpdates } from '../../src/metadata/apply-updates.ts';
import { parseTableMetadata } from '../../src/metadata/parse-table-metadata.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from '../../src/metadata/table-metadata.ts';
import { serializeTableMetadata } from '../../src/metadata/table-metadata-json.ts';
import type { MetadataUpdate } from '../../src/metadata/updates.ts';
import { toSequenceNumber, toSnapshotId } from '../../src/spec/ids.ts';
import { emptyTable, SCHEMA, START_MS, snapshot } from './metadata-fixtures.ts';

const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
/** As `parseJson` gives it: small integers are numbers. */
const json = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 70n }),
);
const unknown = fc.dictionary(
  fc.string().map((name) => `x-${name}`),
  fc.oneof(json, fc.array(json)),
  { minKeys: 1, maxKeys: 3, noNullPrototype: true },
);
const strings = fc.dictionary(
  fc.string().map((key) => `k-${key}`),
  fc.string(),
  { maxKeys: 4, noNullPrototype: true },
);
const timestampMs = fc.integer({ min: 0, max: 4e12 });

const anySnapshot: fc.Arbitrary<Snapshot> = fc.record(
  {
    snapshotId: long.filter((id) => id !== -1n).map(toSnapshotId),
    sequenceNumber: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(toSequenceNumber),
    timestampMs,
    operation: fc.constantFrom('append', 'replace', 'overwrite', 'delete'),
    summary: strings,
    manifestList: fc.string(),
    parentSnapshotId: long.map(toSnapshotId),
    schemaId: fc.nat(),
    unknown,
  },
  { requiredKeys: ['snapshotId', 'sequenceNumber', 'timestampMs', 'operation', 'summary'], noNullPrototype: true },
);

const anyRef = (snapshots: readonly Snapshot[]): fc.Arbitrary<SnapshotRef> =>
  fc.record(
    {
      type: fc.constantFrom('branch', 'tag'),
      snapshotId: fc.constantFrom(...snapshots.map(({ snapshotId }) => snapshotId)),
      minSnapshotsToKeep: fc.nat(),
      maxRefAgeMs: timestampMs,
      unknown,
    },
    { requiredKeys: ['type', 'snapshotId'], noNullPrototype: true },
  );

const anyMetadata: fc.Arbitrary<TableMetadata> = fc
  .uniqueArray(anySnapshot, { selector: ({ snapshotId }) => snapshotId, maxLength: 5 })
  .chain((snapshots) => {
    const refs =
      snapshots.length === 0
        ? fc.constant({})
        : fc.dictionary(
            fc.string().map((name) => `r-${name}`),
            anyRef(snapshots),
            { maxKeys: 3, noNullPrototype: true },
          );
    const head = snapshots.at(-1);
    return fc
      .record({ properties: strings, refs, unknown: fc.option(unknown, { nil: undefined }), logMs: timestampMs })
      .map(
        ({ logMs, refs: others, unknown: members, properties }): TableMetadata => ({
          ...emptyTable(),
          properties,
          snapshots,
          lastSequenceNumber: toSequenceNumber(2n ** 63n - 1n),
          refs: head === undefined ? others : { main: { type: 'branch', snapshotId: head.snapshotId }, ...others },
          ...(head === undefined ? {} : { currentSnapshotId: head.snapshotId }),
          snapshotLog: snapshots.map(({ snapshotId }) => ({ timestampMs: logMs, snapshotId })),
          metadataLog: [{ timestampMs: logMs, metadataFile: 'ü/"' }],
          ...(members === undefined ? {} : { unknown: members }),
        }),
      );
  });

describe('table metadata', () => {
  it('is what it was after being printed and read, unknown members included', () => {
    fc.assert(
      fc.property(anyMetadata, fc.constantFrom('none' as const, 'gzip' as const), (metadata, codec) => {
        expect(parseTableMetadata(serializeTableMetadata(metadata, codec), '/m.json')).toStrictEqual(metadata);
      }),
    );
  });
});

/** What writers do to a table; `pick` chooses among its snapshots. */
type Step =
  | { readonly kind: 'append' | 'stage'; readonly clockMs: number }
  | { readonly kind: 'setMain' | 'remove' | 'tag'; readonly pick: number; readonly clockMs: number }
  | { readonly kind: 'evolve'; readonly pick: number; readonly clockMs: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom('append' as const, 'stage' as const), clockMs: timestampMs }),
  fc.record({
    kind: fc.constantFrom('setMain' as const, 'remove' as const, 'tag' as const),
    pick: fc.nat(),
    clockMs: timestampMs,
  }),
  fc.record({ kind: fc.constant('evolve' as const), pick: fc.nat({ max: 3 }), clockMs: timestampMs }),
);

function updatesOf(metadata: TableMetadata, todo: Step, id: bigint): MetadataUpdate[] {
  const main = (snapshotId: Snapshot['snapshotId']): MetadataUpdate => ({
    action: 'set-snapshot-ref',
    refName: 'main',
    ref: { type: 'branch', snapshotId },
  });
  if (!('pick' in todo)) {
    const added = snapshot(id, metadata.currentSnapshotId, metadata.lastSequenceNumber + 1n, todo.clockMs);
    return [{ action: 'add-snapshot', snapshot: added }, ...(todo.kind === 'append' ? [main(added.snapshotId)] : [])];
  }
  if (todo.kind === 'evolve') {
    const column = { id: 10 + todo.pick, name: `c${todo.pick}`, required: false, type: { kind: 'int' } } as const;
    return [
      { action: 'add-schema', schema: { ...SCHEMA, fields: [...SCHEMA.fields, column] } },
      { action: 'set-current-schema', schemaId: -1 },
    ];
  }
  const picked = metadata.snapshots[todo.pick % metadata.snapshots.length];
  if (picked === undefined) return [];
  if (todo.kind === 'setMain') return [main(picked.snapshotId)];
  if (todo.kind === 'remove') return [{ action: 'remove-snapshots', snapshotIds: [picked.snapshotId] }];
  return [{ action: 'set-snapshot-ref', refName: 'v', ref: { type: 'tag', snapshotId: picked.snapshotId } }];
}

describe('applyUpdates', () => {
  it('keeps what Java checks when it loads a table, whatever writers do and whatever their clocks say', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        let metadata = emptyTable();
        for (const [index, todo] of steps.entries()) {
          const before = metadata;
          metadata = applyUpdates(metadata, updatesOf(metadata, todo, BigInt(index + 1)), todo.clockMs);
          expect(metadata.lastSequenceNumber).toBeGreaterThanOrEqual(before.lastSequenceNumber);
          expect(metadata.lastUpdatedMs).toBeGreaterThanOrEqual(before.lastUpdatedMs);
        }
        const ids = new Set(metadata.snapshots.map(({ snapshotId }) => snapshotId));
        const times = metadata.snapshotLog.map(({ timestampMs }) => timestampMs);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(metadata.lastUpdatedMs).toBeGreaterThanOrEqual(times.at(-1) ?? START_MS);
        expect(metadata.snapshotLog.every(({ snapshotId }) => ids.has(snapshotId))).toBe(true);
        if (metadata.currentSnapshotId !== undefined && metadata.snapshotLog.length > 0) {
          expect(metadata.snapshotLog.at(-1)?.snapshotId).toBe(metadata.currentSnapshotId);
        }
        expect(metadata.refs.main?.snapshotId).toBe(metadata.currentSnapshotId);
        expect(new Set(metadata.schemas.map(({ schemaId }) => schemaId)).size).toBe(metadata.schemas.length);
        expect(parseTableMetadata(serializeTableMetadata(metadata), '/m.json')).toStrictEqual(metadata);
      }),
    );
  });
});
