import { NoSqliteError } from '../errors.ts';

export type SqlRow = Readonly<Record<string, unknown>>;
export type SqlParameter = string | null;

/** The five things a catalog asks of SQLite; synchronous, as both drivers are. */
export interface SqliteConnection {
  exec(sql: string): void;
  get(sql: string, ...parameters: readonly SqlParameter[]): SqlRow | undefined;
  all(sql: string, ...parameters: readonly SqlParameter[]): readonly SqlRow[];
  /** @returns how many rows changed */
  run(sql: string, ...parameters: readonly SqlParameter[]): number;
  close(): void;
}

export interface SqliteDriver {
  readonly name: SqliteDriverName;
  /** Opens for reading and writing; makes the file when there is none. */
  readonly open: (path: string) => SqliteConnection;
}

export type SqliteDriverName = 'node:sqlite' | 'better-sqlite3';

/** What both drivers have in common; declared here so that neither package's types are needed to use this one. */
interface Statement {
  get(...parameters: readonly SqlParameter[]): unknown;
  all(...parameters: readonly SqlParameter[]): unknown[];
  run(...parameters: readonly SqlParameter[]): { readonly changes: number | bigint };
}

interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

type DatabaseClass = new (path: string) => Database;

/**
 * The SQLite of Node itself where it has one (from 22.13), else better-sqlite3 if it is installed.
 *
 * @param only insist on one of them
 * @throws {NoSqliteError} with the line that installs one
 */
export async function loadSqliteDriver(only?: SqliteDriverName): Promise<SqliteDriver> {
  const builtIn = only === 'better-sqlite3' ? undefined : nodeSqlite();
  if (builtIn !== undefined) return driver('node:sqlite', builtIn);
  if (only === 'node:sqlite') throw noSqlite(`Node ${process.version} has no node:sqlite`, undefined);
  try {
    const { default: betterSqlite } = (await import('better-sqlite3')) as unknown as {
      readonly default: DatabaseClass;
    };
    // The package may be there without its binary, or with one for another Node; only opening something shows it.
    new betterSqlite(':memory:').close();
    return driver('better-sqlite3', betterSqlite);
  } catch (cause) {
    throw noSqlite('Neither node:sqlite nor better-sqlite3 can be loaded', cause);
  }
}

function nodeSqlite(): DatabaseClass | undefined {
  const { getBuiltinModule } = process as { readonly getBuiltinModule?: (id: string) => unknown };
  // Node 22 warns on stderr that its SQLite is experimental, which no user of a catalog can do anything about.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    const module = getBuiltinModule?.('node:sqlite') as { readonly DatabaseSync: DatabaseClass } | undefined;
    return module?.DatabaseSync;
  } finally {
    process.emitWarning = emitWarning;
  }
}

const driver = (name: SqliteDriverName, databaseClass: DatabaseClass): SqliteDriver => ({
  name,
  open: (path) => connection(new databaseClass(path)),
});

function connection(database: Database): SqliteConnection {
  const statements = new Map<string, Statement>();
  const prepared = (sql: string): Statement => {
    const statement = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    exec: (sql) => void database.exec(sql),
    get: (sql, ...parameters) => prepared(sql).get(...parameters) as SqlRow | undefined,
    all: (sql, ...parameters) => prepared(sql).all(...parameters) as SqlRow[],
    run: (sql, ...parameters) => Number(prepared(sql).run(...parameters).changes),
    close: () => void database.close(),
  };
}

function noSqlite(what: string, cause: unknown): NoSqliteError {
  return new NoSqliteError(
    `${what}. The catalog was not opened. Use Node 22.13 or later, or run: npm install better-sqlite3@~12.11.1`,
    { cause },
  );
}
