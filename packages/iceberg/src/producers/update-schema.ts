import type { CommitLoopOptions } from '../commit/commit-loop.ts';
import { commitMetadata } from '../commit/commit-metadata.ts';
import type { SchemaChange } from '../evolution/schema-change.ts';
import { schemaUpdates } from '../evolution/schema-updates.ts';
import type { Table } from '../table.ts';

/**
 * Evolves the schema in a table commit of its own; no file is read or written. Checked and worked out anew on each attempt.
 *
 * @returns the table as it is, when the changes come to nothing
 * @throws as {@link evolveSchema} and {@link commitMetadata}
 */
export function updateSchema(
  table: Table,
  changes: readonly SchemaChange[],
  options: CommitLoopOptions = {},
): Promise<Table> {
  return commitMetadata(table, async (base) => schemaUpdates(base.metadata, { changes }), options);
}
