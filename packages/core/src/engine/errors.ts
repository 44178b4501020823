import type { Outcome } from '@psyberg/iceberg';

export type EngineErrorCode =
  | 'ENG_SQL'
  | 'ENG_SCHEMA_MISMATCH'
  | 'ENG_ROWS_OUTSIDE_RANGE'
  | 'ENG_NULL_TIME'
  | 'ENG_FORBIDDEN'
  | 'ENG_OUT_OF_MEMORY'
  | 'ENG_UNSUPPORTED_TYPE'
  | 'ENG_FAILED';

/** Root of what engines throw on purpose. */
export abstract class EngineError extends Error {
  abstract readonly code: EngineErrorCode;
  readonly outcome: Outcome = 'terminal';
  override get name(): string {
    return this.constructor.name;
  }
}

/** The SQL is wrong: does not parse, names what is not there, uses an unknown placeholder, is not one SELECT. A usage error. */
export class SqlError extends EngineError {
  readonly code = 'ENG_SQL';
  readonly sql: string;
  /** 1-based place in the user's text, where the engine gives one. */
  readonly position?: { readonly line: number; readonly column: number };
  constructor(
    message: string,
    facts: { readonly sql: string; readonly position?: { readonly line: number; readonly column: number } | undefined },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.sql = facts.sql;
    if (facts.position !== undefined) this.position = facts.position;
  }
}

/** The SQL reaches for the disk, the network, settings, or a table that is not an input. A usage error. */
export class ForbiddenSqlError extends EngineError {
  readonly code = 'ENG_FORBIDDEN';
}

/** The transform's columns do not fit the target's schema; the message shows both. */
export class SchemaMismatchError extends EngineError {
  readonly code = 'ENG_SCHEMA_MISMATCH';
}

/** The transform returned rows outside the session's range; the message shows samples. */
export class RowsOutsideRangeError extends EngineError {
  readonly code = 'ENG_ROWS_OUTSIDE_RANGE';
}

/** The transform returned rows with a NULL in the target's time column; the message shows samples. */
export class NullTimeError extends EngineError {
  readonly code = 'ENG_NULL_TIME';
}

export class OutOfMemoryError extends EngineError {
  readonly code = 'ENG_OUT_OF_MEMORY';
}

export class UnsupportedTypeError extends EngineError {
  readonly code = 'ENG_UNSUPPORTED_TYPE';
}

/** Anything else that the engine reported; the cause has its own words. */
export class EngineFailedError extends EngineError {
  readonly code = 'ENG_FAILED';
}
