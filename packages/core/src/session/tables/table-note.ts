/**
 * A note on one of our own tables: what its rows come to, so that a reader who wants no more than that opens none of them.
 *
 * It is a table property that is written in the same table commit as the rows, and that names the snapshot of that commit. It holds at
 * that snapshot, and after compactions of it, which change no row; whoever else adds or takes rows, or rolls the table back, thereby
 * voids it.
 */
import { headOf, type SnapshotId, snapshotById, type TableMetadata } from '@psyberg/iceberg';

const NOTE_PROPERTY = 'psyberg.note';

/** The note, if it holds for the rows that are at the head now. */
export function noteOf(metadata: TableMetadata): string | undefined {
  const text = metadata.properties[NOTE_PROPERTY];
  const separator = text?.indexOf(' ') ?? -1;
  if (text === undefined || separator < 0) return undefined;
  const writtenAt = text.slice(0, separator);
  for (let id = headOf(metadata)?.snapshotId; id !== undefined; ) {
    if (String(id) === writtenAt) return text.slice(separator + 1);
    const snapshot = snapshotById(metadata, id);
    id = snapshot?.operation === 'replace' ? snapshot.parentSnapshotId : undefined;
  }
  return undefined;
}

export const noteProperty = (note: string, snapshotId: SnapshotId): Readonly<Record<string, string>> => ({
  [NOTE_PROPERTY]: `${snapshotId} ${note}`,
});
