import { ancestorsOf, expireOldSnapshots, headOf, isGcEnabled, type SnapshotId, type Table } from '@psyberg/iceberg';

/** Whoever reads an older state has had this long to finish. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** Expiry reads all that is kept, so it waits until it is worth it. */
const WORTHWHILE_SNAPSHOTS = 50;

/**
 * Forgets the states of the table that are older than a day, and deletes the files that only they had.
 *
 * Only ancestors of the current snapshot that no branch or tag points at: what others staged or tagged stays. Files are deleted after
 * the commit that forgets them; a crash in between leaves orphans, never a hole.
 *
 * @throws {CommitConflictError} others committed during every attempt; nothing was changed
 */
export async function expireTable(table: Table, nowMs: number): Promise<void> {
  if (!isGcEnabled(table.metadata)) return;
  const snapshotIds = expiredSnapshots(table, nowMs);
  if (snapshotIds.length >= WORTHWHILE_SNAPSHOTS) await expireOldSnapshots(table, { snapshotIds });
}

/** By the clock of who wrote them, as Java's expiry goes; the current snapshot is never among them. */
function expiredSnapshots({ metadata }: Table, nowMs: number): readonly SnapshotId[] {
  const head = headOf(metadata);
  if (head === undefined) return [];
  const referenced = new Set<SnapshotId>(Object.values(metadata.refs).map(({ snapshotId }) => snapshotId));
  const [, ...ancestors] = ancestorsOf(metadata, head.snapshotId);
  return ancestors
    .filter(({ snapshotId, timestampMs }) => timestampMs < nowMs - KEPT_MS && !referenced.has(snapshotId))
    .map(({ snapshotId }) => snapshotId);
}
