import { ancestorsOf, headOf, type SnapshotId, snapshotById, type TableMetadata } from '@psyberg/iceberg';

const DEFAULT_AGE_MS = 5 * 86_400_000;
const DEFAULT_KEPT = 1;

/**
 * When an expiry that goes by the table's own settings may take a snapshot: in so many milliseconds, none or fewer for "already".
 * Undefined where it is kept: the head and the newest ancestors of a branch, whatever a tag points at, and everything in a table that
 * forbids expiry. Pure.
 *
 * Goes by `history.expire.max-snapshot-age-ms` and `history.expire.min-snapshots-to-keep` or what the branch says instead, as Java does.
 */
export function expiresInMs(metadata: TableMetadata, id: SnapshotId, nowMs: number): number | undefined {
  const snapshot = snapshotById(metadata, id);
  if (snapshot === undefined || metadata.properties['gc.enabled']?.toLowerCase() === 'false') return undefined;
  const tableAge = numberOf(metadata, 'history.expire.max-snapshot-age-ms', DEFAULT_AGE_MS);
  const ages: number[] = [];
  for (const ref of Object.values(metadata.refs)) {
    if (ref.snapshotId === id) return undefined;
    if (ref.type === 'tag') continue;
    const kept = ref.minSnapshotsToKeep ?? numberOf(metadata, 'history.expire.min-snapshots-to-keep', DEFAULT_KEPT);
    const place = placeBelow(metadata, ref.snapshotId, id);
    if (place === undefined) continue;
    if (place < kept) return undefined;
    ages.push(ref.maxSnapshotAgeMs ?? tableAge);
  }
  // What no branch holds, as staged snapshots, goes by the table's age alone.
  return snapshot.timestampMs + (ages.length === 0 ? tableAge : Math.max(...ages)) - nowMs;
}

/** Which property decides, as a person reads it: `history.expire.max-snapshot-age-ms, 5 days by default`. */
export function describeExpiry({ properties }: TableMetadata): string {
  const key = 'history.expire.max-snapshot-age-ms';
  return properties[key] === undefined ? `${key}, 5 days where it is not set` : `${key} = ${properties[key]}`;
}

/** How many snapshots lie between a branch's head and one of its ancestors; 0 for the head itself. */
function placeBelow(metadata: TableMetadata, head: SnapshotId, id: SnapshotId): number | undefined {
  let place = 0;
  for (const { snapshotId } of ancestorsOf(metadata, head)) {
    if (snapshotId === id) return place;
    place += 1;
  }
  return undefined;
}

/** How many snapshots came after `id` on a branch; undefined where it is not in its listed history. */
export const snapshotsBehind = (metadata: TableMetadata, branch: string, id: SnapshotId): number | undefined => {
  const head = headOf(metadata, branch);
  return head && placeBelow(metadata, head.snapshotId, id);
};

function numberOf({ properties }: TableMetadata, key: string, fallback: number): number {
  const value = Number(properties[key] ?? fallback);
  return Number.isFinite(value) ? value : fallback;
}
