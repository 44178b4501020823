import { formatIdentifier } from '../catalog/catalog.ts';
import { UnsupportedFeatureError } from '../errors.ts';
import type { ManifestEntry } from '../manifest/manifest-entry.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import { requireSnapshot, snapshotsBetween } from '../metadata/history.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import type { SnapshotId } from '../spec/ids.ts';
import type { Table } from '../table.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { readManifest } from './read-manifest.ts';
import { MANIFEST_READ_CONCURRENCY, readManifestList } from './read-manifest-list.ts';
import type { ScannedFile } from './scanned-file.ts';
import { toScannedFile } from './to-scanned-file.ts';

/** The data files that one snapshot brought in and took out. */
export interface SnapshotChanges {
  readonly snapshot: Snapshot;
  /** `snapshotId` of each is this snapshot. */
  readonly added: readonly ScannedFile[];
  /** `snapshotId` of each is this snapshot, which removed it; the sequence numbers are those it had been added with. */
  readonly removed: readonly ScannedFile[];
}

/**
 * What one snapshot changed, a staged one too.
 *
 * Reads its manifest list and the manifests which that snapshot itself wrote, so cost grows with the change and not with the
 * table. Files that it only carried along in rewritten manifests are not among them.
 *
 * @throws {UnsupportedFeatureError} it added or removed delete files; a `replace`, which changes no rows, may
 * @throws {NoSuchSnapshotError} not in the metadata (any more)
 * @throws {FileNotFoundError} its files were removed
 */
export async function snapshotChanges(table: Table, snapshotId: SnapshotId): Promise<SnapshotChanges> {
  const snapshot = requireSnapshot(table.metadata, snapshotId);
  const own = (await readManifestList(table.io, table.metadata, snapshot)).filter(
    (manifest) => manifest.addedSnapshotId === snapshotId && mayHoldChanges(manifest),
  );
  const read = async (manifest: ManifestFile) => ({ manifest, entries: await entriesOf(table, manifest, snapshotId) });
  const wanted = own.filter((manifest) => manifest.content === 'data' || snapshot.operation !== 'replace');
  const changes = await mapConcurrently(wanted, MANIFEST_READ_CONCURRENCY, read);
  for (const { manifest, entries } of changes) {
    if (manifest.content === 'deletes' && entries.length > 0) throw changesDeletes(table, snapshot, entries[0]!);
  }
  const filesWith = (status: ManifestEntry['status']): ScannedFile[] =>
    changes.flatMap(({ manifest, entries }) =>
      entries.filter((entry) => entry.status === status).map((entry) => toScannedFile(entry, manifest)),
    );
  return { snapshot, added: filesWith('added'), removed: filesWith('deleted') };
}

/**
 * What each snapshot between two changed, oldest first; empty when they are the same. `replace` snapshots are among them with
 * the files they exchanged: whoever asks for changed rows skips them by `snapshot.operation`.
 *
 * @param range `fromExclusive` absent: from the oldest snapshot that is still listed. It may itself be expired, if its child is not
 * @throws {SnapshotNotAncestorError} `fromExclusive` is no longer behind `toInclusive`
 * @throws as {@link snapshotChanges}
 */
export async function changesBetween(
  table: Table,
  range: { readonly fromExclusive?: SnapshotId | undefined; readonly toInclusive: SnapshotId },
): Promise<readonly SnapshotChanges[]> {
  const snapshots = snapshotsBetween(table.metadata, range.fromExclusive, range.toInclusive);
  return mapConcurrently(snapshots, MANIFEST_READ_CONCURRENCY, ({ snapshotId }) => snapshotChanges(table, snapshotId));
}

/** A manifest that only moved entries tells nothing new, and after a merge it can be large. */
const mayHoldChanges = (manifest: ManifestFile): boolean =>
  manifest.addedFilesCount !== 0 || manifest.deletedFilesCount !== 0;

/** A rewritten manifest also holds what older snapshots did; only the entry says whose doing it was. */
async function entriesOf(table: Table, manifest: ManifestFile, snapshotId: SnapshotId): Promise<ManifestEntry[]> {
  const entries = await readManifest(table.io, table.metadata, manifest);
  return entries.filter((entry) => entry.snapshotId === snapshotId && entry.status !== 'existing');
}

function changesDeletes(table: Table, snapshot: Snapshot, { status, file }: ManifestEntry): UnsupportedFeatureError {
  return new UnsupportedFeatureError(
    `Snapshot ${snapshot.snapshotId} of table ${formatIdentifier(table.identifier)} ${status} a delete file (${file.content}: ${file.path}), ` +
      'so the rows it changed cannot be told from its data files. Nothing was read. ' +
      'Have the writer use copy-on-write (write.delete.mode, write.update.mode, write.merge.mode), or start again after a compaction.',
  );
}
