import { openTable, type Table } from '@psyberg/iceberg';
import { goneColumnsIn } from '../changes/gone-columns.ts';
import { SqlError } from '../engine/errors.ts';
import { lookupSourcesOf } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { PlannedWork } from './work.ts';

/** Runs `work`; of a column that the SQL names in vain, its error says what became of it. */
export async function tellGoneColumns<T>(
  project: Project,
  { process, sources }: PlannedWork,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    const lookups: Table[] = [];
    for (const { table } of lookupSourcesOf(process)) lookups.push(await openTable(project.catalog, table));
    const hint = goneColumnsIn(error.message, [...sources, ...lookups]);
    if (hint === '') throw error;
    throw new SqlError(`${error.message}${hint}`, { sql: error.sql, position: error.position }, { cause: error });
  }
}
