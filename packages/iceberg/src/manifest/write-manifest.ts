import type { RecordShape } from '../avro/shape.ts';
import { writeAvroFile } from '../avro/write-avro-file.ts';
import { InvalidArgumentError } from '../errors.ts';
import { stringifyJson } from '../json/stringify-json.ts';
import type { SequenceNumber, SnapshotId } from '../spec/ids.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import { partitionFieldsToJson } from '../spec/partition-spec-json.ts';
import { schemaToJson } from '../spec/schema-json.ts';
import type { PrimitiveType, Schema } from '../spec/types.ts';
import type { DataFile, FileContent } from './data-file.ts';
import { countEntries, type EntryCounts } from './entry-counts.ts';
import { summarizePartitions } from './field-summaries.ts';
import type { EntryStatus } from './manifest-entry.ts';
import type { FieldSummary, ManifestFile } from './manifest-file.ts';
import { manifestEntryShape, partitionShapeToWrite } from './manifest-shape.ts';

/** A manifest entry before its commit has a sequence number. A `ManifestEntry` read with projection `all` is one. */
export interface ManifestEntryToWrite {
  readonly status: EntryStatus;
  /** The snapshot that added the file; for a deleted entry the one that deletes it, which is the one being written. */
  readonly snapshotId: SnapshotId;
  /** Absent: taken from the commit, which only an added entry may. */
  readonly sequenceNumber?: SequenceNumber;
  /** Not looked at for an added entry: that always takes it from its commit. */
  readonly fileSequenceNumber?: SequenceNumber;
  readonly file: DataFile;
}

export interface ManifestWriteOptions {
  /** Goes into the header, and types the partition values. */
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  /** The snapshot this manifest is written for. */
  readonly snapshotId: SnapshotId;
  readonly content: 'data' | 'deletes';
  readonly formatVersion: 2;
}

/** A manifest's bytes, and what its manifest list row will say but for its path and sequence numbers. */
export interface EncodedManifest extends EntryCounts {
  readonly bytes: Uint8Array;
  readonly specId: number;
  readonly content: 'data' | 'deletes';
  readonly addedSnapshotId: SnapshotId;
  readonly partitions: readonly FieldSummary[];
  /** Least explicit data sequence number of live entries; absent when none is explicit. */
  readonly minExplicitSequenceNumber?: SequenceNumber;
  /** Whether a live entry takes the commit's number. */
  readonly inheritsSequenceNumber: boolean;
}

const STATUS_CODES: Readonly<Record<EntryStatus, number>> = { existing: 0, added: 1, deleted: 2 };
const CONTENT_CODES: Readonly<Record<FileContent, number>> = { data: 0, 'position-deletes': 1, 'equality-deletes': 2 };

/**
 * A manifest of format v2, deflated. Equal entries give equal bytes. Sequence numbers that the commit will give are left open,
 * so the bytes stay valid when a commit is tried again.
 *
 * @throws {InvalidArgumentError} an entry of another spec or content, without the numbers it must have, added or deleted by
 *   another snapshot, or with a value that its type does not hold
 * @see Iceberg spec, "Manifests" (v2)
 */
export function encodeManifest(
  entries: readonly ManifestEntryToWrite[],
  options: ManifestWriteOptions,
): EncodedManifest {
  for (const entry of entries) assertWritable(entry, options);
  const partition = partitionShapeToWrite(options.spec, options.schema);
  const explicit = liveSequenceNumbers(entries).filter((number) => number !== undefined);
  const least = explicit.reduce<SequenceNumber | undefined>(
    (min, next) => (min === undefined || next < min ? next : min),
    undefined,
  );
  return {
    bytes: encodeEntries(entries, partition, options),
    specId: options.spec.specId,
    content: options.content,
    addedSnapshotId: options.snapshotId,
    ...countEntries(entries),
    partitions: summarize(entries, partition),
    ...(least === undefined ? {} : { minExplicitSequenceNumber: least }),
    inheritsSequenceNumber: liveSequenceNumbers(entries).includes(undefined),
  };
}

/** The manifest list row once the commit's sequence number is known; to be made anew on each attempt. */
export function toManifestFile(encoded: EncodedManifest, path: string, sequenceNumber: SequenceNumber): ManifestFile {
  const { bytes, minExplicitSequenceNumber: _min, inheritsSequenceNumber: _inherits, ...row } = encoded;
  return {
    ...row,
    path,
    lengthBytes: bytes.length,
    sequenceNumber,
    minSequenceNumber: minSequenceNumber(encoded, sequenceNumber),
  };
}

/**
 * Least data sequence number of a new manifest's live files; the commit's own when there are none. 0 is a number like any other.
 *
 * @see Iceberg spec, "Manifest Lists" (v2), `min_sequence_number`
 */
export function minSequenceNumber(
  encoded: Pick<EncodedManifest, 'minExplicitSequenceNumber' | 'inheritsSequenceNumber'>,
  commitSequenceNumber: SequenceNumber,
): SequenceNumber {
  const least = encoded.minExplicitSequenceNumber;
  if (least === undefined) return commitSequenceNumber;
  return encoded.inheritsSequenceNumber && commitSequenceNumber < least ? commitSequenceNumber : least;
}

function encodeEntries(
  entries: readonly ManifestEntryToWrite[],
  partition: RecordShape,
  options: ManifestWriteOptions,
): Uint8Array {
  try {
    return writeAvroFile(manifestEntryShape(partition), rowsOf(entries), { metadata: headerOf(options) });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError(
      `A manifest of ${entries.length} entries for snapshot ${options.snapshotId} cannot be written: ${error.message}. ` +
        'No manifest was made. Check the partition values and metrics of the files that are added.',
      { cause: error },
    );
  }
}

function headerOf({ schema, spec, content, formatVersion }: ManifestWriteOptions): Map<string, string> {
  return new Map([
    ['schema', stringifyJson(schemaToJson(schema))],
    ['schema-id', String(schema.schemaId)],
    ['partition-spec', stringifyJson(partitionFieldsToJson(spec.fields))],
    ['partition-spec-id', String(spec.specId)],
    ['format-version', String(formatVersion)],
    ['content', content],
  ]);
}

function* rowsOf(entries: readonly ManifestEntryToWrite[]): Generator<readonly unknown[]> {
  for (const { status, snapshotId, sequenceNumber, fileSequenceNumber, file } of entries) {
    const fileNumber = status === 'added' ? undefined : fileSequenceNumber;
    yield [STATUS_CODES[status], snapshotId, sequenceNumber, fileNumber, dataFileRow(file)];
  }
}

function dataFileRow(file: DataFile): readonly unknown[] {
  return [
    CONTENT_CODES[file.content],
    file.path,
    // The spec says lower case, every writer in the field writes upper case, and readers take both.
    file.format.toUpperCase(),
    file.partition,
    file.recordCount,
    file.fileSizeBytes,
    file.columnSizes,
    file.valueCounts,
    file.nullValueCounts,
    file.nanValueCounts,
    file.lowerBounds,
    file.upperBounds,
    file.keyMetadata,
    file.splitOffsets,
    file.equalityIds,
    file.sortOrderId,
    file.referencedDataFile,
  ];
}

function summarize(entries: readonly ManifestEntryToWrite[], partition: RecordShape): FieldSummary[] {
  const types = partition.fields.map((field) => field.shape as PrimitiveType);
  return summarizePartitions(types, partitionsOf(entries));
}

function* partitionsOf(entries: readonly ManifestEntryToWrite[]): Generator<DataFile['partition']> {
  for (const entry of entries) yield entry.file.partition;
}

function liveSequenceNumbers(entries: readonly ManifestEntryToWrite[]): (SequenceNumber | undefined)[] {
  return entries.filter((entry) => entry.status !== 'deleted').map((entry) => entry.sequenceNumber);
}

function assertWritable(entry: ManifestEntryToWrite, options: ManifestWriteOptions): void {
  const { file, status } = entry;
  const isData = file.content === 'data';
  if (isData !== (options.content === 'data'))
    refuse(entry, `is of content ${file.content}, the manifest of ${options.content}`);
  if (file.specId !== options.spec.specId)
    refuse(entry, `is of spec ${file.specId}, the manifest of ${options.spec.specId}`);
  if (file.partition.length !== options.spec.fields.length) {
    refuse(entry, `has ${file.partition.length} partition values, the spec has ${options.spec.fields.length} fields`);
  }
  if (status !== 'existing' && entry.snapshotId !== options.snapshotId) {
    refuse(entry, `is ${status} by snapshot ${entry.snapshotId}, the manifest is for snapshot ${options.snapshotId}`);
  }
  const numbered = entry.sequenceNumber !== undefined && entry.fileSequenceNumber !== undefined;
  if (status !== 'added' && !numbered) refuse(entry, `is ${status} and lacks a sequence number of its own`);
}

function refuse(entry: ManifestEntryToWrite, why: string): never {
  throw new InvalidArgumentError(
    `The entry of ${entry.file.path} ${why}. No manifest was made. ` +
      'Write one manifest per spec and content, keep the numbers of files that are not new, and mark deletions with the snapshot that deletes.',
  );
}
