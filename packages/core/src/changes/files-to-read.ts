import type { Operation, ScannedFile, SnapshotId } from '@psyberg/iceberg';
import { FileBag } from './file-bag.ts';

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
  const appended = new FileBag();
  const rewritten = new FileBag();
  const gone: ScannedFile[] = [];
  const absorbed: ScannedFile[] = [];
  const overwriting = new Set<SnapshotId>();
  let by: Overwriting | undefined;
  for (const { snapshotId, operation, added, removed } of snapshots) {
    const { known, old } = partition(removed, [appended, rewritten]);
    if (operation === 'replace') {
      if (old.length === removed.length) continue;
      if (old.length > 0) {
        if (!originalsExist(snapshotId)) return { kind: 'mixed-replace', snapshotId };
        continue;
      }
    } else if (old.length > 0) {
      by ??= { snapshotId, operation, files: old.length };
      gone.push(...old);
    }
    const rewrites = old.length > 0 || known.some(({ file }) => rewritten.count(file.path) > 0);
    if (rewrites && operation !== 'replace') overwriting.add(snapshotId);
    for (const { file } of known) {
      const one = appended.take(file.path);
      if (one === undefined) rewritten.take(file.path);
      else if (rewrites) absorbed.push(one);
    }
    for (const file of added) (rewrites ? rewritten : appended).add(file);
  }
  if (by === undefined) return { kind: 'appended', files: appended.files() };
  return {
    kind: 'overwritten',
    appended: appended.files(),
    rewritten: rewritten.files(),
    gone,
    absorbed,
    overwriting,
    by,
  };
}

/** Files that the walk was to read, and those that were read before; a path may be listed more often than it was to be read. */
function partition(
  removed: readonly ScannedFile[],
  bags: readonly FileBag[],
): { readonly known: readonly ScannedFile[]; readonly old: readonly ScannedFile[] } {
  const left = new Map<string, number>();
  const known: ScannedFile[] = [];
  const old: ScannedFile[] = [];
  for (const one of removed) {
    const { path } = one.file;
    const count = left.get(path) ?? bags.reduce((sum, bag) => sum + bag.count(path), 0);
    (count > 0 ? known : old).push(one);
    left.set(path, count - 1);
  }
  return { known, old };
}
