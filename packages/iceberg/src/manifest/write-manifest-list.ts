import { writeAvroFile } from '../avro/write-avro-file.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { SequenceNumber, SnapshotId } from '../spec/ids.ts';
import type { FieldSummary, ManifestFile } from './manifest-file.ts';
import { MANIFEST_LIST_SHAPE } from './manifest-list-shape.ts';

export interface ManifestListHeader {
  readonly snapshotId: SnapshotId;
  /** undefined for the first snapshot of its line. */
  readonly parentSnapshotId: SnapshotId | undefined;
  readonly sequenceNumber: SequenceNumber;
  readonly formatVersion: 2;
}

/**
 * A manifest list of format v2. Rows are written as they are: new ones have the commit's sequence number already,
 * so the list has to be made anew on every attempt to commit.
 *
 * @throws {InvalidArgumentError} a row without counts, as old v1 writers left them; read its manifest and count first
 * @see Iceberg spec, "Manifest Lists" (v2)
 */
export function encodeManifestList(rows: readonly ManifestFile[], header: ManifestListHeader): Uint8Array {
  const metadata = new Map([
    ['snapshot-id', String(header.snapshotId)],
    ['parent-snapshot-id', header.parentSnapshotId === undefined ? 'null' : String(header.parentSnapshotId)],
    ['sequence-number', String(header.sequenceNumber)],
    ['format-version', String(header.formatVersion)],
  ]);
  for (const row of rows) assertCounted(row);
  return writeAvroFile(MANIFEST_LIST_SHAPE, rows.map(toRow), { metadata });
}

function toRow(manifest: ManifestFile): readonly unknown[] {
  return [
    manifest.path,
    manifest.lengthBytes,
    manifest.specId,
    manifest.content === 'data' ? 0 : 1,
    manifest.sequenceNumber,
    manifest.minSequenceNumber,
    manifest.addedSnapshotId,
    manifest.addedFilesCount,
    manifest.existingFilesCount,
    manifest.deletedFilesCount,
    manifest.addedRowsCount,
    manifest.existingRowsCount,
    manifest.deletedRowsCount,
    manifest.partitions?.map(summaryRow),
    manifest.keyMetadata,
  ];
}

const summaryRow = (summary: FieldSummary): readonly unknown[] => [
  summary.containsNull,
  summary.containsNan,
  summary.lowerBound,
  summary.upperBound,
];

function assertCounted(row: ManifestFile): void {
  const counts = [
    row.addedFilesCount,
    row.existingFilesCount,
    row.deletedFilesCount,
    row.addedRowsCount,
    row.existingRowsCount,
    row.deletedRowsCount,
  ];
  if (counts.every((count) => count !== undefined)) return;
  throw new InvalidArgumentError(
    `Manifest ${row.path} has no file or row counts, which format v2 requires. No manifest list was made. ` +
      'Read the manifest and count its entries (countEntries) before listing it.',
  );
}
