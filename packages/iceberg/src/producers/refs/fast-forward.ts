import { formatIdentifier } from '../../catalog/catalog.ts';
import type { CommitLoopOptions } from '../../commit/commit-loop.ts';
import { commitMetadata } from '../../commit/commit-metadata.ts';
import { ValidationError } from '../../errors.ts';
import { isAncestorOf } from '../../metadata/history.ts';
import type { SnapshotRef } from '../../metadata/table-metadata.ts';
import type { Table } from '../../table.ts';
import { requireRef } from './remove-ref.ts';

/**
 * Moves a branch to where another ref stands, if everything on the branch is behind that. The branch keeps its settings of
 * retention, and is created if it is not there. Checked again on each attempt, so a commit to `from` meanwhile is never lost.
 *
 * @returns the table as it is, when both already stand at the same snapshot
 * @throws {NoSuchRefError} `to` does not exist
 * @throws {ValidationError} `from` is a tag, or has commits that `to` has not
 * @throws as {@link commitMetadata}
 */
export function fastForward(table: Table, from: string, to: string, options: CommitLoopOptions = {}): Promise<Table> {
  return commitMetadata(
    table,
    async (base) => {
      const { snapshotId } = requireRef(base, to);
      const branch = Object.hasOwn(base.metadata.refs, from) ? base.metadata.refs[from] : undefined;
      if (branch?.snapshotId === snapshotId && branch.type === 'branch') return undefined;
      if (branch !== undefined) refuseUnlessBehind(base, from, branch, to, snapshotId);
      const ref: SnapshotRef = { ...(branch ?? { type: 'branch' }), snapshotId };
      return { updates: [{ action: 'set-snapshot-ref', refName: from, ref }] };
    },
    options,
  );
}

function refuseUnlessBehind(
  base: Table,
  from: string,
  branch: SnapshotRef,
  to: string,
  toSnapshotId: SnapshotRef['snapshotId'],
): void {
  const table = formatIdentifier(base.identifier);
  if (branch.type === 'tag') {
    throw new ValidationError(
      `Ref ${from} is a tag not a branch. Nothing was changed in table ${table}. Tags stay where they are; name a branch.`,
    );
  }
  if (isAncestorOf(base.metadata, branch.snapshotId, toSnapshotId)) return;
  throw new ValidationError(
    `Cannot fast-forward: ${from} is not an ancestor of ${to}. ${from} of table ${table} stands at snapshot ${branch.snapshotId}, which is ` +
      `not behind ${toSnapshotId}; nothing was changed. Cherry-pick the appends of ${to} one by one, or do the work again on ${from}.`,
  );
}
