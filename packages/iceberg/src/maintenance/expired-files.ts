import { locationKey } from '../io/local-path.ts';
import type { DataFile } from '../manifest/data-file.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import type { Snapshot, TableMetadata } from '../metadata/table-metadata.ts';
import { mapConcurrently } from '../scan/map-concurrently.ts';
import { mayHoldLiveFiles, readManifest } from '../scan/read-manifest.ts';
import { MANIFEST_READ_CONCURRENCY, readManifestList } from '../scan/read-manifest-list.ts';
import type { Table } from '../table.ts';
import { partitionSieve } from './partition-sieve.ts';

export interface TableFile {
  readonly kind: 'data' | 'deletes' | 'manifest' | 'manifest-list' | 'statistics';
  readonly location: string;
}

/** A file that could not be read or deleted. */
export interface FailedFile {
  readonly location: string;
  readonly reason: string;
}

export interface ExpiredFiles {
  readonly files: readonly TableFile[];
  /** Files of expired snapshots that could not be read, so that what only they lead to stays. */
  readonly failed: readonly FailedFile[];
}

/**
 * Files that lead or belong to some snapshots and to no other that is listed; nothing is changed.
 *
 * Reads all manifest lists, the manifests that only the expired snapshots list, and of the others those whose partitions may hold
 * a file of these: after appends alone no manifest at all. A file counts as needed wherever it is listed as live, by whichever
 * snapshot it was added, staged ones and what was picked from them included, and however its location is spelled.
 *
 * @param table before or after the expiry
 * @throws {FileNotFoundError} a file of a snapshot that stays
 */
export async function expiredFiles(
  table: Table,
  expired: readonly Snapshot[],
  kept: readonly Snapshot[],
): Promise<ExpiredFiles> {
  const needed = await manifestsOf(table, kept);
  const failed: FailedFile[] = [];
  const note = (location: string) => (error: unknown) => {
    failed.push({ location, reason: reasonOf(error) });
    return [];
  };
  const listed = await mapConcurrently(expired, MANIFEST_READ_CONCURRENCY, (snapshot) =>
    readManifestList(table.io, table.metadata, snapshot).catch(
      note(snapshot.manifestList ?? String(snapshot.snapshotId)),
    ),
  );
  const unneeded = [...byLocation(listed.flat())].filter(([key]) => !needed.has(key)).map(([, manifest]) => manifest);
  const live = await mapConcurrently(unneeded, MANIFEST_READ_CONCURRENCY, (manifest) =>
    liveFiles(table, manifest).catch(note(manifest.path)),
  );
  const candidates = new Map(live.flat().map((file) => [locationKey(file.path), file]));
  await sparesNeeded(table, candidates, [...needed.values()]);
  const lists = new Set(
    kept.flatMap(({ manifestList }) => (manifestList === undefined ? [] : [locationKey(manifestList)])),
  );
  return {
    files: [
      ...[...candidates.values()].map(({ content, path }) => fileOf(content === 'data' ? 'data' : 'deletes', path)),
      ...unneeded.map(({ path }) => fileOf('manifest', path)),
      ...expired.flatMap(({ manifestList: list }) =>
        list === undefined || lists.has(locationKey(list)) ? [] : [fileOf('manifest-list', list)],
      ),
    ],
    failed,
  };
}

/** Files of statistics that the metadata named before and names no more. */
export function droppedStatistics(before: TableMetadata, after: TableMetadata): TableFile[] {
  const needed = new Set(statisticsOf(after).map(locationKey));
  const dropped = statisticsOf(before).filter((location) => !needed.has(locationKey(location)));
  return dropped.map((location) => fileOf('statistics', location));
}

/** Locations of all files of statistics, of tables and of partitions. */
export function statisticsOf({ unknown }: TableMetadata): string[] {
  return ['statistics', 'partition-statistics'].flatMap((member) => {
    const entries = unknown?.[member];
    if (!Array.isArray(entries)) return [];
    return entries.flatMap((entry: Readonly<Record<string, unknown>> | null) => {
      const location = entry?.['statistics-path'];
      return typeof location === 'string' ? [location] : [];
    });
  });
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const fileOf = (kind: TableFile['kind'], location: string): TableFile => ({ kind, location });

async function manifestsOf(table: Table, snapshots: readonly Snapshot[]): Promise<Map<string, ManifestFile>> {
  const lists = await mapConcurrently(snapshots, MANIFEST_READ_CONCURRENCY, (snapshot) =>
    readManifestList(table.io, table.metadata, snapshot),
  );
  return byLocation(lists.flat());
}

const byLocation = (manifests: readonly ManifestFile[]): Map<string, ManifestFile> =>
  new Map(manifests.map((manifest) => [locationKey(manifest.path), manifest]));

/** Takes off what a manifest that stays has as live. */
async function sparesNeeded(
  table: Table,
  candidates: Map<string, DataFile>,
  needed: readonly ManifestFile[],
): Promise<void> {
  if (candidates.size === 0) return;
  const mayList = partitionSieve(table.metadata, candidates.values());
  const suspects = needed.filter((manifest) => mayHoldLiveFiles(manifest) && mayList(manifest));
  await mapConcurrently(suspects, MANIFEST_READ_CONCURRENCY, async (manifest) => {
    for (const { path } of await liveFiles(table, manifest)) candidates.delete(locationKey(path));
  });
}

async function liveFiles(table: Table, manifest: ManifestFile): Promise<DataFile[]> {
  const entries = await readManifest(table.io, table.metadata, manifest, { projection: 'planning' });
  return entries.filter(({ status }) => status !== 'deleted').map(({ file }) => file);
}
