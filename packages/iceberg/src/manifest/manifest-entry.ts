import type { SequenceNumber, SnapshotId } from '../spec/ids.ts';
import type { DataFile } from './data-file.ts';

export type EntryStatus = 'existing' | 'added' | 'deleted';

/**
 * A file and what one snapshot did with it, with everything inherited already filled in.
 *
 * @see Iceberg spec, "Manifest Entry Fields", "Sequence Number Inheritance"
 */
export interface ManifestEntry {
  readonly status: EntryStatus;
  /** The snapshot that added the file, or that deleted it when `status` is `deleted`. */
  readonly snapshotId: SnapshotId;
  /** Data sequence number: how old the content is. */
  readonly sequenceNumber: SequenceNumber;
  /** When the file itself arrived. */
  readonly fileSequenceNumber: SequenceNumber;
  readonly file: DataFile;
}
