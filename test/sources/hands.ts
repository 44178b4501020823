/** What other engines do to a table: rewrite files without some rows, delete, roll back, expire, evolve. */
import {
  commitSnapshot,
  currentSchema,
  type DataFile,
  planFiles,
  type ScannedFile,
  type SchemaChange,
  type Table,
  updateSchema,
} from '@psyberg/iceberg';
import { relationOf, writeQuery } from '../../examples/lake.mjs';
import type { House } from '../exactly-once/house.ts';

/** Rows of some files of a table as new files, by SQL over `old`. */
const rewritten = (house: House, table: Table, files: readonly DataFile[], sql: string): Promise<readonly DataFile[]> =>
  writeQuery(house.lake.engine, table, sql, { relations: [relationOf('old', table, files)] });

async function filesWith(house: House, table: Table, condition: string): Promise<readonly ScannedFile[]> {
  const schema = currentSchema(table.metadata);
  const files = await planFiles(table);
  const found: ScannedFile[] = [];
  for (const file of files) {
    const { rows } = await house.lake.engine.query({
      sql: `select 1 from t where ${condition}`,
      relations: [{ names: ['t'], schema, parts: [{ files: [file.file] }] }],
      limit: 1,
    });
    if (rows.length > 0) found.push(file);
  }
  return found;
}

/** Copy on write: every file with a row that meets the condition is written again, as `sql` over `old` says. */
export async function rewriteWhere(house: House, name: string, condition: string, sql: string): Promise<void> {
  const table = await house.open(name);
  const removed = await filesWith(house, table, condition);
  const files = await rewritten(
    house,
    table,
    removed.map((f) => f.file),
    sql,
  );
  await commitSnapshot(table, async () => ({
    operation: files.length === 0 ? 'delete' : 'overwrite',
    added: [{ name: 'rewritten', files }],
    removed,
    summary: () => ({}),
  }));
}

/** Takes rows away, copy on write. */
export const deleteWhere = (house: House, name: string, condition: string): Promise<void> =>
  rewriteWhere(house, name, condition, `select * from old where (${condition}) is not true`);

/** The files that hold rows of the condition become one, with the same rows. */
export async function compactWhere(house: House, name: string, condition: string): Promise<void> {
  const table = await house.open(name);
  const removed = await filesWith(house, table, condition);
  const files = await rewritten(
    house,
    table,
    removed.map((f) => f.file),
    'select * from old',
  );
  await commitSnapshot(table, async () => ({
    operation: 'replace',
    added: [{ name: 'compacted', files }],
    removed,
    summary: () => ({}),
  }));
}

export const evolve = async (house: House, name: string, ...changes: readonly SchemaChange[]): Promise<Table> =>
  updateSchema(await house.open(name), changes);
