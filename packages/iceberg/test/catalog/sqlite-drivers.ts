import { loadSqliteDriver, type SqliteDriverName } from '../../src/catalog/sqlite-driver.ts';
import { NoSqliteError } from '../../src/errors.ts';

/** Whether the Node that runs the tests has it, or the installed binary fits this Node. */
async function isAvailable(name: SqliteDriverName): Promise<boolean> {
  try {
    await loadSqliteDriver(name);
    return true;
  } catch (error) {
    if (error instanceof NoSqliteError) return false;
    throw error;
  }
}

/** At least one; both where Node has its own and better-sqlite3 was built for it. */
export const availableDrivers: readonly SqliteDriverName[] = [
  ...((await isAvailable('better-sqlite3')) ? (['better-sqlite3'] as const) : []),
  ...((await isAvailable('node:sqlite')) ? (['node:sqlite'] as const) : []),
];
