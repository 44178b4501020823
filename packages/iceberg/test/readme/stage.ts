import { cherryPick, type DataFile, fastAppend, planFiles, type ScannedFile, type Table } from '@psyberg/iceberg';

/** Write, audit, publish: readers see the files only if `audit` likes what the table would become. */
export async function publishIf(table: Table, files: DataFile[], audit: (files: readonly ScannedFile[]) => boolean) {
  const staged = await fastAppend(table, files, { stageOnly: true, summary: { 'wap.id': 'run-42' } });
  const { snapshotId } = staged.snapshot;
  const next = await planFiles(staged.table, { snapshotId }); // any engine can read it by this id, too
  if (!audit(next)) return undefined; // stays staged, to be looked at; expires by itself
  return cherryPick(staged.table, snapshotId); // fast-forward, or the same files again on a main that moved
}
