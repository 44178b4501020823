import { currentSchema, IcebergError, planFiles, type Table } from '@psyberg/iceberg';
import type { OwnRow, OwnTableShape } from './own-columns.ts';
import { readParquet } from './parquet-rows.ts';

/** What can still be read of one of our own tables, and in words what cannot. */
export interface Salvaged {
  readonly rows: readonly OwnRow[];
  readonly problems: readonly string[];
}

/**
 * Reads file by file and row by row, and goes on after what cannot be read.
 *
 * @throws {IcebergError} the place itself cannot be reached, which says nothing of the table
 */
export async function salvageRows(
  table: Table,
  { columns }: OwnTableShape,
  parse: (row: OwnRow) => unknown,
): Promise<Salvaged> {
  const names = new Set(columns.map((c) => c.name));
  const fields = currentSchema(table.metadata).fields.filter(({ name }) => names.has(name));
  const rows: OwnRow[] = [];
  const problems: string[] = [];
  const files = await orProblem(problems, () => planFiles(table));
  for (const { file } of files ?? []) {
    const read = await orProblem(problems, async () => readParquet(fields, await table.io.read(file.path)));
    for (const row of read ?? []) {
      const readable = await orProblem(problems, async () => [parse(row)]);
      if (readable !== undefined) rows.push(row);
    }
  }
  return { rows, problems };
}

/** The result, or undefined with the problem in words. */
export async function orProblem<T>(problems: string[], read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isUnreachable(error)) throw error;
    problems.push(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Catalog and storage that cannot be reached now may be whole all the same. */
const isUnreachable = (error: unknown): boolean =>
  error instanceof IcebergError && (error.code === 'ICE_FILE_IO' || error.code === 'ICE_CATALOG');
