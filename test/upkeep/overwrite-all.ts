import { commitSnapshot, planFiles } from '@psyberg/iceberg';
import { type EventRow, type House, valuesOf } from '../exactly-once/house.ts';

/** Somebody replaces all rows of a table. */
export async function overwriteAll(house: House, name: string, rows: readonly EventRow[]): Promise<void> {
  const files = await house.files(name, valuesOf(rows));
  const table = await house.open(name);
  const removed = await planFiles(table);
  await commitSnapshot(table, async () => ({
    operation: 'overwrite',
    added: [{ name: 'rows', files }],
    removed,
    summary: () => ({}),
  }));
}
