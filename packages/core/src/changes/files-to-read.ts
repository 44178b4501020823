import type { Operation, ScannedFile, SnapshotId } from '@psyberg/iceberg';

/** What one snapshot did, as far as the walk looks at it. */
export interface WalkedSnapshot {
  readonly snapshotId: SnapshotId;
  readonly operation: Operation;
  readonly added: readonly ScannedFile[];
  readonly removed: readonly ScannedFile[];
}

/** A snapshot that took away rows which earlier sessions have read. */
export interface Overwriting {
  readonly snapshotId: SnapshotId;
  readonly operation: Operation;
  /** Files of those rows. */
  readonly files: number;
}

/** What came since the high watermark, or why the walk cannot say. */
export type FilesToRead =
  | { readonly kind: 'appended'; readonly files: readonly ScannedFile[] }
  /**
   * Files whose rows earlier sessions have read are gone: rows(pin) = rows(high watermark) − gone + rewritten + appended, as multisets.
   * `rewritten` are files that the overwriting snapshots added, `appended` those that came with nothing taken away. `absorbed` were
   * appended and rewritten in between, so that their rows live on in rewritten files.
   */
  | {
      readonly kind: 'overwritten';
      readonly appended: readonly ScannedFile[];
      readonly rewritten: readonly ScannedFile[];
      readonly gone: readonly ScannedFile[];
      readonly absorbed: readonly ScannedFile[];
      /** Every snapshot that rewrote old files, or files that such a snapshot had added. */
      readonly overwriting: ReadonlySet<SnapshotId>;
      /** The first of them. */
      readonly by: Overwriting;
    }
  /** A `replace` mixed new files with old ones and took the new originals away. */
  | { readonly kind: 'mixed-replace'; readonly snapshotId: SnapshotId };

/**
 * The walk from the high watermark (exclusive) to the pin, oldest first.
 *
 * `append` adds its files. `replace`: if everything it removed was to be read, the replacement is read in its place; if
 * nothing was, nothing changes. Where it mixes both, the originals are still read as they were written, which works as long as
 * their files exist; `originalsExist` says so. `overwrite` and `delete` that remove a file which was not to be read change rows
 * already loaded; those that only touch files to be read change what will be read.
 */
export function filesToRead(
  snapshots: readonly WalkedSnapshot[],
  originalsExist: (snapshotId: SnapshotId) => boolean,
): FilesToRead {
  const appended = new Map<string, ScannedFile>();
  const rewritten = new Map<string, ScannedFile>();
  const gone = new Map<string, ScannedFile>();
  const absorbed = new Map<string, ScannedFile>();
  const overwriting = new Set<SnapshotId>();
  let by: Overwriting | undefined;
  for (const { snapshotId, operation, added, removed } of snapshots) {
    const old = removed.filter(({ file }) => !appended.has(file.path) && !rewritten.has(file.path));
    if (operation === 'replace') {
      if (old.length === removed.length) continue;
      if (old.length > 0) {
        if (!originalsExist(snapshotId)) return { kind: 'mixed-replace', snapshotId };
        continue;
      }
    } else if (old.length > 0) {
      by ??= { snapshotId, operation, files: old.length };
      for (const file of old) gone.set(file.file.path, file);
    }
    const rewrites = old.length > 0 || removed.some(({ file }) => rewritten.has(file.path));
    if (rewrites && operation !== 'replace') overwriting.add(snapshotId);
    for (const { file } of removed) {
      const known = appended.get(file.path);
      if (rewrites && known !== undefined) absorbed.set(file.path, known);
      appended.delete(file.path);
      rewritten.delete(file.path);
    }
    for (const file of added) (rewrites ? rewritten : appended).set(file.file.path, file);
  }
  if (by === undefined) return { kind: 'appended', files: [...appended.values()] };
  return {
    kind: 'overwritten',
    appended: [...appended.values()],
    rewritten: [...rewritten.values()],
    gone: [...gone.values()],
    absorbed: [...absorbed.values()],
    overwriting,
    by,
  };
}
