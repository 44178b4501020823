import fc from 'fast-check';
import type { DataFile } from '../../src/manifest/data-file.ts';
import type { ManifestEntry } from '../../src/manifest/manifest-entry.ts';
import { type SequenceNumber, type SnapshotId, toSequenceNumber, toSnapshotId } from '../../src/spec/ids.ts';
import type { PartitionField, PartitionSpec } from '../../src/spec/partition-spec.ts';
import { resultType } from '../../src/spec/result-type.ts';
import type { NullableValue, PrimitiveType, Schema } from '../../src/spec/types.ts';
import { primitiveType, valuesOf } from '../spec/arbitraries.ts';

/** A partitioned table: one column per partition field, awkward names, equal types twice. */
export interface Layout {
  readonly schema: Schema;
  readonly spec: PartitionSpec;
}

const NAMES = ['plain', '1x', 'a-b', 'ü', 'x.y', 'sp ace', '😀'] as const;

const transformOf = (type: PrimitiveType): fc.Arbitrary<PartitionField['transform']> => {
  const kinds: PartitionField['transform'][] = [
    { kind: 'identity' },
    { kind: 'void' },
    { kind: 'bucket', count: 7 },
    { kind: 'truncate', width: 3 },
    { kind: 'day' },
    { kind: 'hour' },
    { kind: 'year' },
  ];
  return fc.constantFrom(...kinds.filter((transform) => takes(transform, type)));
};

function takes(transform: PartitionField['transform'], type: PrimitiveType): boolean {
  try {
    return resultType(transform, type) !== undefined;
  } catch {
    return false;
  }
}

export const layout: fc.Arbitrary<Layout> = fc
  .array(
    primitiveType.chain((type) => transformOf(type).map((transform) => ({ type, transform }))),
    { maxLength: NAMES.length },
  )
  .map((columns) => ({
    schema: {
      schemaId: 2,
      fields: columns.map(({ type }, i) => ({ id: i + 1, name: `c${i}`, required: false, type })),
    },
    spec: {
      specId: 5,
      fields: columns.map(({ transform }, i) => ({
        sourceId: i + 1,
        fieldId: 1000 + i,
        name: NAMES[i]!,
        transform,
      })),
    },
  }));

const id = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
export const snapshotId: fc.Arbitrary<SnapshotId> = id.map(toSnapshotId);
export const sequenceNumber: fc.Arbitrary<SequenceNumber> = fc
  .bigInt({ min: 0n, max: 2n ** 62n })
  .map(toSequenceNumber);
const count = fc.oneof(fc.nat(1000), fc.maxSafeNat());
const counts = fc.dictionary(fc.integer({ min: 1, max: 2147483447 }).map(String), count, { maxKeys: 4 }).map(toMap);
const bounds = fc
  .dictionary(fc.integer({ min: 1, max: 2147483447 }).map(String), fc.uint8Array({ maxLength: 20 }), { maxKeys: 4 })
  .map(toMap);

function toMap<T>(entries: Readonly<Record<string, T>>): ReadonlyMap<number, T> {
  return new Map(Object.entries(entries).map(([key, value]) => [Number(key), value]));
}

function partitionOf({ schema, spec }: Layout): fc.Arbitrary<readonly NullableValue[]> {
  const values = spec.fields.map((field, i) => {
    if (field.transform.kind === 'void') return fc.constant(null);
    const type = resultType(field.transform, schema.fields[i]!.type as PrimitiveType);
    return fc.option<NullableValue, null>(valuesOf(type), { nil: null });
  });
  return fc.tuple(...values);
}

function dataFile(table: Layout): fc.Arbitrary<DataFile> {
  return fc
    .record(
      {
        content: fc.constant<'data'>('data'),
        path: fc.string({ minLength: 1 }),
        format: fc.constantFrom('parquet', 'avro', 'orc'),
        specId: fc.constant(table.spec.specId),
        partition: partitionOf(table),
        recordCount: fc.nat(1_000_000),
        fileSizeBytes: count,
        columnSizes: counts,
        valueCounts: counts,
        nullValueCounts: counts,
        nanValueCounts: counts,
        lowerBounds: bounds,
        upperBounds: bounds,
        keyMetadata: fc.uint8Array({ minLength: 1, maxLength: 4 }),
        splitOffsets: fc.array(fc.bigInt({ min: 0n, max: 2n ** 60n }), { maxLength: 3 }),
        sortOrderId: fc.nat(4),
      },
      { requiredKeys: ['content', 'path', 'format', 'specId', 'partition', 'recordCount', 'fileSizeBytes'] },
    )
    .map((file) => file as DataFile);
}

/** Entries as a manifest of `snapshot` with this commit number reads: added ones carry the commit's number. */
export function entry(table: Layout, snapshot: SnapshotId, commit: SequenceNumber): fc.Arbitrary<ManifestEntry> {
  const file = dataFile(table);
  return fc.oneof(
    file.map(
      (f): ManifestEntry => ({
        status: 'added',
        snapshotId: snapshot,
        sequenceNumber: commit,
        fileSequenceNumber: commit,
        file: f,
      }),
    ),
    fc.tuple(snapshotId, sequenceNumber, sequenceNumber, file).map(
      ([adder, data, own, f]): ManifestEntry => ({
        status: 'existing',
        snapshotId: adder,
        sequenceNumber: data,
        fileSequenceNumber: own,
        file: f,
      }),
    ),
    fc.tuple(sequenceNumber, sequenceNumber, file).map(
      ([data, own, f]): ManifestEntry => ({
        status: 'deleted',
        snapshotId: snapshot,
        sequenceNumber: data,
        fileSequenceNumber: own,
        file: f,
      }),
    ),
  );
}
