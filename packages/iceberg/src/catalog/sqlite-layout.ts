import type { SqliteConnection } from './sqlite-driver.ts';

/** `v0`: made by an old client, without `iceberg_type`; it works as it is and is never migrated unasked. */
export type CatalogLayout = 'none' | 'v0' | 'v1';

/**
 * Exactly the tables that PyIceberg creates, and Java with `jdbc.schema-version`=`V1`, so that all of them share a database.
 */
const CREATE_TABLES = `
CREATE TABLE IF NOT EXISTS iceberg_tables (
  catalog_name VARCHAR(255) NOT NULL,
  table_namespace VARCHAR(255) NOT NULL,
  table_name VARCHAR(255) NOT NULL,
  metadata_location VARCHAR(1000),
  previous_metadata_location VARCHAR(1000),
  iceberg_type VARCHAR(5),
  PRIMARY KEY (catalog_name, table_namespace, table_name)
);
CREATE TABLE IF NOT EXISTS iceberg_namespace_properties (
  catalog_name VARCHAR(255) NOT NULL,
  namespace VARCHAR(255) NOT NULL,
  property_key VARCHAR(255) NOT NULL,
  property_value VARCHAR(1000) NOT NULL,
  PRIMARY KEY (catalog_name, namespace, property_key)
);`;

/** Reads the database's own schema only. One of the two tables missing counts as none: `createTables` completes it. */
export function layoutOf(connection: SqliteConnection): CatalogLayout {
  const tables = connection.all(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name IN ('iceberg_tables', 'iceberg_namespace_properties')",
  );
  if (tables.length < 2) return 'none';
  const column = connection.get("SELECT 1 FROM pragma_table_info('iceberg_tables') WHERE name = 'iceberg_type'");
  return column === undefined ? 'v0' : 'v1';
}

/** To be called inside a write transaction; leaves existing tables as they are. */
export function createTables(connection: SqliteConnection): void {
  connection.exec(CREATE_TABLES);
}

/** Every catalog name that the database has rows of, in order. */
export function catalogNames(connection: SqliteConnection): string[] {
  const rows = connection.all(
    'SELECT catalog_name AS name FROM iceberg_tables UNION SELECT catalog_name FROM iceberg_namespace_properties ORDER BY 1',
  );
  return rows.map((row) => String(row.name));
}
