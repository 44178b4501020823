import { InvalidMetadataError, NoSuchRefError, NoSuchSnapshotError, SnapshotNotAncestorError } from '../errors.ts';
import type { SnapshotId } from '../spec/ids.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { Schema } from '../spec/types.ts';
import type { Snapshot, TableMetadata } from './table-metadata.ts';

interface HistoryIndex {
  readonly snapshots: ReadonlyMap<SnapshotId, Snapshot>;
  readonly landedMs: ReadonlyMap<SnapshotId, number>;
}

/** Metadata never changes, so what is derived from it can be kept as long as it lives. */
const indexes = new WeakMap<TableMetadata, HistoryIndex>();

/** The snapshot with this id, staged ones included. */
export function snapshotById(metadata: TableMetadata, id: SnapshotId): Snapshot | undefined {
  return indexOf(metadata).snapshots.get(id);
}

/** As {@link snapshotById}, for an id that must be there. @throws {NoSuchSnapshotError} */
export function requireSnapshot(metadata: TableMetadata, id: SnapshotId): Snapshot {
  const snapshot = snapshotById(metadata, id);
  if (snapshot !== undefined) return snapshot;
  throw new NoSuchSnapshotError(
    `Snapshot ${id} is not in the metadata of ${metadata.location}. The table lists ${metadata.snapshots.length} snapshots; ` +
      'it was expired, or belongs to another table. List the snapshots and choose one of them.',
  );
}

/**
 * The newest snapshot of a branch (or the snapshot of a tag); undefined when `branch` is `main` and the table is empty.
 *
 * @throws {NoSuchRefError} no ref of that name, `main` excepted
 */
export function headOf(metadata: TableMetadata, branch = 'main'): Snapshot | undefined {
  const ref = Object.hasOwn(metadata.refs, branch) ? metadata.refs[branch] : undefined;
  if (ref !== undefined) return requireSnapshot(metadata, ref.snapshotId);
  // Before its first published snapshot a table has no branch at all, whatever its first one will be called.
  if (branch === 'main' || Object.keys(metadata.refs).length === 0) return undefined;
  throw new NoSuchRefError(
    `Table ${metadata.location} has no branch or tag "${branch}". It has ${Object.keys(metadata.refs).join(', ') || 'none'}. ` +
      'Check the name, or create the branch first.',
  );
}

/**
 * A snapshot and its ancestors, newest first. Ends at the first snapshot of the table, or where a parent was expired
 * (the last one then has a `parentSnapshotId` that is not listed).
 *
 * @throws {NoSuchSnapshotError} `snapshotId` itself is not listed
 */
export function* ancestorsOf(metadata: TableMetadata, snapshotId: SnapshotId): Generator<Snapshot, void, undefined> {
  let snapshot: Snapshot | undefined = requireSnapshot(metadata, snapshotId);
  for (let seen = 0; snapshot !== undefined; seen++) {
    if (seen === metadata.snapshots.length) throw parentCycle(metadata, snapshotId);
    yield snapshot;
    snapshot = snapshot.parentSnapshotId === undefined ? undefined : snapshotById(metadata, snapshot.parentSnapshotId);
  }
}

/** Whether `ancestorId` is `descendantId` or behind it, as far as the history is listed. @throws {NoSuchSnapshotError} */
export function isAncestorOf(metadata: TableMetadata, ancestorId: SnapshotId, descendantId: SnapshotId): boolean {
  for (const snapshot of ancestorsOf(metadata, descendantId)) {
    if (snapshot.snapshotId === ancestorId) return true;
  }
  return false;
}

/**
 * The snapshots that lead from one snapshot to another, oldest first; empty when they are the same.
 *
 * `fromExclusive` may itself be expired as long as its child is listed. Absent: from the oldest listed ancestor on, which
 * is the table's first snapshot only if nothing was expired.
 *
 * @throws {SnapshotNotAncestorError} `fromExclusive` is not behind `toInclusive`: rolled back, on another branch, or expired
 * @throws {NoSuchSnapshotError} `toInclusive` is not listed
 */
export function snapshotsBetween(
  metadata: TableMetadata,
  fromExclusive: SnapshotId | undefined,
  toInclusive: SnapshotId,
): Snapshot[] {
  const snapshots: Snapshot[] = [];
  let oldest: Snapshot | undefined;
  for (const snapshot of ancestorsOf(metadata, toInclusive)) {
    if (snapshot.snapshotId === fromExclusive) return snapshots.reverse();
    snapshots.push(snapshot);
    oldest = snapshot;
  }
  if (fromExclusive === undefined || oldest?.parentSnapshotId === fromExclusive) return snapshots.reverse();
  throw notAncestor(metadata, fromExclusive, toInclusive, oldest);
}

/** @throws {InvalidMetadataError} no such schema */
export function schemaById(metadata: TableMetadata, schemaId: number): Schema {
  const schema = metadata.schemas.find((candidate) => candidate.schemaId === schemaId);
  if (schema !== undefined) return schema;
  throw missing(
    metadata,
    `schema ${schemaId}`,
    metadata.schemas.map((candidate) => candidate.schemaId),
  );
}

export const currentSchema = (metadata: TableMetadata): Schema => schemaById(metadata, metadata.currentSchemaId);

/** @throws {InvalidMetadataError} no such partition spec */
export function specById(metadata: TableMetadata, specId: number): PartitionSpec {
  const spec = metadata.partitionSpecs.find((candidate) => candidate.specId === specId);
  if (spec !== undefined) return spec;
  throw missing(
    metadata,
    `partition spec ${specId}`,
    metadata.partitionSpecs.map((candidate) => candidate.specId),
  );
}

export const defaultSpec = (metadata: TableMetadata): PartitionSpec => specById(metadata, metadata.defaultSpecId);

/**
 * When readers of `main` could first see a snapshot: its first entry in the snapshot-log, else its own `timestampMs`
 * (never on main, or the log was cut). A staged snapshot that was fast-forwarded landed when it was published.
 */
export function landingTimeMs(metadata: TableMetadata, snapshot: Snapshot): number {
  return indexOf(metadata).landedMs.get(snapshot.snapshotId) ?? snapshot.timestampMs;
}

function indexOf(metadata: TableMetadata): HistoryIndex {
  const known = indexes.get(metadata);
  if (known !== undefined) return known;
  const snapshots = new Map(metadata.snapshots.map((snapshot) => [snapshot.snapshotId, snapshot]));
  const landedMs = new Map<SnapshotId, number>();
  for (const entry of metadata.snapshotLog) {
    if (!landedMs.has(entry.snapshotId)) landedMs.set(entry.snapshotId, entry.timestampMs);
  }
  const index = { snapshots, landedMs };
  indexes.set(metadata, index);
  return index;
}

function notAncestor(
  metadata: TableMetadata,
  from: SnapshotId,
  to: SnapshotId,
  oldest: Snapshot | undefined,
): SnapshotNotAncestorError {
  const state =
    snapshotById(metadata, from) !== undefined
      ? 'It is still listed, so the branch was rolled back or replaced'
      : oldest?.parentSnapshotId !== undefined
        ? `The listed history ends at snapshot ${oldest.snapshotId}, whose parent was expired`
        : 'It is not listed any more';
  return new SnapshotNotAncestorError(
    `Snapshot ${from} is not an ancestor of snapshot ${to} of table ${metadata.location}. ${state}. ` +
      'Changes between the two cannot be told from the metadata; start again from a snapshot that is in the history.',
  );
}

function parentCycle(metadata: TableMetadata, snapshotId: SnapshotId): InvalidMetadataError {
  return new InvalidMetadataError(
    `The parents of snapshot ${snapshotId} of table ${metadata.location} form a circle. The history cannot be walked. ` +
      'The metadata was damaged by its writer; restore an older metadata file.',
  );
}

function missing(metadata: TableMetadata, what: string, ids: readonly number[]): InvalidMetadataError {
  return new InvalidMetadataError(
    `Table ${metadata.location} has no ${what}. It has ${ids.join(', ') || 'none'}. ` +
      'The id comes from other metadata, or this metadata was damaged by its writer.',
  );
}
