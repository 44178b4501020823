import { formatIdentifier } from '../catalog/catalog.ts';
import { UnsupportedFeatureError } from '../errors.ts';
import { alwaysTrue, type Predicate } from '../expressions/predicate.ts';
import type { ManifestEntry } from '../manifest/manifest-entry.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import { currentSchema, headOf, requireSnapshot, schemaById } from '../metadata/history.ts';
import type { Snapshot, TableMetadata } from '../metadata/table-metadata.ts';
import type { SnapshotId } from '../spec/ids.ts';
import type { Schema } from '../spec/types.ts';
import type { Table } from '../table.ts';
import { type FileFilter, fileFilter } from './file-filter.ts';
import { mapConcurrently } from './map-concurrently.ts';
import { mayHoldLiveFiles, readManifest } from './read-manifest.ts';
import { MANIFEST_READ_CONCURRENCY, readManifestList } from './read-manifest-list.ts';
import type { ScannedFile } from './scanned-file.ts';
import { searchManifest } from './search-manifest.ts';
import { toScannedFile } from './to-scanned-file.ts';

export interface PlanFilesOptions {
  /** The state to read, a staged one too; `filter` then names columns of that snapshot's schema, if no other is given. */
  readonly snapshotId?: SnapshotId;
  /** Whose head to read when there is no `snapshotId`; default `main`. */
  readonly branch?: string;
  /** Files that cannot hold a matching row are left out; the others may hold rows that do not match. Default: all files. */
  readonly filter?: Predicate;
  /** Whose names `filter` uses: another schema of the table, where a column was renamed since or a name means another one by now. */
  readonly schema?: Schema;
}

/**
 * The live data files of a snapshot that may hold matching rows, in manifest order; empty for a table without snapshots.
 *
 * Reads one manifest list and the manifests whose summaries let them match, never a data file.
 *
 * @throws {UnsupportedFeatureError} a live delete file may apply, or a file is not Parquet: such rows are refused, never read past
 * @throws {NoSuchSnapshotError} @throws {NoSuchRefError}
 * @throws {InvalidArgumentError} the filter does not fit the schema
 * @see Iceberg spec, "Scan Planning"
 */
export async function planFiles(table: Table, options: PlanFilesOptions = {}): Promise<readonly ScannedFile[]> {
  const { metadata } = table;
  const snapshot =
    options.snapshotId === undefined ? headOf(metadata, options.branch) : requireSnapshot(metadata, options.snapshotId);
  if (snapshot === undefined) return [];
  const own = options.snapshotId === undefined ? currentSchema(metadata) : schemaOf(metadata, snapshot);
  const filter = fileFilter(metadata, options.schema ?? own, options.filter ?? alwaysTrue);
  const manifests = (await readManifestList(table.io, metadata, snapshot)).filter(
    (manifest) => mayHoldLiveFiles(manifest) && filter.manifestMayMatch(manifest),
  );
  await refuseDeletes(table, snapshot, manifests, filter);
  const data = manifests.filter((manifest) => manifest.content === 'data');
  const files = await mapConcurrently(data, MANIFEST_READ_CONCURRENCY, (manifest) =>
    filesOf(table, snapshot, manifest, filter),
  );
  return files.flat();
}

async function filesOf(
  table: Table,
  snapshot: Snapshot,
  manifest: ManifestFile,
  filter: FileFilter,
): Promise<readonly ScannedFile[]> {
  const matching = await searchManifest(table, manifest, filter);
  const foreign = matching.find((entry) => entry.file.format !== 'parquet');
  if (foreign !== undefined) throw notParquet(table, snapshot, foreign);
  return matching.map((entry) => toScannedFile(entry, manifest));
}

async function refuseDeletes(
  table: Table,
  snapshot: Snapshot,
  manifests: readonly ManifestFile[],
  filter: FileFilter,
): Promise<void> {
  for (const manifest of manifests) {
    if (manifest.content !== 'deletes') continue;
    const entries = await readManifest(table.io, table.metadata, manifest);
    const applying = entries.find((entry) => isLive(entry) && filter.partitionMayMatch(entry.file));
    if (applying !== undefined) throw deletesPresent(table, snapshot, applying);
  }
}

const isLive = (entry: ManifestEntry): boolean => entry.status !== 'deleted';

/** The schema the snapshot was written with, which old writers did not note. */
function schemaOf(metadata: TableMetadata, snapshot: Snapshot): Schema {
  return snapshot.schemaId === undefined ? currentSchema(metadata) : schemaById(metadata, snapshot.schemaId);
}

function deletesPresent(table: Table, snapshot: Snapshot, { file }: ManifestEntry): UnsupportedFeatureError {
  return new UnsupportedFeatureError(
    `Snapshot ${snapshot.snapshotId} of table ${formatIdentifier(table.identifier)} has a live delete file (${file.content}: ${file.path}), ` +
      'and rows are not deleted while reading here. Nothing was read. ' +
      'Compact the table so that deletes are applied to the data files (rewrite_data_files), and write it with copy-on-write.',
  );
}

function notParquet(table: Table, snapshot: Snapshot, { file }: ManifestEntry): UnsupportedFeatureError {
  return new UnsupportedFeatureError(
    `Snapshot ${snapshot.snapshotId} of table ${formatIdentifier(table.identifier)} has a data file of format ${file.format}: ${file.path}. ` +
      'Only Parquet is read here; nothing was read. Rewrite the data as Parquet (write.format.default = parquet, then rewrite_data_files).',
  );
}
