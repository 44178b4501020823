import type { DataFile } from '../../src/manifest/data-file.ts';
import type { ManifestFile } from '../../src/manifest/manifest-file.ts';
import { type SequenceNumber, type SnapshotId, toSequenceNumber, toSnapshotId } from '../../src/spec/ids.ts';
import type { PartitionSpec } from '../../src/spec/partition-spec.ts';
import type { Schema } from '../../src/spec/types.ts';

/** A small table for tests of manifests: partitioned by the day of `ts`. */
export const SCHEMA: Schema = {
  schemaId: 1,
  fields: [
    { id: 1, name: 'id', required: true, type: { kind: 'long' } },
    { id: 2, name: 'ts', required: false, type: { kind: 'timestamptz' } },
  ],
};

export const SPEC: PartitionSpec = {
  specId: 0,
  fields: [{ sourceId: 2, fieldId: 1000, name: 'ts_day', transform: { kind: 'day' } }],
};

export const BIG = toSnapshotId(9_223_372_036_854_775_807n);
export const snapshot = (id: bigint): SnapshotId => toSnapshotId(id);
export const sequence = (number: bigint): SequenceNumber => toSequenceNumber(number);

export function dataFile(path: string, over: Partial<DataFile> = {}): DataFile {
  return {
    content: 'data',
    path,
    format: 'parquet',
    specId: 0,
    partition: [20458],
    recordCount: 10,
    fileSizeBytes: 1000,
    ...over,
  };
}

export function manifestRow(over: Partial<ManifestFile> = {}): ManifestFile {
  return {
    path: 'mem://m.avro',
    lengthBytes: 1,
    specId: 0,
    content: 'data',
    sequenceNumber: sequence(7n),
    minSequenceNumber: sequence(7n),
    addedSnapshotId: BIG,
    ...over,
  };
}
