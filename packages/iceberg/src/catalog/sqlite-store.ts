import type { CatalogStore, StoredName } from './catalog-store.ts';
import { EXISTS_PROPERTY } from './namespace-text.ts';
import type { SqliteDatabase } from './sqlite-database.ts';
import type { SqliteConnection } from './sqlite-driver.ts';
import type { CatalogLayout } from './sqlite-layout.ts';

const TABLE = 'catalog_name = ? AND table_namespace = ? AND table_name = ?';
const NAMESPACE = 'catalog_name = ? AND namespace = ?';
const PROPERTY = `${NAMESPACE} AND property_key = ?`;

/** Rows of a database without the column, and rows written before it was added, are tables. */
const onlyTables = (layout: CatalogLayout): string =>
  layout === 'v1' ? " AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)" : '';

/** Catalog rows in SQLite, shared with PyIceberg, Java and Rust: see `sqlite-layout.ts`. */
export class SqliteStore implements CatalogStore {
  readonly #database: SqliteDatabase;
  readonly #catalog: string;

  constructor(database: SqliteDatabase, catalogName: string) {
    this.#database = database;
    this.#catalog = catalogName;
  }

  async namespaceExists(namespace: string): Promise<boolean> {
    return this.#database.read(false, (connection) => this.#exists(connection, namespace));
  }

  async listNamespaces(): Promise<readonly string[]> {
    return this.#database.read<readonly string[]>([], (connection) => {
      const sql = `SELECT table_namespace AS namespace FROM iceberg_tables WHERE catalog_name = ?
        UNION SELECT namespace FROM iceberg_namespace_properties WHERE catalog_name = ?`;
      return connection.all(sql, this.#catalog, this.#catalog).map((row) => String(row.namespace));
    });
  }

  async namespaceProperties(namespace: string): Promise<Readonly<Record<string, string>>> {
    return this.#database.read<Readonly<Record<string, string>>>({}, (connection) => {
      const sql = `SELECT property_key, property_value FROM iceberg_namespace_properties WHERE ${NAMESPACE}`;
      const rows = connection.all(sql, this.#catalog, namespace);
      return Object.fromEntries(rows.map((row) => [String(row.property_key), String(row.property_value)]));
    });
  }

  async createNamespace(namespace: string, properties: Readonly<Record<string, string>>): Promise<boolean> {
    return this.#database.write((connection) => {
      if (this.#exists(connection, namespace)) return false;
      for (const [key, value] of Object.entries(properties)) this.#insertProperty(connection, namespace, key, value);
      return true;
    });
  }

  async dropNamespace(namespace: string): Promise<'dropped' | 'missing' | 'not-empty'> {
    return this.#database.writeIfPresent<'dropped' | 'missing' | 'not-empty'>('missing', (connection) => {
      if (!this.#exists(connection, namespace)) return 'missing';
      if (this.#hasContent(connection, namespace)) return 'not-empty';
      connection.run(`DELETE FROM iceberg_namespace_properties WHERE ${NAMESPACE}`, this.#catalog, namespace);
      return 'dropped';
    });
  }

  async compareAndSetNamespaceProperty(
    namespace: string,
    key: string,
    expected: string | undefined,
    next: string | undefined,
  ): Promise<'changed' | 'different' | 'missing'> {
    return this.#database.writeIfPresent<'changed' | 'different' | 'missing'>('missing', (connection) => {
      if (!this.#exists(connection, namespace)) return 'missing';
      const sql = `SELECT property_value FROM iceberg_namespace_properties WHERE ${PROPERTY}`;
      const found = connection.get(sql, this.#catalog, namespace, key)?.property_value;
      if (found !== expected) return 'different';
      connection.run(`DELETE FROM iceberg_namespace_properties WHERE ${PROPERTY}`, this.#catalog, namespace, key);
      // A namespace may stand by this one property; it must not vanish with it.
      if (next === undefined) this.#insertProperty(connection, namespace, EXISTS_PROPERTY, 'true');
      else this.#insertProperty(connection, namespace, key, next);
      return 'changed';
    });
  }

  async listTables(namespace: string): Promise<readonly string[]> {
    const { layout } = this.#database;
    return this.#database.read<readonly string[]>([], (connection) => {
      const sql = `SELECT table_name FROM iceberg_tables WHERE catalog_name = ? AND table_namespace = ?${onlyTables(layout)}`;
      return connection.all(sql, this.#catalog, namespace).map((row) => String(row.table_name));
    });
  }

  async metadataLocations(): Promise<readonly string[]> {
    return this.#database.read<readonly string[]>([], (connection) =>
      // Tables of other catalog names in this database have files too.
      connection
        .all('SELECT metadata_location FROM iceberg_tables WHERE metadata_location IS NOT NULL')
        .map((row) => String(row.metadata_location)),
    );
  }

  async metadataLocation(table: StoredName): Promise<string | undefined> {
    const { layout } = this.#database;
    return this.#database.read<string | undefined>(undefined, (connection) => {
      const sql = `SELECT metadata_location FROM iceberg_tables WHERE ${TABLE}${onlyTables(layout)}`;
      const location = connection.get(sql, ...this.#key(table))?.metadata_location;
      return typeof location === 'string' ? location : undefined;
    });
  }

  async insertTable(table: StoredName, metadataLocation: string): Promise<boolean> {
    return this.#database.write((connection, layout) => {
      const sql =
        layout === 'v1'
          ? `INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type)
             VALUES (?, ?, ?, ?, 'TABLE') ON CONFLICT DO NOTHING`
          : `INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location)
             VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`;
      return connection.run(sql, ...this.#key(table), metadataLocation) === 1;
    });
  }

  async swapMetadata(table: StoredName, expected: string, next: string): Promise<boolean> {
    return this.#database.writeIfPresent<boolean>(false, (connection, layout) => {
      const sql = `UPDATE iceberg_tables SET metadata_location = ?, previous_metadata_location = ?
        WHERE ${TABLE} AND metadata_location = ?${onlyTables(layout)}`;
      return connection.run(sql, next, expected, ...this.#key(table), expected) === 1;
    });
  }

  async deleteTable(table: StoredName): Promise<boolean> {
    return this.#database.writeIfPresent<boolean>(false, (connection, layout) => {
      const sql = `DELETE FROM iceberg_tables WHERE ${TABLE}${onlyTables(layout)}`;
      return connection.run(sql, ...this.#key(table)) === 1;
    });
  }

  async renameTable(from: StoredName, to: StoredName): Promise<'renamed' | 'missing' | 'exists'> {
    return this.#database.writeIfPresent<'renamed' | 'missing' | 'exists'>('missing', (connection, layout) => {
      const find = `SELECT 1 FROM iceberg_tables WHERE ${TABLE}`;
      if (connection.get(find + onlyTables(layout), ...this.#key(from)) === undefined) return 'missing';
      if (connection.get(find, ...this.#key(to)) !== undefined) return 'exists';
      const sql = `UPDATE iceberg_tables SET table_namespace = ?, table_name = ? WHERE ${TABLE}`;
      connection.run(sql, to.namespace, to.name, ...this.#key(from));
      return 'renamed';
    });
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  #key(table: StoredName): [string, string, string] {
    return [this.#catalog, table.namespace, table.name];
  }

  #insertProperty(connection: SqliteConnection, namespace: string, key: string, value: string): void {
    const sql = `INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key, property_value)
      VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`;
    connection.run(sql, this.#catalog, namespace, key, value);
  }

  #exists(connection: SqliteConnection, namespace: string): boolean {
    const sql = `SELECT 1 FROM iceberg_namespace_properties WHERE ${NAMESPACE} LIMIT 1`;
    return connection.get(sql, this.#catalog, namespace) !== undefined || this.#hasContent(connection, namespace);
  }

  /** Tables, views or namespaces in it, at any depth. Compared by prefix; LIKE would take `_` and `%` for wildcards. */
  #hasContent(connection: SqliteConnection, namespace: string): boolean {
    const below = `${namespace}.`;
    const sql = `SELECT 1 FROM iceberg_tables
        WHERE catalog_name = ? AND (table_namespace = ? OR substr(table_namespace, 1, length(?)) = ?)
      UNION ALL SELECT 1 FROM iceberg_namespace_properties
        WHERE catalog_name = ? AND substr(namespace, 1, length(?)) = ? LIMIT 1`;
    return connection.get(sql, this.#catalog, namespace, below, below, this.#catalog, below, below) !== undefined;
  }
}
