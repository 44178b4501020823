import { CatalogError, CommitConflictError, CommitStateUnknownError, type IcebergError } from '../errors.ts';

/** SQLite's primary result codes by number, as node:sqlite reports them; better-sqlite3 reports the names. */
const RESULT_NAMES: Readonly<Record<number, string>> = {
  1: 'ERROR',
  3: 'PERM',
  5: 'BUSY',
  6: 'LOCKED',
  7: 'NOMEM',
  8: 'READONLY',
  10: 'IOERR',
  11: 'CORRUPT',
  13: 'FULL',
  14: 'CANTOPEN',
  19: 'CONSTRAINT',
  23: 'AUTH',
  26: 'NOTADB',
};

/** After these a write is certain not to have happened. An I/O error is not among them: it may hit after the commit point. */
const CERTAIN = ['ERROR', 'PERM', 'BUSY', 'LOCKED', 'READONLY', 'FULL', 'CANTOPEN', 'CONSTRAINT', 'AUTH', 'NOTADB'];

/** What a failed read of the database means to the caller. */
export function readFailure(path: string, cause: unknown): IcebergError {
  return new CatalogError(
    `The catalog database ${path} could not be read: ${messageOf(cause)}. Nothing was changed. ${adviceFor(resultOf(cause))}`,
    { cause },
  );
}

/** What a failed write of the database means: refused, locked too long, or not known. */
export function writeFailure(path: string, cause: unknown): IcebergError {
  const result = resultOf(cause);
  if (result === 'BUSY' || result === 'LOCKED') {
    return new CommitConflictError(
      `The catalog database ${path} stayed locked by another process. Nothing was written. Try again; if it lasts, look for a process that keeps a transaction open.`,
      { cause },
    );
  }
  if (result !== undefined && CERTAIN.includes(result)) {
    return new CatalogError(
      `The catalog database ${path} refused a write: ${messageOf(cause)}. Nothing was written. ${adviceFor(result)}`,
      { cause },
    );
  }
  return new CommitStateUnknownError(
    `Writing the catalog database ${path} failed: ${messageOf(cause)}. The write may or may not have happened. Look at what the catalog says before repeating it.`,
    { cause },
  );
}

/** `BUSY` for SQLITE_BUSY and its extended codes; undefined for an error that is not SQLite's. */
function resultOf(error: unknown): string | undefined {
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown };
  if (typeof errcode === 'number') return RESULT_NAMES[errcode & 0xff];
  return typeof code === 'string' ? /^SQLITE_([A-Z]+)/.exec(code)?.[1] : undefined;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function adviceFor(result: string | undefined): string {
  switch (result) {
    case 'NOTADB':
    case 'CORRUPT':
      return 'The file is not an intact SQLite database; check the path, or restore the file.';
    case 'BUSY':
    case 'LOCKED':
      return 'Another process holds it locked; try again.';
    case 'FULL':
      return 'The disk is full; make room and try again.';
    default:
      return 'Check the path, the rights on the file and on its folder.';
  }
}
