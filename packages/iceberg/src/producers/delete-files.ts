import type { CommittedSnapshot } from '../commit/commit-snapshot.ts';
import { locateFiles } from '../scan/locate-files.ts';
import type { ScannedFile } from '../scan/scanned-file.ts';
import type { Table } from '../table.ts';
import { assertCommitted, commitFiles, type ProducerOptions } from './producer-options.ts';

/**
 * Removes data files from the head; the files themselves stay in storage for older snapshots.
 *
 * @param files paths, or files as a scan found them, which are found again faster
 * @throws {ValidationError} "Missing required files to delete": one is not live
 * @throws as {@link commitSnapshot}
 */
export async function deleteFiles(
  table: Table,
  files: readonly (string | ScannedFile)[],
  options: ProducerOptions = {},
): Promise<CommittedSnapshot> {
  const sought = files.map((file) =>
    typeof file === 'string' ? { path: file } : { path: file.file.path, manifestPath: file.manifestPath },
  );
  const committed = await commitFiles(table, options, async (base, head) => ({
    operation: 'delete',
    removed: await locateFiles(base, head, sought),
  }));
  return assertCommitted(committed);
}
