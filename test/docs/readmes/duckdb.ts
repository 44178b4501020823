import { createDuckDbEngine } from '@psyberg/duckdb';
import { currentSchema, greaterThan, planFiles, type Table } from '@psyberg/iceberg';

/** Signups by country from one user id on; only files whose bounds allow such ids are opened. */
export async function countByCountry(table: Table, after: bigint) {
  const engine = await createDuckDbEngine({ memoryLimit: '1GB', threads: 2 });
  const files = (await planFiles(table, { filter: greaterThan('user_id', after) })).map(({ file }) => file);
  const signups = { names: ['signups'], schema: currentSchema(table.metadata), parts: [{ files }] };
  const sql = `SELECT country, count(*) AS n FROM signups WHERE user_id > ${after} GROUP BY ALL ORDER BY country`;
  const { rows } = await engine.query({ sql, relations: [signups], limit: 100 });
  await engine.close();
  return rows;
}
