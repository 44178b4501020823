import { describe, expect, it } from 'vitest';
import { readFailure, writeFailure } from '../../src/catalog/sqlite-failure.ts';
import { CatalogError, CommitConflictError, CommitStateUnknownError } from '../../src/errors.ts';

/** As better-sqlite3 reports a result. */
const named = (code: string): Error => Object.assign(new Error(`failed: ${code}`), { code });
/** As node:sqlite does: the code is always the same, the number may be an extended one. */
const numbered = (errcode: number): Error =>
  Object.assign(new Error(`failed: ${errcode}`), { code: 'ERR_SQLITE_ERROR', errcode });

describe('a failed write', () => {
  it.each([
    ['busy', named('SQLITE_BUSY'), CommitConflictError],
    ['busy, extended', named('SQLITE_BUSY_SNAPSHOT'), CommitConflictError],
    ['busy, by number', numbered(5), CommitConflictError],
    ['busy, by extended number', numbered(261), CommitConflictError],
    ['locked', numbered(6), CommitConflictError],
    ['read-only', named('SQLITE_READONLY'), CatalogError],
    ['read-only folder, by number', numbered(1544), CatalogError],
    ['full disk', named('SQLITE_FULL'), CatalogError],
    ['bad SQL', numbered(1), CatalogError],
    ['I/O', named('SQLITE_IOERR_FSYNC'), CommitStateUnknownError],
    ['I/O, by number', numbered(1034), CommitStateUnknownError],
    ['damage', named('SQLITE_CORRUPT'), CommitStateUnknownError],
    ['a number nobody knows', numbered(99), CommitStateUnknownError],
    ['something else', new TypeError('x'), CommitStateUnknownError],
  ])('because of %s', (_, cause, expected) => {
    const failure = writeFailure('/wh/catalog.db', cause);
    expect(failure).toBeInstanceOf(expected);
    expect(failure.cause).toBe(cause);
    expect(failure.message).toContain('/wh/catalog.db');
  });
});

describe('a failed read', () => {
  it.each([
    [named('SQLITE_NOTADB'), /not an intact SQLite database/],
    [numbered(5), /try again/],
    [numbered(14), /rights/],
  ])('says what to do about %s', (cause, advice) => {
    expect(readFailure('/wh/catalog.db', cause)).toBeInstanceOf(CatalogError);
    expect(readFailure('/wh/catalog.db', cause).message).toMatch(advice);
  });
});
