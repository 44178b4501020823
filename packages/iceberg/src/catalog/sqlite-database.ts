import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { CatalogError, IcebergError } from '../errors.ts';
import type { SqliteConnection, SqliteDriver } from './sqlite-driver.ts';
import { readFailure, writeFailure } from './sqlite-failure.ts';
import { type CatalogLayout, createTables, layoutOf } from './sqlite-layout.ts';

/** How long a call waits for another process's lock. */
const DEFAULT_BUSY_TIMEOUT_MS = 10_000;

/**
 * One connection to a catalog's database, opened when first needed.
 *
 * Reading changes no file and makes none: the database stays in the journal mode it has (by default a rollback journal,
 * which exists only while something is written), and a missing file, or one without our tables, reads as empty. The first
 * write makes both. No transaction lives longer than one call, so handles of one process cannot lock each other out.
 */
export class SqliteDatabase {
  readonly path: string;
  readonly #driver: SqliteDriver;
  readonly #busyTimeoutMs: number;
  #connection: SqliteConnection | undefined;
  #layout: CatalogLayout = 'none';
  #isClosed = false;

  constructor(path: string, driver: SqliteDriver, busyTimeoutMs = DEFAULT_BUSY_TIMEOUT_MS) {
    this.path = path;
    this.#driver = driver;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** Nothing known (`none`) while the file or our tables are missing. */
  get layout(): CatalogLayout {
    this.#reader();
    return this.#layout;
  }

  /** What `query` finds, or `empty` while there is nothing to ask. @throws {CatalogError} */
  read<T>(empty: T, query: (connection: SqliteConnection) => T): T {
    const connection = this.#reader();
    if (connection === undefined) return empty;
    try {
      return query(connection);
    } catch (error) {
      throw readFailure(this.path, error);
    }
  }

  /**
   * Runs `action` in one transaction that holds the write lock from its beginning; a deferred one would fail, whatever the
   * timeout, when it turns from reading to writing.
   *
   * @throws {CatalogError} refused @throws {CommitConflictError} locked @throws {CommitStateUnknownError}
   */
  write<T>(action: (connection: SqliteConnection, layout: CatalogLayout) => T): T {
    const connection = this.#opened(true);
    try {
      connection.exec('BEGIN IMMEDIATE');
      if (this.#layout === 'none') this.#makeTables(connection);
      const result = action(connection, this.#layout);
      connection.exec('COMMIT');
      return result;
    } catch (error) {
      rollBack(connection);
      // Tables made by this transaction went with it.
      this.#layout = 'none';
      throw error instanceof IcebergError ? error : writeFailure(this.path, error);
    }
  }

  /** As {@link write}, for an action that has nothing to do while there are no tables; then nothing is made. */
  writeIfPresent<T>(absent: T, action: (connection: SqliteConnection, layout: CatalogLayout) => T): T {
    return this.layout === 'none' ? absent : this.write(action);
  }

  close(): void {
    this.#isClosed = true;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #reader(): SqliteConnection | undefined {
    if (this.#connection === undefined && !this.#isClosed && !existsSync(this.path)) return undefined;
    const connection = this.#opened(false);
    if (this.#layout === 'none') this.#layout = this.#attempt(() => layoutOf(connection));
    return this.#layout === 'none' ? undefined : connection;
  }

  #opened(makeFolder: boolean): SqliteConnection {
    if (this.#isClosed) {
      throw new CatalogError(`The catalog on ${this.path} is closed. Nothing was read or written. Open it again.`);
    }
    this.#connection ??= this.#attempt(() => {
      if (makeFolder) mkdirSync(dirname(this.path), { recursive: true });
      const connection = this.#driver.open(this.path);
      connection.exec(`PRAGMA busy_timeout = ${this.#busyTimeoutMs}; PRAGMA synchronous = FULL;`);
      return connection;
    });
    return this.#connection;
  }

  #makeTables(connection: SqliteConnection): void {
    createTables(connection);
    this.#layout = layoutOf(connection);
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw readFailure(this.path, error);
    }
  }
}

/** SQLite ends some failed transactions itself; then there is nothing to roll back, which is what was wanted. */
function rollBack(connection: SqliteConnection): void {
  try {
    connection.exec('ROLLBACK');
  } catch {
    return;
  }
}
