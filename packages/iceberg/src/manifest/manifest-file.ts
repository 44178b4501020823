import type { SequenceNumber, SnapshotId } from '../spec/ids.ts';

export interface FieldSummary {
  readonly containsNull: boolean;
  readonly containsNan?: boolean;
  /** Single-value bytes of the partition field's result type; absent when every value is null or NaN. */
  readonly lowerBound?: Uint8Array;
  readonly upperBound?: Uint8Array;
}

/**
 * One row of a manifest list. Counts that an old writer left out are `undefined` ("some").
 *
 * @see Iceberg spec, "Manifest Lists"
 */
export interface ManifestFile {
  readonly path: string;
  readonly lengthBytes: number;
  readonly specId: number;
  readonly content: 'data' | 'deletes';
  readonly sequenceNumber: SequenceNumber;
  readonly minSequenceNumber: SequenceNumber;
  readonly addedSnapshotId: SnapshotId;
  readonly addedFilesCount?: number;
  readonly existingFilesCount?: number;
  readonly deletedFilesCount?: number;
  readonly addedRowsCount?: number;
  readonly existingRowsCount?: number;
  readonly deletedRowsCount?: number;
  readonly partitions?: readonly FieldSummary[];
  readonly keyMetadata?: Uint8Array;
}
