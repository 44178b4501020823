import type { FileIO } from '../io/file-io.ts';
import type { ManifestEntry } from '../manifest/manifest-entry.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import { decodeManifest, type ManifestProjection } from '../manifest/read-manifest.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { manifestCacheOf } from './manifest-cache.ts';

export interface ReadManifestOptions {
  /** How much of each entry is decoded; `all` when absent, which files that are to be written again need. */
  readonly projection?: ManifestProjection;
}

/**
 * All entries of a manifest, deleted ones included, with inherited numbers filled in. Reads the one file, or nothing when
 * the same manifest was read through the same `io` before.
 *
 * @throws {FileNotFoundError} the snapshot was expired and its files removed
 */
export async function readManifest(
  io: FileIO,
  metadata: TableMetadata,
  manifest: ManifestFile,
  options: ReadManifestOptions = {},
): Promise<readonly ManifestEntry[]> {
  const projection = options.projection ?? 'all';
  const known = cachedManifest(io, manifest, projection);
  if (known !== undefined) return known;
  const entries = decodeManifest(await io.read(manifest.path), manifest, {
    specs: metadata.partitionSpecs,
    schemas: metadata.schemas,
    projection,
    table: metadata.location,
  });
  keepManifest(io, manifest, entries, projection);
  return entries;
}

/** What was read before with at least this much of each entry. */
export function cachedManifest(
  io: FileIO,
  manifest: ManifestFile,
  projection: ManifestProjection = 'all',
): readonly ManifestEntry[] | undefined {
  const cache = manifestCacheOf(io);
  const key = manifestKey(manifest);
  return cache.get(`all ${key}`) ?? (projection === 'all' ? undefined : cache.get(`${projection} ${key}`));
}

/** Remembers what was read, within the bounds of the cache. */
export function keepManifest(
  io: FileIO,
  manifest: ManifestFile,
  entries: readonly ManifestEntry[],
  projection: ManifestProjection = 'all',
): void {
  manifestCacheOf(io).set(`${projection} ${manifestKey(manifest)}`, entries);
}

/** With what entries inherit from the row, so that a row of another table which lists the same file is not taken for this one. */
export function manifestKey({ path, specId, sequenceNumber, addedSnapshotId }: ManifestFile): string {
  return `${specId} ${sequenceNumber} ${addedSnapshotId} ${path}`;
}

/** Whether a manifest may hold files that are part of the table; counts that are not there mean "some". */
export const mayHoldLiveFiles = (manifest: ManifestFile): boolean =>
  manifest.addedFilesCount !== 0 || manifest.existingFilesCount !== 0;
