import type { FileIO } from '../io/file-io.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { MetadataUpdate, TableRequirement } from '../metadata/updates.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { SortOrder } from '../spec/sort-order.ts';
import type { Schema } from '../spec/types.ts';

/** Namespace levels and table name. `raw.signups` is `{ namespace: ['raw'], name: 'signups' }`. */
export interface TableIdentifier {
  readonly namespace: readonly string[];
  readonly name: string;
}

/** What a catalog knows of a table: where its metadata is, and what it says. */
export interface LoadedTable {
  readonly identifier: TableIdentifier;
  readonly metadataLocation: string;
  readonly metadata: TableMetadata;
}

export interface CreateTableRequest {
  /** Field ids are assigned anew from 1, in order, whatever they were; nested ids after all top-level ones, as Java does. */
  readonly schema: Schema;
  /** Source ids refer to `schema` as given. Default: unpartitioned. */
  readonly partitionSpec?: PartitionSpec;
  readonly sortOrder?: SortOrder;
  readonly location?: string;
  readonly properties?: Readonly<Record<string, string>>;
  /** Default 2. */
  readonly formatVersion?: 1 | 2;
}

/**
 * Names tables and swaps their metadata atomically.
 *
 * Implemented by `SqlCatalog` (SQLite now) and `MemoryCatalog`; every implementation passes `catalogConformance`. A catalog
 * owns its database connection (`close`) and hands out the `FileIO` of its warehouse. It does not retry commits: that is
 * for the commit loop, which knows what to check again.
 */
export interface Catalog {
  readonly name: string;
  readonly io: FileIO;
  createNamespace(namespace: readonly string[], properties?: Readonly<Record<string, string>>): Promise<void>;
  namespaceExists(namespace: readonly string[]): Promise<boolean>;
  /** Direct children of `parent`, or top-level namespaces. */
  listNamespaces(parent?: readonly string[]): Promise<readonly (readonly string[])[]>;
  dropNamespace(namespace: readonly string[]): Promise<void>;
  /** @throws {NoSuchNamespaceError} */
  namespaceProperties(namespace: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /**
   * Changes one property only if it still has the value `expected` (`undefined`: is absent); `next` undefined removes it.
   * Returns whether it did. Atomic between processes.
   */
  compareAndSetNamespaceProperty(
    namespace: readonly string[],
    key: string,
    expected: string | undefined,
    next: string | undefined,
  ): Promise<boolean>;
  listTables(namespace: readonly string[]): Promise<readonly TableIdentifier[]>;
  tableExists(identifier: TableIdentifier): Promise<boolean>;
  /** @throws {NoSuchTableError} @throws {UnsupportedFeatureError} format 3 and other things not read yet */
  loadTable(identifier: TableIdentifier): Promise<LoadedTable>;
  /** Where the metadata of the table is now, without reading it; cheap "did anything change". @throws {NoSuchTableError} */
  metadataLocation(identifier: TableIdentifier): Promise<string>;
  /** The namespace must exist. @throws {TableExistsError} @throws {NoSuchNamespaceError} */
  createTable(identifier: TableIdentifier, request: CreateTableRequest): Promise<LoadedTable>;
  /**
   * Applies `updates` to `base` and swaps, if `base` is still current and all requirements hold.
   *
   * @throws {CommitConflictError} someone else committed first, or a requirement failed; nothing happened
   * @throws {CommitStateUnknownError} the swap may have been applied; delete nothing, look first
   */
  commitTable(
    base: LoadedTable,
    requirements: readonly TableRequirement[],
    updates: readonly MetadataUpdate[],
  ): Promise<LoadedTable>;
  /** Forgets the table; `purge` also deletes its files. @throws {NoSuchTableError} */
  dropTable(identifier: TableIdentifier, options?: { readonly purge?: boolean }): Promise<void>;
  renameTable(from: TableIdentifier, to: TableIdentifier): Promise<void>;
  registerTable(identifier: TableIdentifier, metadataLocation: string): Promise<LoadedTable>;
  close(): Promise<void>;
}

/** `raw.signups`; levels and name joined by dots. */
export const formatIdentifier = (identifier: TableIdentifier): string =>
  [...identifier.namespace, identifier.name].join('.');

/** The last part is the table's name. @throws {TypeError} fewer than two parts, or an empty one */
export function parseIdentifier(text: string): TableIdentifier {
  const parts = text.split('.');
  if (parts.length < 2 || parts.some((part) => part === '')) {
    throw new TypeError(`"${text}" is not a table name; expected namespace.table`);
  }
  return { namespace: parts.slice(0, -1), name: parts[parts.length - 1]! };
}
