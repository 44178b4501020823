import type { CommitLoopOptions } from '../commit/commit-loop.ts';
import { commitMetadata } from '../commit/commit-metadata.ts';
import { specUpdates } from '../evolution/evolve-spec.ts';
import type { SpecChange } from '../evolution/spec-change.ts';
import type { Table } from '../table.ts';

/**
 * Evolves the partition spec in a table commit of its own; files stay under the spec they were written with, and scans and
 * producers go on to see them. Checked and worked out anew on each attempt.
 *
 * @returns the table as it is, when the changes come to nothing
 * @throws as {@link evolveSpec} and {@link commitMetadata}
 */
export function updateSpec(
  table: Table,
  changes: readonly SpecChange[],
  options: CommitLoopOptions = {},
): Promise<Table> {
  return commitMetadata(table, async (base) => specUpdates(base.metadata, changes), options);
}
