import type { DataFile } from '../manifest/data-file.ts';
import type { SequenceNumber, SnapshotId } from '../spec/ids.ts';

/** A live data file of a snapshot, and where its manifest entry stands. */
export interface ScannedFile {
  readonly file: DataFile;
  readonly manifestPath: string;
  /** The snapshot that added the file. */
  readonly snapshotId: SnapshotId;
  readonly sequenceNumber: SequenceNumber;
  readonly fileSequenceNumber: SequenceNumber;
}
