import {
  ancestorsOf,
  expireSnapshots,
  headOf,
  type ManifestFile,
  readManifest,
  readManifestList,
  type Snapshot,
  type SnapshotId,
  type Table,
} from '@psyberg/iceberg';

/** Whoever reads an older state has had this long to finish. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** Expiry reads all that is kept, so it waits until it is worth it. */
const WORTHWHILE_SNAPSHOTS = 50;
const DELETE_CONCURRENCY = 16;

/**
 * Forgets the states of the table that are older than a day, and deletes the files that only they had.
 *
 * Only ancestors of the current snapshot that no branch or tag points at: what others staged or tagged stays. Files are deleted after
 * the commit that forgets them; a crash in between leaves orphans, never a hole.
 *
 * @throws {CommitConflictError} others committed during every attempt; nothing was changed
 */
export async function expireTable(table: Table, nowMs: number): Promise<void> {
  if (table.metadata.properties['gc.enabled']?.toLowerCase() === 'false') return;
  const expired = expiredSnapshots(table, nowMs);
  if (expired.length < WORTHWHILE_SNAPSHOTS) return;
  const unreachable = await unreachableFiles(table, expired);
  await expireSnapshots(
    table,
    expired.map(({ snapshotId }) => snapshotId),
  );
  for (let i = 0; i < unreachable.length; i += DELETE_CONCURRENCY) {
    const some = unreachable.slice(i, i + DELETE_CONCURRENCY);
    await Promise.allSettled(some.map((location) => table.io.delete(location)));
  }
}

/** By the clock of who wrote them, as Java's expiry goes; the current snapshot is never among them. */
function expiredSnapshots({ metadata }: Table, nowMs: number): readonly Snapshot[] {
  const head = headOf(metadata);
  if (head === undefined) return [];
  const referenced = new Set<SnapshotId>(Object.values(metadata.refs).map(({ snapshotId }) => snapshotId));
  const [, ...ancestors] = ancestorsOf(metadata, head.snapshotId);
  return ancestors.filter(
    ({ snapshotId, timestampMs }) => timestampMs < nowMs - KEPT_MS && !referenced.has(snapshotId),
  );
}

async function unreachableFiles(table: Table, expired: readonly Snapshot[]): Promise<readonly string[]> {
  const gone = new Set(expired.map(({ snapshotId }) => snapshotId));
  const kept = table.metadata.snapshots.filter(({ snapshotId }) => !gone.has(snapshotId));
  const keptManifests = await manifestsOf(table, kept);
  const onlyExpired = [...(await manifestsOf(table, expired))].filter(([path]) => !keptManifests.has(path));
  const keptFiles = new Set(await liveFilesOf(table, [...keptManifests.values()]));
  const files = new Set(
    await liveFilesOf(
      table,
      onlyExpired.map(([, manifest]) => manifest),
    ),
  );
  const lists = expired.flatMap(({ manifestList }) => manifestList ?? []);
  return [...[...files].filter((path) => !keptFiles.has(path)), ...onlyExpired.map(([path]) => path), ...lists];
}

async function manifestsOf(table: Table, snapshots: readonly Snapshot[]): Promise<ReadonlyMap<string, ManifestFile>> {
  const manifests = new Map<string, ManifestFile>();
  for (const snapshot of snapshots) {
    for (const manifest of await readManifestList(table.io, table.metadata, snapshot))
      manifests.set(manifest.path, manifest);
  }
  return manifests;
}

/** Files that the manifests have as live; what one says is deleted was live in an older one. */
async function liveFilesOf(table: Table, manifests: readonly ManifestFile[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const manifest of manifests) {
    for (const { status, file } of await readManifest(table.io, table.metadata, manifest)) {
      if (status !== 'deleted') paths.push(file.path);
    }
  }
  return paths;
}
