import { formatIdentifier } from '../../catalog/catalog.ts';
import type { CommitLoopOptions } from '../../commit/commit-loop.ts';
import { commitMetadata } from '../../commit/commit-metadata.ts';
import { NoSuchSnapshotError, ValidationError } from '../../errors.ts';
import { headOf, isAncestorOf, snapshotById } from '../../metadata/history.ts';
import type { SnapshotId } from '../../spec/ids.ts';
import type { Table } from '../../table.ts';

/**
 * Moves main to any snapshot that is listed, staged ones and those of other branches included. The snapshots that are skipped
 * stay until they are expired; readers who follow main's history have to notice.
 *
 * @throws {NoSuchSnapshotError}
 * @throws as {@link commitMetadata}
 */
export function setCurrentSnapshot(
  table: Table,
  snapshotId: SnapshotId,
  options: CommitLoopOptions = {},
): Promise<Table> {
  return moveMain(table, snapshotId, options, requireKnown);
}

/**
 * Moves main back to one of its ancestors.
 *
 * @throws {NoSuchSnapshotError} @throws {ValidationError} not an ancestor of main's head
 * @throws as {@link commitMetadata}
 */
export function rollbackTo(table: Table, snapshotId: SnapshotId, options: CommitLoopOptions = {}): Promise<Table> {
  return moveMain(table, snapshotId, options, (base) => {
    requireKnown(base, snapshotId);
    const head = headOf(base.metadata);
    if (head !== undefined && isAncestorOf(base.metadata, snapshotId, head.snapshotId)) return;
    throw new ValidationError(
      `Cannot roll back to snapshot, not an ancestor of the current state: ${snapshotId}. Main of table ` +
        `${formatIdentifier(base.identifier)} stands at ${head?.snapshotId ?? 'no snapshot'}; nothing was changed. ` +
        'Choose one of its ancestors, or set the current snapshot.',
    );
  });
}

function moveMain(
  table: Table,
  snapshotId: SnapshotId,
  options: CommitLoopOptions,
  check: (base: Table, snapshotId: SnapshotId) => void,
): Promise<Table> {
  return commitMetadata(
    table,
    async (base) => {
      check(base, snapshotId);
      const main = base.metadata.refs.main;
      if (main?.snapshotId === snapshotId) return undefined;
      const ref = { ...(main ?? { type: 'branch' as const }), snapshotId };
      return { updates: [{ action: 'set-snapshot-ref', refName: 'main', ref }] };
    },
    options,
  );
}

function requireKnown({ identifier, metadata }: Table, snapshotId: SnapshotId): void {
  if (snapshotById(metadata, snapshotId) !== undefined) return;
  throw new NoSuchSnapshotError(
    `Cannot roll back to unknown snapshot id: ${snapshotId}. Table ${formatIdentifier(identifier)} lists ${metadata.snapshots.length} ` +
      'snapshots and not this one; nothing was changed. Choose one that is listed.',
  );
}
