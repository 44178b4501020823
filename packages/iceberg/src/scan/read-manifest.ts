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
  const cache = manifestCacheOf(io);
  const key = cacheKey(manifest, projection);
  const known = cache.get(cacheKey(manifest, 'all')) ?? cache.get(key);
  if (known !== undefined) return known;
  const entries = decodeManifest(await io.read(manifest.path), manifest, {
    specs: metadata.partitionSpecs,
    schemas: metadata.schemas,
    projection,
    table: metadata.location,
  });
  cache.set(key, entries);
  return entries;
}

/** With what entries inherit from the row, so that a row of another table which lists the same file is not answered from here. */
function cacheKey(manifest: ManifestFile, projection: ManifestProjection): string {
  const { path, specId, sequenceNumber, addedSnapshotId } = manifest;
  return `${projection} ${specId} ${sequenceNumber} ${addedSnapshotId} ${path}`;
}

/** Whether a manifest may hold files that are part of the table; counts that are not there mean "some". */
export const mayHoldLiveFiles = (manifest: ManifestFile): boolean =>
  manifest.addedFilesCount !== 0 || manifest.existingFilesCount !== 0;
