import type { EngineErrorCode, PsybergErrorCode, ReportStatus } from '@psyberg/core';
import type { IcebergErrorCode } from '@psyberg/iceberg';

/** What the process ends with; scripts hold on to these numbers. */
export const EXIT = {
  ok: 0,
  failure: 1,
  usage: 2,
  held: 3,
  conflict: 4,
  mixed: 5,
  decision: 6,
  different: 7,
  /** `plan --detailed-exitcode`: there is work. */
  work: 10,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Exit status of each error code; typed so that a new code cannot be forgotten. */
export const EXIT_BY_ERROR_CODE: Readonly<Record<PsybergErrorCode | EngineErrorCode | IcebergErrorCode, ExitCode>> = {
  PSY_CONFIG: EXIT.usage,
  PSY_USAGE: EXIT.usage,
  PSY_NEEDS_DECISION: EXIT.decision,
  PSY_UNSUPPORTED_SOURCE: EXIT.decision,
  PSY_CONFLICT: EXIT.conflict,
  PSY_FENCED: EXIT.conflict,
  PSY_LEASE_HELD: EXIT.conflict,
  PSY_ATTEMPT_REFUSED: EXIT.conflict,
  PSY_SESSION_NOT_FOUND: EXIT.usage,
  PSY_WRONG_STATE: EXIT.usage,
  PSY_HELD: EXIT.held,
  PSY_INTERRUPTED: EXIT.interrupted,
  PSY_BUG: EXIT.failure,
  ENG_SQL: EXIT.usage,
  ENG_FORBIDDEN: EXIT.usage,
  ENG_SCHEMA_MISMATCH: EXIT.usage,
  ENG_ROWS_OUTSIDE_RANGE: EXIT.failure,
  ENG_NULL_TIME: EXIT.failure,
  ENG_OUT_OF_MEMORY: EXIT.failure,
  ENG_UNSUPPORTED_TYPE: EXIT.decision,
  ENG_FAILED: EXIT.failure,
  ICE_COMMIT_CONFLICT: EXIT.conflict,
  ICE_COMMIT_STATE_UNKNOWN: EXIT.failure,
  ICE_VALIDATION: EXIT.conflict,
  ICE_CHERRY_PICK: EXIT.conflict,
  ICE_NO_SUCH_TABLE: EXIT.usage,
  ICE_NO_SUCH_NAMESPACE: EXIT.usage,
  ICE_NO_SUCH_SNAPSHOT: EXIT.usage,
  ICE_NO_SUCH_REF: EXIT.usage,
  ICE_NOT_ANCESTOR: EXIT.decision,
  ICE_ALREADY_EXISTS: EXIT.failure,
  ICE_NAMESPACE_NOT_EMPTY: EXIT.failure,
  ICE_UNSUPPORTED: EXIT.decision,
  ICE_INVALID_METADATA: EXIT.failure,
  ICE_INVALID_AVRO: EXIT.failure,
  ICE_INVALID_ARGUMENT: EXIT.usage,
  ICE_FILE_NOT_FOUND: EXIT.failure,
  ICE_FILE_EXISTS: EXIT.failure,
  ICE_FILE_IO: EXIT.failure,
  ICE_CATALOG: EXIT.failure,
  ICE_NO_SQLITE: EXIT.usage,
};

/** Exit status of whatever was thrown; 1 for what carries no code of ours. */
export function exitCodeOfError(error: unknown): ExitCode {
  const code = errorCode(error);
  return code === undefined ? EXIT.failure : EXIT_BY_ERROR_CODE[code];
}

/** The code of an error of ours, or undefined for a foreign one. */
export function errorCode(error: unknown): keyof typeof EXIT_BY_ERROR_CODE | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  return Object.hasOwn(EXIT_BY_ERROR_CODE, error.code) ? (error.code as keyof typeof EXIT_BY_ERROR_CODE) : undefined;
}

const EXIT_BY_STATUS: Readonly<Record<ReportStatus, ExitCode>> = {
  ok: EXIT.ok,
  nothing_to_do: EXIT.ok,
  held: EXIT.held,
  conflict: EXIT.conflict,
  partial: EXIT.mixed,
  // What was not started because its upstream ended badly does not count.
  blocked: EXIT.ok,
  needs_decision: EXIT.decision,
  failed: EXIT.failure,
};

const STATUS_BY_EXIT: Readonly<Record<ExitCode, ReportStatus>> = {
  [EXIT.ok]: 'ok',
  [EXIT.failure]: 'failed',
  [EXIT.usage]: 'failed',
  [EXIT.held]: 'held',
  [EXIT.conflict]: 'conflict',
  [EXIT.mixed]: 'partial',
  [EXIT.decision]: 'needs_decision',
  [EXIT.different]: 'failed',
  [EXIT.work]: 'ok',
  [EXIT.interrupted]: 'failed',
};

/** The word for a document that ends with this code. */
export const statusOfExitCode = (exitCode: ExitCode): ReportStatus => STATUS_BY_EXIT[exitCode];

/** How one process of a chain ended, as far as the exit status looks at it. */
export interface Ending {
  readonly status: ReportStatus;
  readonly error?: unknown;
}

/** Exit status of one process: its error decides, else its status. */
export function exitCodeOfEnding(ending: Ending): ExitCode {
  if (ending.status === 'blocked') return EXIT.ok;
  return ending.error === undefined ? EXIT_BY_STATUS[ending.status] : exitCodeOfError(ending.error);
}

/**
 * One status and exit code for a chain. If all troubled processes share one code, that code; if they differ, 5; an
 * interruption is 130 whatever else went wrong. `blocked` ones do not count.
 */
export function chainEnding(endings: readonly Ending[]): {
  readonly status: ReportStatus;
  readonly exitCode: ExitCode;
} {
  const troubled = [...new Set(endings.map(exitCodeOfEnding).filter((code) => code !== EXIT.ok))];
  if (troubled.length === 0) {
    const idle = endings.every((ending) => ending.status === 'nothing_to_do');
    return { status: idle ? 'nothing_to_do' : 'ok', exitCode: EXIT.ok };
  }
  const exitCode = troubled.includes(EXIT.interrupted)
    ? EXIT.interrupted
    : troubled.length === 1
      ? troubled[0]!
      : EXIT.mixed;
  return { status: STATUS_BY_EXIT[exitCode], exitCode };
}
