import type { Operation, ScannedFile, SnapshotId } from '@psyberg/iceberg';

/** What one snapshot did, as far as the walk looks at it. */
export interface WalkedSnapshot {
  readonly snapshotId: SnapshotId;
  readonly operation: Operation;
  readonly added: readonly ScannedFile[];
  readonly removed: readonly ScannedFile[];
}

/** What a stateless session reads, or why the walk cannot say. */
export type FilesToRead =
  | { readonly kind: 'files'; readonly files: readonly ScannedFile[] }
  /** A snapshot took away rows that earlier sessions have read: `onOverwrite` decides. */
  | {
      readonly kind: 'overwritten';
      readonly snapshotId: SnapshotId;
      readonly operation: Operation;
      readonly files: number;
    }
  /** A `replace` mixed new files with old ones and took the new originals away. */
  | { readonly kind: 'mixed-replace'; readonly snapshotId: SnapshotId };

/**
 * The walk from the high watermark (exclusive) to the pin, oldest first.
 *
 * `append` adds its files. `replace`: if everything it removed was to be read, the replacement is read in its place; if
 * nothing was, nothing changes. Where it mixes both, the originals are still read as they were written, which works as long as
 * their files exist; `originalsExist` says so. `overwrite` and `delete` that remove a file which was not to be read would change
 * rows already loaded; those that only touch files to be read change what will be read.
 */
export function filesToRead(
  snapshots: readonly WalkedSnapshot[],
  originalsExist: (snapshotId: SnapshotId) => boolean,
): FilesToRead {
  const reading = new Map<string, ScannedFile>();
  for (const snapshot of snapshots) {
    const known = snapshot.removed.filter((f) => reading.has(f.file.path));
    if (snapshot.operation === 'replace') {
      if (known.length === 0) continue;
      if (known.length < snapshot.removed.length) {
        if (!originalsExist(snapshot.snapshotId)) return { kind: 'mixed-replace', snapshotId: snapshot.snapshotId };
        continue;
      }
    } else if (known.length < snapshot.removed.length) {
      const { snapshotId, operation } = snapshot;
      return { kind: 'overwritten', snapshotId, operation, files: snapshot.removed.length - known.length };
    }
    for (const file of snapshot.removed) reading.delete(file.file.path);
    for (const file of snapshot.added) reading.set(file.file.path, file);
  }
  return { kind: 'files', files: [...reading.values()] };
}
