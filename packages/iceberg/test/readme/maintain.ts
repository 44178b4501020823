import {
  type DataFile,
  deleteFiles,
  type ExpiryReport,
  expireOldSnapshots,
  headOf,
  overwriteByFilter,
  type Predicate,
  planFiles,
  removeOrphanFiles,
  replaceFiles,
  replacePartitions,
  rewriteManifests,
  rollbackTo,
  type ScannedFile,
  type SnapshotId,
  type Table,
} from '@psyberg/iceberg';

type Rewrite = (files: readonly ScannedFile[]) => Promise<DataFile[]>;

/** Compaction: the same rows in fewer files (operation `replace`), then fewer manifests. `write` is your engine's part. */
export async function compact(table: Table, write: Rewrite): Promise<Table> {
  const small = (await planFiles(table)).filter(({ file }) => file.fileSizeBytes < 32_000_000);
  const dataSequenceNumber = headOf(table.metadata)!.sequenceNumber; // rows are as old as they were
  const { table: compacted } = await replaceFiles(table, {
    remove: small,
    add: await write(small),
    dataSequenceNumber,
  });
  return (await rewriteManifests(compacted))?.table ?? compacted;
}

/** Other rows: partitions computed again, rows that match a filter, or single files taken away. Whole files only. */
export const recompute = (table: Table, add: DataFile[]) => replacePartitions(table, { add });
export const forget = (table: Table, filter: Predicate) => overwriteByFilter(table, { filter });
export const withdraw = (table: Table, paths: string[]) => deleteFiles(table, paths);

/** Main goes back to an ancestor; `setCurrentSnapshot` moves it to any snapshot that is listed. */
export const undo = (table: Table, snapshotId: SnapshotId) => rollbackTo(table, snapshotId);

/** Snapshots that are due by the settings of the table and its branches, and the files that only they had. */
export async function expire(table: Table): Promise<ExpiryReport> {
  const { snapshots } = await expireOldSnapshots(table, { dryRun: true });
  console.log(`${snapshots.length} snapshots are due`);
  return expireOldSnapshots(table); // metadata first, then files; `failed` names what could not be deleted
}

/** What dead processes of ours left behind, by the names that we give files; nobody else's files are touched. */
export const sweep = (table: Table) =>
  removeOrphanFiles(table, { isOurs: (location) => /\/nightly-[^/]+\.parquet$/.test(location) }); // older than three days
