import { type Engine, readSchemaOf } from '@psyberg/core';
import {
  currentSchema,
  planFiles,
  requireSnapshot,
  type Schema,
  type SnapshotId,
  schemaById,
  type Table,
} from '@psyberg/iceberg';
import { rowAsJson } from './rows-as-json.ts';

/** All rows of the table's current snapshot, or of the one given with the schema it was written with; JSON, in no order. */
export async function readRows(
  engine: Engine,
  table: Table,
  snapshotId?: SnapshotId,
): Promise<Record<string, unknown>[]> {
  const schema = schemaAt(table, snapshotId);
  const files = await planFiles(table, snapshotId === undefined ? {} : { snapshotId });
  const { rows } = await engine.query({
    sql: 'select * from t',
    relations: [
      { ...readSchemaOf(table.metadata), names: ['t'], schema, parts: [{ files: files.map(({ file }) => file) }] },
    ],
    limit: 1_000_000,
  });
  return rows.map((row) => rowAsJson(schema, row));
}

function schemaAt({ metadata }: Table, snapshotId: SnapshotId | undefined): Schema {
  const schemaId = snapshotId === undefined ? undefined : requireSnapshot(metadata, snapshotId).schemaId;
  return schemaId === undefined ? currentSchema(metadata) : schemaById(metadata, schemaId);
}
