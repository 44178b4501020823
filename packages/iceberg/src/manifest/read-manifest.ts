import { namingFile, openAvroFile, readBlocks } from '../avro/avro-file.ts';
import { compileDecoder } from '../avro/decoder.ts';
import { type RecordShape, skipUnwanted } from '../avro/shape.ts';
import { InvalidMetadataError } from '../errors.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { Schema } from '../spec/types.ts';
import { entryBuilder } from './entry-builder.ts';
import type { ManifestEntry } from './manifest-entry.ts';
import type { ManifestFile } from './manifest-file.ts';
import { DATA_FILE_POSITION, manifestEntryShape, partitionShapeToRead } from './manifest-shape.ts';

/**
 * How much of each entry is decoded. `planning`: content, path, format, partition, record count, size and sort order.
 * `metrics` adds value, null and NaN counts and the bounds. `all` is everything; a manifest that is to be rewritten needs it.
 */
export type ManifestProjection = 'planning' | 'metrics' | 'all';

export interface ManifestReadContext {
  /** All specs of the table; the manifest's own is the one its manifest list row names. */
  readonly specs: readonly PartitionSpec[];
  /** All schemas of the table: a column that a partition is made from may have left the current one. */
  readonly schemas: readonly Schema[];
  /** `all` when absent. */
  readonly projection?: ManifestProjection;
  /** Field ids of the only columns whose counts and bounds are decoded; of all when absent. */
  readonly columns?: ReadonlySet<number>;
  /** Named in messages. */
  readonly table?: string;
}

/** What a manifest says of itself in its header, for v1 snapshots that name manifests without a manifest list. */
export interface ManifestHeader {
  readonly specId: number;
  readonly content: 'data' | 'deletes';
  readonly formatVersion: number;
}

const PLANNING: readonly number[] = [134, 100, 101, 102, 103, 104, 140];
const METRICS: readonly number[] = [...PLANNING, 109, 110, 137, 125, 128];

const WANTED: Readonly<Record<ManifestProjection, ReadonlySet<number> | undefined>> = {
  planning: new Set(PLANNING),
  metrics: new Set(METRICS),
  all: undefined,
};

/**
 * All entries of a manifest in file order, deleted ones included, with snapshot id and sequence numbers inherited where the
 * file leaves them open. Reads format v1 and v2. Bounds are slices of the decoded block.
 *
 * @throws {InvalidAvroError} a broken file, or an entry without the sequence number it must have
 * @throws {InvalidMetadataError} the table has no spec of the manifest's id
 * @throws {UnsupportedFeatureError} a codec that is not read here
 * @see Iceberg spec, "Manifests", "Sequence Number Inheritance"
 */
export function decodeManifest(
  bytes: Uint8Array,
  manifest: ManifestFile,
  context: ManifestReadContext,
): ManifestEntry[] {
  const entries: ManifestEntry[] = [];
  for (const block of decodeManifestBlocks(bytes, manifest, context)) for (const entry of block) entries.push(entry);
  return entries;
}

/** As {@link decodeManifest}, one Avro block at a time: memory stays at one block of entries. */
export function* decodeManifestBlocks(
  bytes: Uint8Array,
  manifest: ManifestFile,
  context: ManifestReadContext,
): Generator<ManifestEntry[], void> {
  const file = openAvroFile(bytes, manifest.path);
  const shape = project(manifestEntryShape(partitionShapeToRead(specOf(manifest, context), context.schemas)), context);
  const decode = namingFile(manifest.path, () => compileDecoder(file.writerSchema, shape));
  const build = entryBuilder(manifest);
  yield* readBlocks(file, (cursor) => build(decode(cursor) as readonly unknown[]));
}

/**
 * Reads a manifest's header alone. A header without ids, as v1 allows, is of spec 0 and format 1.
 *
 * @throws {InvalidAvroError} names the file
 */
export function readManifestHeader(bytes: Uint8Array, path: string): ManifestHeader {
  const { metadata } = openAvroFile(bytes, path);
  return {
    specId: Number(metadata.get('partition-spec-id') ?? 0),
    content: metadata.get('content') === 'deletes' ? 'deletes' : 'data',
    formatVersion: Number(metadata.get('format-version') ?? 1),
  };
}

function project(shape: RecordShape, context: ManifestReadContext): RecordShape {
  const wanted = WANTED[context.projection ?? 'all'];
  const { columns } = context;
  if (wanted === undefined && columns === undefined) return shape;
  const fields = shape.fields.map((field, position) => {
    if (position !== DATA_FILE_POSITION) return field;
    const file = wanted === undefined ? field.shape : skipUnwanted(field.shape as RecordShape, wanted);
    return { ...field, shape: columns === undefined ? file : ofColumns(file as RecordShape, columns) };
  });
  return { ...shape, fields };
}

/** Every map of a data file is keyed by field id. */
function ofColumns(file: RecordShape, columns: ReadonlySet<number>): RecordShape {
  return {
    ...file,
    fields: file.fields.map((field) =>
      field.shape.kind === 'map' ? { ...field, shape: { ...field.shape, keys: columns } } : field,
    ),
  };
}

function specOf(manifest: ManifestFile, context: ManifestReadContext): PartitionSpec {
  const spec = context.specs.find((candidate) => candidate.specId === manifest.specId);
  if (spec !== undefined) return spec;
  const ids = context.specs.map((candidate) => candidate.specId).join(', ') || 'none';
  throw new InvalidMetadataError(
    `Manifest ${manifest.path}${context.table === undefined ? '' : ` of ${context.table}`} is of partition spec ` +
      `${manifest.specId}, but the table has only these: ${ids}. The manifest was not read. ` +
      'Read the table with its own metadata, or repair the metadata with the missing spec.',
  );
}
