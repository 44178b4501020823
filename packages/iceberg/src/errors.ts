/**
 * What went wrong, as types. `outcome` is the only thing a retry loop looks at.
 *
 * - `retryable`: it did not happen; refresh and try again.
 * - `terminal`: it did not happen and will not by repetition.
 * - `unknown`: it may have happened. Delete nothing, repeat nothing; look first.
 */
export type Outcome = 'retryable' | 'terminal' | 'unknown';

export type IcebergErrorCode =
  | 'ICE_COMMIT_CONFLICT'
  | 'ICE_COMMIT_STATE_UNKNOWN'
  | 'ICE_VALIDATION'
  | 'ICE_CHERRY_PICK'
  | 'ICE_NO_SUCH_TABLE'
  | 'ICE_NO_SUCH_NAMESPACE'
  | 'ICE_NO_SUCH_SNAPSHOT'
  | 'ICE_NO_SUCH_REF'
  | 'ICE_NOT_ANCESTOR'
  | 'ICE_ALREADY_EXISTS'
  | 'ICE_NAMESPACE_NOT_EMPTY'
  | 'ICE_UNSUPPORTED'
  | 'ICE_INVALID_METADATA'
  | 'ICE_INVALID_AVRO'
  | 'ICE_INVALID_ARGUMENT'
  | 'ICE_FILE_NOT_FOUND'
  | 'ICE_FILE_EXISTS'
  | 'ICE_FILE_IO'
  | 'ICE_CATALOG'
  | 'ICE_NO_SQLITE';

/** Root of everything this package throws on purpose. */
export abstract class IcebergError extends Error {
  abstract readonly code: IcebergErrorCode;
  abstract readonly outcome: Outcome;
  override get name(): string {
    return this.constructor.name;
  }
}

/** Another writer committed first, or a requirement failed; nothing happened. */
export class CommitConflictError extends IcebergError {
  readonly code = 'ICE_COMMIT_CONFLICT';
  readonly outcome = 'retryable';
}

/** The swap may have been applied (connection lost while it ran). */
export class CommitStateUnknownError extends IcebergError {
  readonly code = 'ICE_COMMIT_STATE_UNKNOWN';
  readonly outcome = 'unknown';
}

/** Our own check against what others committed meanwhile said no. */
export class ValidationError extends IcebergError {
  readonly code = 'ICE_VALIDATION';
  readonly outcome = 'terminal';
}

/** The snapshot cannot be cherry-picked by the Java rules. */
export class CherryPickError extends IcebergError {
  readonly code = 'ICE_CHERRY_PICK';
  readonly outcome = 'terminal';
}

export class NoSuchTableError extends IcebergError {
  readonly code = 'ICE_NO_SUCH_TABLE';
  readonly outcome = 'terminal';
}

export class NoSuchNamespaceError extends IcebergError {
  readonly code = 'ICE_NO_SUCH_NAMESPACE';
  readonly outcome = 'terminal';
}

export class NoSuchSnapshotError extends IcebergError {
  readonly code = 'ICE_NO_SUCH_SNAPSHOT';
  readonly outcome = 'terminal';
}

export class NoSuchRefError extends IcebergError {
  readonly code = 'ICE_NO_SUCH_REF';
  readonly outcome = 'terminal';
}

export class SnapshotNotAncestorError extends IcebergError {
  readonly code = 'ICE_NOT_ANCESTOR';
  readonly outcome = 'terminal';
}

export class AlreadyExistsError extends IcebergError {
  readonly code = 'ICE_ALREADY_EXISTS';
  readonly outcome = 'terminal';
}

export class NamespaceNotEmptyError extends IcebergError {
  readonly code = 'ICE_NAMESPACE_NOT_EMPTY';
  readonly outcome = 'terminal';
}

/** Delete files, format 3, unknown transforms, other file formats: refused, never read past. Message names table and snapshot. */
export class UnsupportedFeatureError extends IcebergError {
  readonly code = 'ICE_UNSUPPORTED';
  readonly outcome = 'terminal';
}

export class InvalidMetadataError extends IcebergError {
  readonly code = 'ICE_INVALID_METADATA';
  readonly outcome = 'terminal';
}

export class InvalidAvroError extends IcebergError {
  readonly code = 'ICE_INVALID_AVRO';
  readonly outcome = 'terminal';
}

export class InvalidArgumentError extends IcebergError {
  readonly code = 'ICE_INVALID_ARGUMENT';
  readonly outcome = 'terminal';
}

export class FileNotFoundError extends IcebergError {
  readonly code = 'ICE_FILE_NOT_FOUND';
  readonly outcome = 'terminal';
}

export class FileExistsError extends IcebergError {
  readonly code = 'ICE_FILE_EXISTS';
  readonly outcome = 'terminal';
}

export class FileIOError extends IcebergError {
  readonly code = 'ICE_FILE_IO';
  readonly outcome = 'terminal';
}

/** The catalog's database refused or failed outside a swap. */
export class CatalogError extends IcebergError {
  readonly code = 'ICE_CATALOG';
  readonly outcome = 'terminal';
}

/** Neither `node:sqlite` nor better-sqlite3 is there. */
export class NoSqliteError extends IcebergError {
  readonly code = 'ICE_NO_SQLITE';
  readonly outcome = 'terminal';
}
