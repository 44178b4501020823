import { metadataFromCreate } from '../../src/metadata/create-metadata.ts';
import type { Snapshot, TableMetadata } from '../../src/metadata/table-metadata.ts';
import type { MetadataUpdate } from '../../src/metadata/updates.ts';
import { toSequenceNumber, toSnapshotId } from '../../src/spec/ids.ts';
import type { Schema } from '../../src/spec/types.ts';

export const UUID = '11111111-2222-4333-8444-555555555555';
export const START_MS = 1_700_000_000_000;

export const SCHEMA: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'id', required: true, type: { kind: 'long' } },
    { id: 2, name: 'at', required: false, type: { kind: 'timestamptz' } },
  ],
};

export const emptyTable = (formatVersion: 1 | 2 = 2): TableMetadata =>
  metadataFromCreate({ schema: SCHEMA, formatVersion }, 'memory:/wh/ns/t', UUID, START_MS);

/** Snapshot `id` on top of `parent`, with sequence number and time after those of `base`. */
export function snapshot(id: bigint, parent: bigint | undefined, sequence: bigint, timestampMs: number): Snapshot {
  return {
    snapshotId: toSnapshotId(id),
    ...(parent === undefined ? {} : { parentSnapshotId: toSnapshotId(parent) }),
    sequenceNumber: toSequenceNumber(sequence),
    timestampMs,
    operation: 'append',
    summary: { 'added-records': '1' },
    manifestList: `memory:/wh/ns/t/metadata/snap-${id}.avro`,
    schemaId: 0,
  };
}

export const setMain = (id: bigint): MetadataUpdate => ({
  action: 'set-snapshot-ref',
  refName: 'main',
  ref: { type: 'branch', snapshotId: toSnapshotId(id) },
});
