import { resolve } from 'node:path';
import { InvalidArgumentError } from '../errors.ts';

/**
 * The database file of `sqlite:PATH`. The spelling of SQLAlchemy, which PyIceberg's configuration has, is read too:
 * `sqlite:////abs/catalog.db` is absolute and `sqlite:///catalog.db` relative. Relative paths start at the working folder.
 *
 * @throws {InvalidArgumentError} not a SQLite URI, or a database in memory
 */
export function sqlitePath(uri: string): string {
  const match = /^sqlite:(?:\/\/\/)?(.+)$/.exec(uri);
  const path = match?.[1];
  if (path !== undefined && path !== ':memory:' && !/^\/\/[^/]/.test(path)) return resolve(path);
  throw new InvalidArgumentError(
    `Catalog uri "${uri}" is not a SQLite database file. Nothing was opened. Give it as sqlite:/absolute/path.db` +
      (path === ':memory:' ? ', or use MemoryCatalog.' : '.'),
  );
}
