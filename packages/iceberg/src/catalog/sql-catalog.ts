import { existsSync } from 'node:fs';
import { CatalogError } from '../errors.ts';
import type { FileIO } from '../io/file-io.ts';
import type { CatalogFaults } from './catalog-faults.ts';
import { SqliteDatabase } from './sqlite-database.ts';
import { loadSqliteDriver, type SqliteDriverName } from './sqlite-driver.ts';
import { catalogNames } from './sqlite-layout.ts';
import { SqliteStore } from './sqlite-store.ts';
import { sqlitePath } from './sqlite-uri.ts';
import { StoredCatalog } from './stored-catalog.ts';
import { defaultFileIO, warehouseLocation } from './warehouse-location.ts';

/** The name of a new catalog in its database. */
export const DEFAULT_CATALOG_NAME = 'psyberg';

export interface SqlCatalogOptions {
  /** `sqlite:/absolute/path.db`. */
  readonly uri: string;
  /** Folder or URI that new tables are placed below; an absolute path is stored as a `file://` URI. */
  readonly warehouse: string;
  /** The `catalog_name` of our rows. Default: the one name that the database holds already, else `psyberg`. */
  readonly name?: string;
  /** Default: by the warehouse's scheme. */
  readonly io?: FileIO;
  /** Now, in milliseconds since the epoch. Default: the system's clock. */
  readonly clock?: () => number;
  /** Whether a missing database is made, at the first write. Default true. */
  readonly create?: boolean;
  /** Default: `node:sqlite` where Node has it, else better-sqlite3. */
  readonly driver?: SqliteDriverName;
  /** How long a call waits, and holds up this process, while another one has the database locked. Default 10 s. */
  readonly busyTimeoutMs?: number;
  /** For tests. */
  readonly faults?: CatalogFaults;
}

/**
 * An Iceberg SQL catalog in a SQLite file, in the layout that PyIceberg's `SqlCatalog` and Java's `JdbcCatalog` share; all
 * of them, and several processes of ours, can work on one database at the same time.
 *
 * Reading leaves the database's bytes alone and makes no files. Calls on the database are synchronous and short; one that
 * meets a lock waits up to ten seconds and holds up this process meanwhile.
 */
export class SqlCatalog extends StoredCatalog {
  /** @throws {CatalogError} missing and `create` is false, or several catalog names and none given @throws {NoSqliteError} */
  static async open(options: SqlCatalogOptions): Promise<SqlCatalog> {
    const path = sqlitePath(options.uri);
    const warehouse = warehouseLocation(options.warehouse);
    const io = options.io ?? defaultFileIO(options.warehouse);
    const database = new SqliteDatabase(path, await loadSqliteDriver(options.driver), options.busyTimeoutMs);
    try {
      if (options.create === false) requireDatabase(database, options.warehouse);
      const name = options.name ?? theOneName(path, database.read([], catalogNames));
      return new SqlCatalog(new SqliteStore(database, name), { ...options, name, warehouse, io });
    } catch (error) {
      database.close();
      throw error;
    }
  }
}

/** As {@link SqlCatalog.open}. */
export const openSqlCatalog = (options: SqlCatalogOptions): Promise<SqlCatalog> => SqlCatalog.open(options);

function requireDatabase(database: SqliteDatabase, warehouse: string): void {
  if (database.layout !== 'none') return;
  const state = existsSync(database.path) ? 'has no Iceberg catalog in it' : 'does not exist';
  throw new CatalogError(
    `Warehouse missing: the catalog database ${database.path} of warehouse ${warehouse} ${state}. Nothing was created. ` +
      'Check the paths in the configuration, or run a command that writes to make a new one.',
  );
}

function theOneName(path: string, names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? DEFAULT_CATALOG_NAME;
  throw new CatalogError(
    `The database ${path} holds the catalogs ${names.join(', ')}. None was opened. Say which one by its name (\`catalog.name\` in the configuration).`,
  );
}
