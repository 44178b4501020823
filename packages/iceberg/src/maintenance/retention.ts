import { ancestorsOf, snapshotById } from '../metadata/history.ts';
import type { Snapshot, SnapshotRef, TableMetadata } from '../metadata/table-metadata.ts';
import type { SnapshotId } from '../spec/ids.ts';

const DEFAULT_MAX_SNAPSHOT_AGE_MS = 5 * 24 * 60 * 60 * 1000;

export interface RetentionOptions {
  readonly nowMs: number;
  /** Snapshots from before this instant may go. Default: `history.expire.max-snapshot-age-ms` before now, else five days. */
  readonly expireBeforeMs?: number;
  /** How many of each branch stay, however old. Default: `history.expire.min-snapshots-to-keep`, else 1. */
  readonly minSnapshotsToKeep?: number;
  /** Snapshots that stay whatever their age. */
  readonly keep?: (snapshot: Snapshot) => boolean;
}

/** What expiry takes off a table's metadata. */
export interface Expiry {
  readonly snapshots: readonly Snapshot[];
  /** Names of branches and tags that are older than they may become. */
  readonly refs: readonly string[];
}

/**
 * What is due by the table's and its refs' own settings of retention; pure. A branch keeps its newest snapshots until one is both
 * beyond `min-snapshots-to-keep` and too old; a tag keeps its snapshot; main is never dropped. What is on no branch or tag,
 * staged snapshots and rolled back ones, stays until it is too old, whatever its number. Ages go by the writers' clocks.
 *
 * @see Iceberg spec, "Snapshot References"
 */
export function dueExpiry(metadata: TableMetadata, options: RetentionOptions): Expiry {
  const { nowMs, keep = () => false } = options;
  const { properties } = metadata;
  const maxAgeMs = numberOf(properties['history.expire.max-snapshot-age-ms']) ?? DEFAULT_MAX_SNAPSHOT_AGE_MS;
  const policy: Policy = {
    nowMs,
    expireBeforeMs: options.expireBeforeMs ?? nowMs - maxAgeMs,
    minSnapshotsToKeep: options.minSnapshotsToKeep ?? numberOf(properties['history.expire.min-snapshots-to-keep']) ?? 1,
    maxRefAgeMs: numberOf(properties['history.expire.max-ref-age-ms']),
  };
  const refs = Object.entries(metadata.refs).filter(([name, ref]) => isTooOld(metadata, name, ref, policy));
  const dropped = new Set(refs.map(([name]) => name));
  const retained = Object.entries(metadata.refs).flatMap(([name, ref]) => (dropped.has(name) ? [] : [ref]));
  const kept = new Set([
    ...retained.flatMap((ref) => keptBy(metadata, ref, policy)),
    ...young(metadata, retained, policy),
  ]);
  const snapshots = metadata.snapshots.filter((snapshot) => !kept.has(snapshot.snapshotId) && !keep(snapshot));
  return { snapshots, refs: [...dropped] };
}

interface Policy {
  readonly nowMs: number;
  readonly expireBeforeMs: number;
  readonly minSnapshotsToKeep: number;
  readonly maxRefAgeMs: number | undefined;
}

function isTooOld(metadata: TableMetadata, name: string, ref: SnapshotRef, { nowMs, maxRefAgeMs }: Policy): boolean {
  const maxAgeMs = ref.maxRefAgeMs ?? maxRefAgeMs;
  const snapshot = snapshotById(metadata, ref.snapshotId);
  if (name === 'main' || maxAgeMs === undefined || snapshot === undefined) return false;
  return nowMs - snapshot.timestampMs > maxAgeMs;
}

function keptBy(metadata: TableMetadata, ref: SnapshotRef, policy: Policy): SnapshotId[] {
  if (ref.type === 'tag') return [ref.snapshotId];
  const { minSnapshotsToKeep = policy.minSnapshotsToKeep, maxSnapshotAgeMs } = ref;
  const expireBeforeMs = maxSnapshotAgeMs === undefined ? policy.expireBeforeMs : policy.nowMs - maxSnapshotAgeMs;
  const kept: SnapshotId[] = [];
  for (const { snapshotId, timestampMs } of ancestorsOf(metadata, ref.snapshotId)) {
    const isHead = kept.length === 0;
    if (!isHead && kept.length >= minSnapshotsToKeep && timestampMs < expireBeforeMs) break;
    kept.push(snapshotId);
  }
  return kept;
}

/** On no branch and behind no branch's head, and not old yet. */
function young(metadata: TableMetadata, refs: readonly SnapshotRef[], { expireBeforeMs }: Policy): SnapshotId[] {
  const referenced = new Set<SnapshotId>();
  for (const { type, snapshotId } of refs) {
    if (type === 'tag') referenced.add(snapshotId);
    else for (const ancestor of ancestorsOf(metadata, snapshotId)) referenced.add(ancestor.snapshotId);
  }
  return metadata.snapshots
    .filter(({ snapshotId, timestampMs }) => !referenced.has(snapshotId) && timestampMs >= expireBeforeMs)
    .map(({ snapshotId }) => snapshotId);
}

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
