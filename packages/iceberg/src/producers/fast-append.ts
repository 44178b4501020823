import type { CommittedSnapshot } from '../commit/commit-snapshot.ts';
import type { DataFile } from '../manifest/data-file.ts';
import type { Table } from '../table.ts';
import { assertCommitted, commitFiles, type ProducerOptions } from './producer-options.ts';

/**
 * Adds files that are already written; no manifest of the head is read or written anew. Appends never conflict, so a lost race
 * is simply run again.
 *
 * @param files each under a spec of the table, with partition values in that spec's order
 * @throws as {@link commitSnapshot}
 */
export async function fastAppend(
  table: Table,
  files: readonly DataFile[],
  options: ProducerOptions = {},
): Promise<CommittedSnapshot> {
  return assertCommitted(await commitFiles(table, options, () => ({ operation: 'append', added: files })));
}
