import { formatIdentifier } from '../catalog/catalog.ts';
import type { CommitLoopOptions } from '../commit/commit-loop.ts';
import { commitMetadata } from '../commit/commit-metadata.ts';
import { ValidationError } from '../errors.ts';
import { isGcEnabled } from '../metadata/gc-enabled.ts';
import { snapshotById } from '../metadata/history.ts';
import type { SnapshotId } from '../spec/ids.ts';
import type { Table } from '../table.ts';

/**
 * Takes snapshots off the table's list; ids that are not listed are passed over. Deletes no file: what only they needed is left
 * for cleaning up orphan files.
 *
 * @throws {ValidationError} a ref points to one of them, or the table forbids it (`gc.enabled` = `false`)
 * @throws as {@link commitMetadata}
 */
export function expireSnapshots(
  table: Table,
  snapshotIds: readonly SnapshotId[],
  options: CommitLoopOptions = {},
): Promise<Table> {
  return commitMetadata(
    table,
    async (base) => {
      refuseWithoutGc(base);
      refuseReferenced(base, snapshotIds);
      const listed = snapshotIds.filter((id) => snapshotById(base.metadata, id) !== undefined);
      return listed.length === 0 ? undefined : { updates: [{ action: 'remove-snapshots', snapshotIds: listed }] };
    },
    options,
  );
}

/** @throws {ValidationError} a ref points to one of them */
export function refuseReferenced({ identifier, metadata }: Table, snapshotIds: readonly SnapshotId[]): void {
  for (const id of snapshotIds) {
    const refs = Object.entries(metadata.refs).filter(([, ref]) => ref.snapshotId === id);
    if (refs.length === 0) continue;
    throw new ValidationError(
      `Cannot expire ${id}. Still referenced by refs: ${refs.map(([name]) => name).join(', ')}. Nothing was changed in table ` +
        `${formatIdentifier(identifier)}. Move or remove the refs first.`,
    );
  }
}

/** @throws {ValidationError} the table forbids that its files are deleted */
export function refuseWithoutGc({ identifier, metadata }: Table): void {
  if (isGcEnabled(metadata)) return;
  throw new ValidationError(
    'Cannot expire snapshots: GC is disabled (deleting files may corrupt other tables). Nothing was changed in table ' +
      `${formatIdentifier(identifier)}. Set gc.enabled to true if no other table shares its files.`,
  );
}
