import { DuckDBInstance } from '@duckdb/node-api';

/** Runs statements in a DuckDB that has no locks; rows of the last one. */
export async function rawDuckDb(...statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = await (await connection.run(statement)).getRowObjectsJS();
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
