import { NoSuchTableError, openTable, type Table, type TableIdentifier } from '@psyberg/iceberg';
import type { Project } from '../project.ts';

/** Undefined: there is no such table. */
export async function openIfExists(project: Project, identifier: TableIdentifier): Promise<Table | undefined> {
  try {
    return await openTable(project.catalog, identifier);
  } catch (error) {
    if (error instanceof NoSuchTableError) return undefined;
    throw error;
  }
}
