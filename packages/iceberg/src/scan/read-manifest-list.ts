import { InvalidMetadataError } from '../errors.ts';
import type { FileIO } from '../io/file-io.ts';
import { countEntries } from '../manifest/entry-counts.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import { decodeManifest, readManifestHeader } from '../manifest/read-manifest.ts';
import { decodeManifestList } from '../manifest/read-manifest-list.ts';
import type { Snapshot, TableMetadata } from '../metadata/table-metadata.ts';
import { toSequenceNumber } from '../spec/ids.ts';
import { mapConcurrently } from './map-concurrently.ts';

/** Manifests read at once. Enough to hide the latency of object storage, few enough to keep memory small. */
export const MANIFEST_READ_CONCURRENCY = 8;

/**
 * The manifests of a snapshot, in the order of its manifest list. Reads that one file.
 *
 * An old v1 snapshot that names its manifests in the metadata has them all opened instead. What those do not say is filled in:
 * sequence number 0, counts by counting, and the snapshot itself as the one that added them, so that a reader who asks what
 * it changed opens them and judges by their entries.
 *
 * @throws {InvalidMetadataError} the snapshot names neither a manifest list nor manifests
 * @throws {FileNotFoundError} the snapshot was expired and its files removed
 * @see Iceberg spec, "Manifest Lists", "Snapshots"
 */
export async function readManifestList(
  io: FileIO,
  metadata: TableMetadata,
  snapshot: Snapshot,
): Promise<readonly ManifestFile[]> {
  if (snapshot.manifestList !== undefined) {
    return decodeManifestList(await io.read(snapshot.manifestList), snapshot.manifestList);
  }
  if (snapshot.manifests === undefined) throw withoutManifests(metadata, snapshot);
  return mapConcurrently(snapshot.manifests, MANIFEST_READ_CONCURRENCY, (path) =>
    readInlineManifest(io, metadata, snapshot, path),
  );
}

async function readInlineManifest(
  io: FileIO,
  metadata: TableMetadata,
  snapshot: Snapshot,
  path: string,
): Promise<ManifestFile> {
  const bytes = await io.read(path);
  const { specId, content } = readManifestHeader(bytes, path);
  const row: ManifestFile = {
    path,
    lengthBytes: bytes.length,
    specId,
    content,
    sequenceNumber: toSequenceNumber(0n),
    minSequenceNumber: toSequenceNumber(0n),
    addedSnapshotId: snapshot.snapshotId,
  };
  const context = { specs: metadata.partitionSpecs, schemas: metadata.schemas, projection: 'planning' } as const;
  return { ...row, ...countEntries(decodeManifest(bytes, row, context)) };
}

function withoutManifests(metadata: TableMetadata, snapshot: Snapshot): InvalidMetadataError {
  return new InvalidMetadataError(
    `Snapshot ${snapshot.snapshotId} of ${metadata.location} names neither a manifest list nor manifests. Its files cannot be told. ` +
      'The metadata was damaged by its writer; restore an older metadata file or choose another snapshot.',
  );
}
