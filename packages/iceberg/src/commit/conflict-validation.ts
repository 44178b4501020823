import { formatIdentifier } from '../catalog/catalog.ts';
import { SnapshotNotAncestorError, ValidationError } from '../errors.ts';
import { alwaysTrue, type Predicate } from '../expressions/predicate.ts';
import type { DataFile } from '../manifest/data-file.ts';
import { ancestorsOf, currentSchema, snapshotsBetween } from '../metadata/history.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import { fileFilter } from '../scan/file-filter.ts';
import { mapConcurrently } from '../scan/map-concurrently.ts';
import { MANIFEST_READ_CONCURRENCY } from '../scan/read-manifest-list.ts';
import type { ScannedFile } from '../scan/scanned-file.ts';
import { snapshotChanges } from '../scan/snapshot-changes.ts';
import type { SnapshotId } from '../spec/ids.ts';
import type { Table } from '../table.ts';

export interface ConflictQuery {
  /** The head that a change was planned on, exclusive. Absent: the table had no snapshot then. */
  readonly start: SnapshotId | undefined;
  /** The head that the change is to be made on, inclusive. */
  readonly head: SnapshotId | undefined;
  /** Files that cannot hold a matching row do not conflict. Default: every file does. */
  readonly filter?: Predicate;
  /** Asked besides `filter`. */
  readonly matches?: (file: DataFile) => boolean;
}

/** A file that somebody else added or removed meanwhile. */
export interface Conflict {
  readonly kind: 'added' | 'removed';
  readonly snapshot: Snapshot;
  readonly file: ScannedFile;
}

/**
 * The matching files that snapshots after `start` added or removed, oldest first. A `replace` is passed over: it changes no rows.
 *
 * Reads what {@link snapshotChanges} reads, for each snapshot in between.
 *
 * @throws {ValidationError} `start` is not behind `head`, or its child was expired: what happened in between cannot be told
 * @throws {UnsupportedFeatureError} one of them wrote delete files
 * @see Iceberg spec, "Commit Conflict Resolution and Retry"
 */
export async function conflictsSince(table: Table, query: ConflictQuery): Promise<readonly Conflict[]> {
  const { metadata } = table;
  const { mayMatch } = fileFilter(metadata, currentSchema(metadata), query.filter ?? alwaysTrue);
  const isConflict = ({ file }: ScannedFile): boolean => mayMatch(file) && (query.matches?.(file) ?? true);
  const history = historySince(table, query).filter(({ operation }) => operation !== 'replace');
  const conflicts = await mapConcurrently(history, MANIFEST_READ_CONCURRENCY, async ({ snapshotId }) => {
    const { snapshot, added, removed } = await snapshotChanges(table, snapshotId);
    return [
      ...added.filter(isConflict).map((file) => ({ kind: 'added', snapshot, file }) as const),
      ...removed.filter(isConflict).map((file) => ({ kind: 'removed', snapshot, file }) as const),
    ];
  });
  return conflicts.flat();
}

/**
 * The snapshots after `start` up to `head`, oldest first. Stricter than {@link snapshotsBetween}: without a start the walk has to
 * reach the table's first snapshot.
 *
 * @throws {ValidationError} it does not end at `start`
 */
export function historySince(table: Table, { start, head }: Pick<ConflictQuery, 'start' | 'head'>): Snapshot[] {
  if (start === head) return [];
  if (head === undefined) throw undeterminable(table, start, undefined);
  const history = walk(table, start, head);
  const oldest = history[0];
  if (start === undefined && oldest?.parentSnapshotId !== undefined) throw undeterminable(table, start, oldest);
  return history;
}

function walk(table: Table, start: SnapshotId | undefined, head: SnapshotId): Snapshot[] {
  try {
    return snapshotsBetween(table.metadata, start, head);
  } catch (error) {
    if (!(error instanceof SnapshotNotAncestorError)) throw error;
    throw undeterminable(table, start, [...ancestorsOf(table.metadata, head)].at(-1), error);
  }
}

function undeterminable(
  table: Table,
  start: SnapshotId | undefined,
  last: Snapshot | undefined,
  cause?: unknown,
): ValidationError {
  return new ValidationError(
    `Cannot determine history between starting snapshot ${start ?? 'null'} and the last known ancestor ${last?.snapshotId ?? 'null'} ` +
      `of table ${formatIdentifier(table.identifier)}. Nothing was committed: what others changed meanwhile cannot be told. ` +
      'Plan the change anew on the head as it is.',
    cause === undefined ? {} : { cause },
  );
}
