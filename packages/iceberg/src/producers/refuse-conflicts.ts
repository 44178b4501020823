import { formatIdentifier } from '../catalog/catalog.ts';
import { type Conflict, type ConflictQuery, conflictsSince } from '../commit/conflict-validation.ts';
import { ValidationError } from '../errors.ts';
import type { Table } from '../table.ts';

/**
 * Ends a commit when others added or removed files that it is about.
 *
 * @param subject what the files may contain, for the message: `records matching x = 1`
 * @throws {ValidationError} as Java says it; names the files and the snapshots
 */
export async function refuseConflicts(base: Table, query: ConflictQuery, subject: string): Promise<void> {
  const conflicts = await conflictsSince(base, query);
  const [added, removed] = [
    conflicts.filter(({ kind }) => kind === 'added'),
    conflicts.filter(({ kind }) => kind === 'removed'),
  ];
  if (added.length > 0) throw conflicting(base, query, `Found conflicting files that can contain ${subject}`, added);
  if (removed.length > 0) {
    throw conflicting(base, query, `Found conflicting deleted files that can contain ${subject}`, removed);
  }
}

function conflicting(
  base: Table,
  { start }: ConflictQuery,
  what: string,
  conflicts: readonly Conflict[],
): ValidationError {
  const paths = conflicts.map(({ file }) => file.file.path).join(', ');
  const snapshots = [...new Set(conflicts.map(({ snapshot }) => snapshot.snapshotId))].join(', ');
  return new ValidationError(
    `${what}: ${paths}. They were committed to table ${formatIdentifier(base.identifier)} by snapshot ${snapshots}, after ` +
      `snapshot ${start ?? 'none'} on which this change was planned. Nothing was committed. Plan it anew on the head as it is.`,
  );
}
