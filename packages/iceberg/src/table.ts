import type { Catalog, LoadedTable, TableIdentifier } from './catalog/catalog.ts';
import type { FileIO } from './io/file-io.ts';

/**
 * A table as it was at one table commit, with the means to read and change it. Immutable: every commit returns the next one.
 */
export interface Table extends LoadedTable {
  readonly catalog: Catalog;
  readonly io: FileIO;
}

/** Reads the table's current metadata file, nothing else. @throws {NoSuchTableError} */
export async function openTable(catalog: Catalog, identifier: TableIdentifier): Promise<Table> {
  return { ...(await catalog.loadTable(identifier)), catalog, io: catalog.io };
}

/** The table as it is now; the same object when its metadata did not move. */
export async function refreshTable(table: Table): Promise<Table> {
  const location = await table.catalog.metadataLocation(table.identifier);
  return location === table.metadataLocation ? table : openTable(table.catalog, table.identifier);
}
