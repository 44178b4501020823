import { namingFile, openAvroFile, readBlocks } from '../avro/avro-file.ts';
import { compileDecoder } from '../avro/decoder.ts';
import { toSequenceNumber, toSnapshotId } from '../spec/ids.ts';
import type { FieldSummary, ManifestFile } from './manifest-file.ts';
import { MANIFEST_LIST_SHAPE } from './manifest-list-shape.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The rows of a manifest list in file order, of format v1 or v2. What v1 does not have reads as data content and sequence
 * number 0; counts that are not there stay absent.
 *
 * @throws {InvalidAvroError} names the file
 * @throws {UnsupportedFeatureError} a codec that is not read here
 * @see Iceberg spec, "Manifest Lists"
 */
export function decodeManifestList(bytes: Uint8Array, path: string): ManifestFile[] {
  const file = openAvroFile(bytes, path);
  const decode = namingFile(path, () => compileDecoder(file.writerSchema, MANIFEST_LIST_SHAPE));
  const rows: ManifestFile[] = [];
  for (const block of readBlocks(file, (cursor) => toManifestFile(decode(cursor) as unknown[]))) rows.push(...block);
  return rows;
}

function toManifestFile(row: readonly unknown[]): ManifestFile {
  const [path, length, specId, content, sequenceNumber, minSequenceNumber, addedSnapshotId] = row;
  const manifest: Mutable<ManifestFile> = {
    path: path as string,
    lengthBytes: length as number,
    specId: specId as number,
    content: contentOf(content),
    sequenceNumber: toSequenceNumber((sequenceNumber as bigint | null | undefined) ?? 0n),
    minSequenceNumber: toSequenceNumber((minSequenceNumber as bigint | null | undefined) ?? 0n),
    addedSnapshotId: toSnapshotId(addedSnapshotId as bigint),
  };
  setCounts(manifest, row);
  const [partitions, keyMetadata] = [row[13], row[14]] as [
    unknown[][] | null | undefined,
    Uint8Array | null | undefined,
  ];
  if (partitions) manifest.partitions = partitions.map(toFieldSummary);
  if (keyMetadata) manifest.keyMetadata = keyMetadata;
  return manifest;
}

function setCounts(manifest: Mutable<ManifestFile>, row: readonly unknown[]): void {
  const count = (position: number): number | undefined => (row[position] as number | null | undefined) ?? undefined;
  const [addedFiles, existingFiles, deletedFiles] = [count(7), count(8), count(9)];
  const [addedRows, existingRows, deletedRows] = [count(10), count(11), count(12)];
  if (addedFiles !== undefined) manifest.addedFilesCount = addedFiles;
  if (existingFiles !== undefined) manifest.existingFilesCount = existingFiles;
  if (deletedFiles !== undefined) manifest.deletedFilesCount = deletedFiles;
  if (addedRows !== undefined) manifest.addedRowsCount = addedRows;
  if (existingRows !== undefined) manifest.existingRowsCount = existingRows;
  if (deletedRows !== undefined) manifest.deletedRowsCount = deletedRows;
}

function toFieldSummary(values: readonly unknown[]): FieldSummary {
  const [containsNull, containsNan, lowerBound, upperBound] = values as [
    boolean,
    boolean | null | undefined,
    Uint8Array | null | undefined,
    Uint8Array | null | undefined,
  ];
  const summary: Mutable<FieldSummary> = { containsNull };
  if (typeof containsNan === 'boolean') summary.containsNan = containsNan;
  if (lowerBound) summary.lowerBound = lowerBound;
  if (upperBound) summary.upperBound = upperBound;
  return summary;
}

function contentOf(content: unknown): 'data' | 'deletes' {
  if (content === 0 || content === undefined || content === null) return 'data';
  if (content === 1) return 'deletes';
  throw new RangeError(`${String(content)} is not a content of a manifest (0 data, 1 deletes)`);
}
