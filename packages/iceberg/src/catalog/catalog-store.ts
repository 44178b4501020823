/**
 * The rows behind a catalog: which namespaces there are, and which metadata file is current for which table.
 *
 * Implemented by `SqliteStore` and `MemoryStore`; all that is Iceberg stands once, in `StoredCatalog`, above this. Each
 * method is atomic between processes and durable when its promise resolves. A namespace is its levels joined by dots; one
 * that only appears as part of a table's or another namespace's name exists too.
 *
 * Errors: `CatalogError` when the database refuses and nothing happened, `CommitConflictError` when it was locked too
 * long, `CommitStateUnknownError` when a write may have happened.
 */
export interface CatalogStore {
  namespaceExists(namespace: string): Promise<boolean>;
  /** Every namespace that has a row of its own or a table; implied parents are not listed. */
  listNamespaces(): Promise<readonly string[]>;
  namespaceProperties(namespace: string): Promise<Readonly<Record<string, string>>>;
  /** @returns false when it exists */
  createNamespace(namespace: string, properties: Readonly<Record<string, string>>): Promise<boolean>;
  dropNamespace(namespace: string): Promise<'dropped' | 'missing' | 'not-empty'>;
  compareAndSetNamespaceProperty(
    namespace: string,
    key: string,
    expected: string | undefined,
    next: string | undefined,
  ): Promise<'changed' | 'different' | 'missing'>;
  listTables(namespace: string): Promise<readonly string[]>;
  /** The metadata locations of all tables. */
  metadataLocations(): Promise<readonly string[]>;
  metadataLocation(table: StoredName): Promise<string | undefined>;
  /** @returns false when the name is taken, by a view for example */
  insertTable(table: StoredName, metadataLocation: string): Promise<boolean>;
  /** @returns false when the table is gone or its location is not `expected` */
  swapMetadata(table: StoredName, expected: string, next: string): Promise<boolean>;
  /** @returns false when there is no such table */
  deleteTable(table: StoredName): Promise<boolean>;
  renameTable(from: StoredName, to: StoredName): Promise<'renamed' | 'missing' | 'exists'>;
  close(): Promise<void>;
}

export interface StoredName {
  readonly namespace: string;
  readonly name: string;
}
