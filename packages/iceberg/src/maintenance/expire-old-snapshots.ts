import type { CommitLoopOptions } from '../commit/commit-loop.ts';
import { commitMetadata } from '../commit/commit-metadata.ts';
import { applyUpdates } from '../metadata/apply-updates.ts';
import { snapshotById } from '../metadata/history.ts';
import type { Snapshot, TableMetadata } from '../metadata/table-metadata.ts';
import type { SnapshotId } from '../spec/ids.ts';
import { refreshTable, type Table } from '../table.ts';
import { deleteAll } from './delete-all.ts';
import { refuseReferenced, refuseWithoutGc } from './expire-snapshots.ts';
import {
  droppedStatistics,
  type ExpiredFiles,
  expiredFiles,
  type FailedFile,
  reasonOf,
  type TableFile,
} from './expired-files.ts';
import { dueExpiry, type Expiry, type RetentionOptions } from './retention.ts';

export interface ExpireOptions extends CommitLoopOptions, Omit<RetentionOptions, 'nowMs'> {
  /** Just these, and nothing by age; ids that are not listed are passed over. */
  readonly snapshotIds?: readonly SnapshotId[];
  /** Only say what would go. Default false. */
  readonly dryRun?: boolean;
  /** Milliseconds since the epoch, for ages. Default `Date.now`. */
  readonly clock?: () => number;
}

export interface ExpiryReport extends Expiry {
  /** The table after the expiry; as it is now when nothing was due. */
  readonly table: Table;
  /** What was deleted; with `dryRun` what would be. */
  readonly files: readonly TableFile[];
  /** What could not be read or deleted. Such files are orphans now; nothing needs them. */
  readonly failed: readonly FailedFile[];
}

/**
 * Takes snapshots that are due off the table's list, with branches and tags that are too old, and deletes the files that only
 * these led to: data files, manifests, manifest lists, statistics. See {@link dueExpiry} for what is due and
 * {@link expiredFiles} for what is read.
 *
 * The metadata first, then the files: whoever dies in between leaves orphans, never a hole. Once the metadata is committed nothing
 * is thrown any more; should a file of a snapshot that stays be unreadable, no file is deleted and `failed` names it.
 *
 * @throws {ValidationError} the table forbids it (`gc.enabled` = `false`), or a ref points to one of `snapshotIds`
 * @throws as {@link commitMetadata}; no file was deleted then
 */
export async function expireOldSnapshots(table: Table, options: ExpireOptions = {}): Promise<ExpiryReport> {
  const { dryRun = false, clock = Date.now } = options;
  let base = dryRun ? await refreshTable(table) : table;
  let due: Expiry = { snapshots: [], refs: [] };
  const decide = async (now: Table) => {
    refuseWithoutGc(now);
    base = now;
    due = dueOf(now, options, clock());
    return updatesFor(due);
  };
  if (dryRun) await decide(base);
  const after = dryRun ? base : await commitMetadata(table, decide, options);
  if (due.snapshots.length + due.refs.length === 0) return { ...due, table: after, files: [], failed: [] };
  const { files, failed } = await filesOf(after, base.metadata, due.snapshots);
  if (dryRun) return { ...due, table: after, files, failed };
  const done = await deleteAll(after.io, files);
  return { ...due, table: after, files: done.deleted, failed: [...failed, ...done.failed] };
}

function dueOf(table: Table, options: ExpireOptions, nowMs: number): Expiry {
  const { snapshotIds, keep = () => false } = options;
  if (snapshotIds === undefined) return dueExpiry(table.metadata, { ...options, nowMs });
  refuseReferenced(table, snapshotIds);
  const snapshots = [...new Set(snapshotIds)].flatMap((id) => snapshotById(table.metadata, id) ?? []);
  return { snapshots: snapshots.filter((snapshot) => !keep(snapshot)), refs: [] };
}

function updatesFor({ snapshots, refs }: Expiry) {
  if (snapshots.length + refs.length === 0) return undefined;
  return {
    updates: [
      ...refs.map((refName) => ({ action: 'remove-snapshot-ref', refName }) as const),
      ...(snapshots.length === 0
        ? []
        : [{ action: 'remove-snapshots', snapshotIds: snapshots.map(({ snapshotId }) => snapshotId) } as const]),
    ],
  };
}

/** The metadata without the snapshots; as it is when they went already. */
const removed = (metadata: TableMetadata, ids: ReadonlySet<SnapshotId>): TableMetadata =>
  applyUpdates(metadata, [{ action: 'remove-snapshots', snapshotIds: [...ids] }], metadata.lastUpdatedMs);

/** Of all snapshots that the table lists now, those of others who committed meanwhile included. */
async function filesOf(after: Table, before: TableMetadata, expired: readonly Snapshot[]): Promise<ExpiredFiles> {
  const gone = new Set(expired.map(({ snapshotId }) => snapshotId));
  const kept = after.metadata.snapshots.filter(({ snapshotId }) => !gone.has(snapshotId));
  try {
    const { files, failed } = await expiredFiles(after, expired, kept);
    const statistics = droppedStatistics(before, removed(after.metadata, gone));
    return { files: [...files, ...statistics], failed };
  } catch (error) {
    return { files: [], failed: [{ location: after.metadata.location, reason: reasonOf(error) }] };
  }
}
