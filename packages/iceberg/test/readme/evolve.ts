import {
  type DataFile,
  evolveSchema,
  fastAppend,
  replaceSortOrder,
  type Schema,
  type SchemaChange,
  type Table,
  updateSchema,
  updateSpec,
} from '@psyberg/iceberg';

/** Columns are followed by id: no data file is touched. A table commit of its own. */
export function tidy(table: Table): Promise<Table> {
  return updateSchema(table, [
    { kind: 'rename', column: 'country', to: 'country_code' },
    { kind: 'promote', column: 'visits', type: 'long' },
    { kind: 'move', column: 'visits', position: 'first' },
  ]);
}

/** A new column and the first rows that have it, in one table commit. `write` makes Parquet files with these field ids. */
export async function appendWithChannel(table: Table, write: (schema: Schema) => Promise<DataFile[]>): Promise<Table> {
  const changes: SchemaChange[] = [{ kind: 'add', name: 'channel', type: 'string', doc: 'where they came from' }];
  const planned = evolveSchema(table.metadata, changes); // pure: what the schema will be
  const files = await write(planned);
  return (await fastAppend(table, files, { evolution: { changes, planned } })).table;
}

/** Files stay under the spec that they were written with; scans and producers handle all specs of a table at once. */
export async function repartition(table: Table): Promise<Table> {
  const respecified = await updateSpec(table, [
    { kind: 'add', column: 'user_id', transform: 'bucket[16]' },
    { kind: 'remove', field: 'country' },
  ]);
  return replaceSortOrder(respecified, [{ column: 'visits', direction: 'desc' }]);
}
