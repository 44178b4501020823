import { fastAppend, type Table } from '@psyberg/iceberg';

/** Publishes a Parquet file that is already written, with the table's field ids in it. */
export async function publish(table: Table, path: string, recordCount: number, fileSizeBytes: number): Promise<Table> {
  const specId = table.metadata.defaultSpecId;
  const partition = ['NL']; // one value per field of the spec
  const file = { content: 'data', path, format: 'parquet', specId, partition, recordCount, fileSizeBytes } as const;
  const committed = await fastAppend(table, [file], { summary: { 'written-by': 'nightly' } });
  return committed.table; // the table as this commit left it; `table` stays what it was
}
