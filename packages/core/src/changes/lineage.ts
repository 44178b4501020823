import { type Snapshot, type SnapshotId, snapshotById, type TableMetadata } from '@psyberg/iceberg';

/**
 * Snapshots after `fromExclusive` up to `toInclusive`, oldest first, or undefined when the chain of parents does not lead there.
 * `fromExclusive` itself may be expired, as long as its child still names it.
 */
export function lineage(
  metadata: TableMetadata,
  fromExclusive: SnapshotId,
  toInclusive: SnapshotId,
): readonly Snapshot[] | undefined {
  const result: Snapshot[] = [];
  let id: SnapshotId | undefined = toInclusive;
  while (id !== undefined && id !== fromExclusive) {
    const snapshot: Snapshot | undefined = snapshotById(metadata, id);
    if (snapshot === undefined) return undefined;
    result.push(snapshot);
    id = snapshot.parentSnapshotId;
  }
  return id === fromExclusive ? result.reverse() : undefined;
}
