import type { CommitLoopOptions } from '../commit/commit-loop.ts';
import { commitMetadata } from '../commit/commit-metadata.ts';
import { sortUpdates } from '../evolution/sort-updates.ts';
import type { SortBy } from '../evolution/spec-change.ts';
import type { Table } from '../table.ts';

/**
 * Replaces the sort order that writers are asked to follow, in a table commit of its own; files stay as they are.
 *
 * @param columns none: unsorted
 * @returns the table as it is, when it has this order
 * @throws as {@link sortUpdates} and {@link commitMetadata}
 */
export function replaceSortOrder(
  table: Table,
  columns: readonly SortBy[],
  options: CommitLoopOptions = {},
): Promise<Table> {
  return commitMetadata(table, async (base) => sortUpdates(base.metadata, columns), options);
}
