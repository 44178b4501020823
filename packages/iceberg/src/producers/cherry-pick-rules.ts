import { formatIdentifier } from '../catalog/catalog.ts';
import { schemaFor } from '../commit/manifest-writer.ts';
import { CherryPickError } from '../errors.ts';
import type { DataFile } from '../manifest/data-file.ts';
import { ancestorsOf, isAncestorOf, snapshotsBetween, specById } from '../metadata/history.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import { partitionKey } from '../scan/partition-key.ts';
import { type SnapshotChanges, snapshotChanges } from '../scan/snapshot-changes.ts';
import { partitionPath } from '../spec/partition-path.ts';
import { isUnpartitioned } from '../spec/partition-spec.ts';
import type { Table } from '../table.ts';

/*
 * Which snapshots can be cherry-picked onto which head. The spec says nothing of it; these are Java's rules, with its texts.
 * What a picked snapshot added is added again, so it must not be there already: that is what the checks of ancestry and of
 * `wap.id` are for. What a dynamic overwrite replaced must be what it saw.
 */

/** Whether main stands just where the snapshot was staged from. */
export const isFastForward = (picked: Snapshot, head: Snapshot | undefined): boolean =>
  picked.parentSnapshotId === head?.snapshotId;

export const isReplacePartitions = ({ operation, summary }: Snapshot): boolean =>
  operation === 'overwrite' && summary['replace-partitions'] === 'true';

/** @throws {CherryPickError} of a kind that is only taken as a fast-forward, or with a `wap.id` that was published before */
export function refuseUnpickable(base: Table, picked: Snapshot, head: Snapshot | undefined): void {
  const { snapshotId, operation } = picked;
  if (operation !== 'append' && !isReplacePartitions(picked)) {
    if (isFastForward(picked, head)) return;
    throw refused(
      base,
      `Cannot cherry-pick snapshot ${snapshotId}: not append, dynamic overwrite, or fast-forward`,
      `It is of operation ${operation ?? 'unknown'}, and main has moved on from its parent. Do the work again on the head as it is.`,
    );
  }
  if (isReplacePartitions(picked))
    refuseForeignParent(
      base,
      picked,
      head,
      'Cannot cherry-pick overwrite not based on an ancestor of the current state',
    );
  refusePublishedWapId(base, picked, head);
}

/** @throws {CherryPickError} it is in main's history already, itself or as a pick of it */
export function refusePicked(base: Table, { snapshotId }: Snapshot, head: Snapshot | undefined): void {
  for (const ancestor of historyOf(base, head)) {
    if (ancestor.snapshotId === snapshotId) {
      throw refused(
        base,
        `Cannot cherrypick snapshot ${snapshotId}: already an ancestor`,
        'Its rows are published; there is nothing to do.',
      );
    }
    if (ancestor.summary['source-snapshot-id'] === String(snapshotId)) {
      throw refused(
        base,
        `Cannot cherrypick snapshot ${snapshotId}: already picked to create ancestor ${ancestor.snapshotId}`,
        'Its rows are published; there is nothing to do.',
      );
    }
  }
}

/**
 * Reads what every snapshot since the picked one's parent changed.
 *
 * @throws {CherryPickError} one of them added a file to a partition that the picked snapshot replaces; a compaction counts
 */
export async function refuseChangedPartitions(
  base: Table,
  picked: Snapshot,
  head: Snapshot | undefined,
  changes: SnapshotChanges,
): Promise<void> {
  if (!isReplacePartitions(picked) || head === undefined) return;
  refuseForeignParent(base, picked, head, 'Cannot cherry-pick overwrite, based on non-ancestor of the current state');
  const replaced = new Set(changes.added.map(({ file }) => partitionKey(file)));
  const isWhole = changes.added.some(({ file }) => isUnpartitioned(specById(base.metadata, file.specId)));
  for (const { snapshotId } of snapshotsBetween(base.metadata, picked.parentSnapshotId, head.snapshotId)) {
    const { added } = await snapshotChanges(base, snapshotId);
    const changed = added.find(({ file }) => isWhole || replaced.has(partitionKey(file)));
    if (changed === undefined) continue;
    throw refused(
      base,
      `Cannot cherry-pick replace partitions with changed partition: ${pathOf(base, changed.file)}`,
      `Snapshot ${snapshotId} added ${changed.file.path} to it after the picked one was staged. Do the work again on the head as it is.`,
    );
  }
}

function refusePublishedWapId(base: Table, picked: Snapshot, head: Snapshot | undefined): void {
  const wapId = picked.summary['wap.id'];
  if (wapId === undefined || wapId === '') return;
  for (const { snapshotId, summary } of historyOf(base, head)) {
    if (summary['wap.id'] !== wapId && summary['published-wap-id'] !== wapId) continue;
    throw refused(
      base,
      `Duplicate request to cherry pick wap id that was published already: ${wapId}`,
      `Snapshot ${snapshotId} published it; there is nothing to do.`,
    );
  }
}

function refuseForeignParent(base: Table, picked: Snapshot, head: Snapshot | undefined, what: string): void {
  const { parentSnapshotId, snapshotId } = picked;
  if (parentSnapshotId === undefined) return;
  if (head !== undefined && isAncestorOf(base.metadata, parentSnapshotId, head.snapshotId)) return;
  throw refused(
    base,
    `${what}: ${snapshotId}`,
    `Its parent ${parentSnapshotId} is not in main's history. Do the work again on the head as it is.`,
  );
}

const historyOf = (base: Table, head: Snapshot | undefined): Iterable<Snapshot> =>
  head === undefined ? [] : ancestorsOf(base.metadata, head.snapshotId);

function pathOf({ metadata }: Table, file: DataFile): string {
  const spec = specById(metadata, file.specId);
  return partitionPath(spec, schemaFor(metadata, spec), file.partition);
}

const refused = ({ identifier }: Table, what: string, next: string): CherryPickError =>
  new CherryPickError(`${what}. Nothing was published; table ${formatIdentifier(identifier)} is as it was. ${next}`);
