import { locationKey } from '../io/local-path.ts';
import { mapConcurrently } from '../scan/map-concurrently.ts';
import { readManifest } from '../scan/read-manifest.ts';
import { MANIFEST_READ_CONCURRENCY, readManifestList } from '../scan/read-manifest-list.ts';
import type { SnapshotId } from '../spec/ids.ts';
import type { Table } from '../table.ts';
import { statisticsOf } from './expired-files.ts';

/**
 * Everything that a table's metadata leads to, as {@link locationKey} spells it: its metadata files as far back as the log goes,
 * statistics, and of each snapshot, staged ones included, manifest list, manifests and live files. A file that a manifest has as
 * deleted is reached only by snapshots in which it is still live.
 *
 * Reads all manifest lists and each manifest once; time and memory grow with the table.
 *
 * @param except snapshots that count as not listed
 * @throws {FileNotFoundError} a file of a snapshot is missing; what it leads to cannot be told
 */
export async function reachableFiles(
  { io, metadata, metadataLocation }: Table,
  except: ReadonlySet<SnapshotId> = new Set(),
): Promise<ReadonlySet<string>> {
  const locations = [
    metadataLocation,
    ...metadata.metadataLog.map(({ metadataFile }) => metadataFile),
    ...statisticsOf(metadata),
  ];
  const reached = new Set(locations.map(locationKey));
  const snapshots = metadata.snapshots.filter(({ snapshotId }) => !except.has(snapshotId));
  const lists = await mapConcurrently(snapshots, MANIFEST_READ_CONCURRENCY, async (snapshot) => {
    if (snapshot.manifestList !== undefined) reached.add(locationKey(snapshot.manifestList));
    return readManifestList(io, metadata, snapshot);
  });
  const manifests = new Map(lists.flat().map((manifest) => [locationKey(manifest.path), manifest]));
  await mapConcurrently([...manifests], MANIFEST_READ_CONCURRENCY, async ([key, manifest]) => {
    reached.add(key);
    const entries = await readManifest(io, metadata, manifest, { projection: 'planning' });
    for (const { status, file } of entries) if (status !== 'deleted') reached.add(locationKey(file.path));
  });
  return reached;
}
