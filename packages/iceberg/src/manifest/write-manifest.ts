import type { SequenceNumber, SnapshotId } from '../spec/ids.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { Schema } from '../spec/types.ts';
import type { DataFile } from './data-file.ts';
import type { EntryStatus } from './manifest-entry.ts';
import type { FieldSummary, ManifestFile } from './manifest-file.ts';

declare const later: <T>() => T;
/** A manifest entry before its commit has a sequence number; every `ManifestEntry` is one. */
export interface ManifestEntryToWrite {
  readonly status: EntryStatus;
  /** The snapshot that added the file; for a deleted entry the one that deletes it, which is the one being written. */
  readonly snapshotId: SnapshotId;
  /** Absent: inherited from the commit; only allowed for `added`. */
  readonly sequenceNumber?: SequenceNumber;
  /** Ignored for `added`, which always inherits it. */
  readonly fileSequenceNumber?: SequenceNumber;
  readonly file: DataFile;
}
export interface ManifestWriteOptions {
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly snapshotId: SnapshotId;
  readonly content: 'data' | 'deletes';
  readonly formatVersion: 2;
}
/** A manifest's bytes and what its row in the manifest list will say, but for path and sequence numbers. */
export interface EncodedManifest {
  readonly bytes: Uint8Array;
  readonly specId: number;
  readonly content: 'data' | 'deletes';
  readonly addedSnapshotId: SnapshotId;
  readonly addedFilesCount: number;
  readonly existingFilesCount: number;
  readonly deletedFilesCount: number;
  readonly addedRowsCount: number;
  readonly existingRowsCount: number;
  readonly deletedRowsCount: number;
  readonly partitions: readonly FieldSummary[];
  /** Least explicit data sequence number of the live entries; absent when no live entry has one. */
  readonly minExplicitSequenceNumber?: SequenceNumber;
  /** Whether a live entry takes the commit's number. */
  readonly inheritsSequenceNumber: boolean;
}
/** @throws {InvalidArgumentError} an entry that breaks the rules of sequence numbers, or is of another spec */
export function encodeManifest(
  entries: readonly ManifestEntryToWrite[],
  options: ManifestWriteOptions,
): EncodedManifest {
  void entries;
  void options;
  return later();
}
/** The row of the manifest list, once the commit's sequence number is known; to be made anew on each attempt. */
export function toManifestFile(encoded: EncodedManifest, path: string, sequenceNumber: SequenceNumber): ManifestFile {
  void encoded;
  void path;
  void sequenceNumber;
  return later();
}
/** @see Iceberg spec, "Manifest Lists" (v2), `min_sequence_number` */
export function minSequenceNumber(
  encoded: Pick<EncodedManifest, 'minExplicitSequenceNumber' | 'inheritsSequenceNumber'>,
  commitSequenceNumber: SequenceNumber,
): SequenceNumber {
  void encoded;
  void commitSequenceNumber;
  return later();
}
