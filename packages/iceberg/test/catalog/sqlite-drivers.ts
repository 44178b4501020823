import type { SqliteDriverName } from '../../src/catalog/sqlite-driver.ts';

const hasNodeSqlite = (process as { getBuiltinModule?: (id: string) => unknown }).getBuiltinModule?.('node:sqlite');

/** better-sqlite3 is a development dependency; node:sqlite depends on the Node that runs the tests. */
export const availableDrivers: readonly SqliteDriverName[] =
  hasNodeSqlite === undefined ? ['better-sqlite3'] : ['better-sqlite3', 'node:sqlite'];
