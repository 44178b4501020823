import { type SequenceNumber, toSequenceNumber, toSnapshotId } from '../spec/ids.ts';
import type { NullableValue } from '../spec/types.ts';
import type { DataFile, FileContent } from './data-file.ts';
import type { EntryStatus, ManifestEntry } from './manifest-entry.ts';
import type { ManifestFile } from './manifest-file.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const STATUSES: readonly EntryStatus[] = ['existing', 'added', 'deleted'];
const CONTENTS: readonly FileContent[] = ['data', 'position-deletes', 'equality-deletes'];

/**
 * Makes entries of the rows that a decoder of the entry shape gives, filling in what the manifest list row passes on.
 * A RangeError means a corrupt entry.
 *
 * @see Iceberg spec, "Sequence Number Inheritance" (v2), "Manifest Entry Fields"
 */
export function entryBuilder(manifest: ManifestFile): (row: readonly unknown[]) => ManifestEntry {
  return (row) => {
    const status = row[0] as number;
    const snapshotId = row[1] as bigint | null | undefined;
    const sequenceNumber = row[2] as bigint | null | undefined;
    const fileSequenceNumber = row[3] as bigint | null | undefined;
    const file = toDataFile(row[4] as readonly unknown[], manifest.specId);
    const known = STATUSES[status];
    if (known === undefined) throw new RangeError(`the entry of ${file.path} has status ${status}`);
    const dataNumber = inherited(sequenceNumber, known, manifest, file.path);
    return {
      status: known,
      snapshotId: typeof snapshotId === 'bigint' ? toSnapshotId(snapshotId) : manifest.addedSnapshotId,
      sequenceNumber: dataNumber,
      fileSequenceNumber: fileNumber(fileSequenceNumber, dataNumber, known, manifest, file.path),
      file,
    };
  };
}

function inherited(
  explicit: bigint | null | undefined,
  status: EntryStatus,
  manifest: ManifestFile,
  path: string,
): SequenceNumber {
  if (typeof explicit === 'bigint') return toSequenceNumber(explicit);
  if (status === 'added' || manifest.sequenceNumber === 0n) return manifest.sequenceNumber;
  throw new RangeError(
    `the ${status} entry of ${path} has no sequence number of its own, and only an added one may take that of its manifest`,
  );
}

/** The first writers of v2 had no such column at all; then the data's own number is the only one known. */
function fileNumber(
  explicit: bigint | null | undefined,
  dataNumber: SequenceNumber,
  status: EntryStatus,
  manifest: ManifestFile,
  path: string,
): SequenceNumber {
  if (explicit === undefined && status !== 'added') return dataNumber;
  return inherited(explicit, status, manifest, path);
}

function toDataFile(values: readonly unknown[], specId: number): DataFile {
  const content = CONTENTS[(values[0] as number | null | undefined) ?? 0];
  if (content === undefined) throw new RangeError(`the entry of ${String(values[1])} has content ${String(values[0])}`);
  const file: Mutable<DataFile> = {
    content,
    path: values[1] as string,
    format: lowerCase(values[2] as string),
    specId,
    partition: toPartition(values[3] as unknown[]),
    recordCount: values[4] as number,
    fileSizeBytes: values[5] as number,
  };
  setMetrics(file, values);
  setRest(file, values);
  return file;
}

/** Of the one or two formats that there are, spelled as their writers do. */
function lowerCase(format: string): string {
  return format === 'PARQUET' ? 'parquet' : format.toLowerCase();
}

/** A field that the file does not have is null, as a column added later would be. The list is the row's own and is kept. */
function toPartition(values: unknown[]): readonly NullableValue[] {
  for (let i = 0; i < values.length; i++) if (values[i] === undefined) values[i] = null;
  return values as NullableValue[];
}

function setMetrics(file: Mutable<DataFile>, values: readonly unknown[]): void {
  const columnSizes = values[6] as CountMap;
  const valueCounts = values[7] as CountMap;
  const nullValueCounts = values[8] as CountMap;
  const nanValueCounts = values[9] as CountMap;
  if (columnSizes) file.columnSizes = columnSizes;
  if (valueCounts) file.valueCounts = valueCounts;
  if (nullValueCounts) file.nullValueCounts = nullValueCounts;
  if (nanValueCounts) file.nanValueCounts = nanValueCounts;
  const lowerBounds = values[10] as BoundMap;
  const upperBounds = values[11] as BoundMap;
  if (lowerBounds) file.lowerBounds = lowerBounds;
  if (upperBounds) file.upperBounds = upperBounds;
}

function setRest(file: Mutable<DataFile>, values: readonly unknown[]): void {
  const keyMetadata = values[12] as Uint8Array | null | undefined;
  const splitOffsets = values[13] as bigint[] | null | undefined;
  const equalityIds = values[14] as number[] | null | undefined;
  const sortOrderId = values[15];
  const referencedDataFile = values[16];
  if (keyMetadata) file.keyMetadata = keyMetadata;
  if (splitOffsets) file.splitOffsets = splitOffsets;
  if (equalityIds) file.equalityIds = equalityIds;
  if (typeof sortOrderId === 'number') file.sortOrderId = sortOrderId;
  if (typeof referencedDataFile === 'string') file.referencedDataFile = referencedDataFile;
}

type CountMap = ReadonlyMap<number, number> | null | undefined;
type BoundMap = ReadonlyMap<number, Uint8Array> | null | undefined;
