import type { Outcome } from '@psyberg/iceberg';

export type PsybergErrorCode =
  | 'PSY_CONFIG'
  | 'PSY_USAGE'
  | 'PSY_NEEDS_DECISION'
  | 'PSY_UNSUPPORTED_SOURCE'
  | 'PSY_CONFLICT'
  | 'PSY_FENCED'
  | 'PSY_LEASE_HELD'
  | 'PSY_ATTEMPT_REFUSED'
  | 'PSY_SESSION_NOT_FOUND'
  | 'PSY_WRONG_STATE'
  | 'PSY_HELD'
  | 'PSY_INTERRUPTED'
  | 'PSY_BUG';

export interface PsybergErrorFacts {
  /** Commands worth typing next. */
  readonly next?: readonly string[];
  readonly cause?: unknown;
}

/** Root of what core throws on purpose. `code` decides the exit status, `outcome` whether to try again. */
export abstract class PsybergError extends Error {
  abstract readonly code: PsybergErrorCode;
  abstract readonly outcome: Outcome;
  readonly next: readonly string[];
  constructor(message: string, facts: PsybergErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.next = facts.next ?? [];
  }
  override get name(): string {
    return this.constructor.name;
  }
}

/** One thing wrong in a configuration, at its place. */
export interface ConfigProblem {
  readonly file: string;
  /** 1-based; absent for TypeScript configs, where `path` says it. */
  readonly line?: number;
  readonly column?: number;
  /** `processes.signup_f.sources.0.time` */
  readonly path: string;
  readonly message: string;
}

/** The configuration is wrong; nothing was begun. */
export class ConfigError extends PsybergError {
  readonly code = 'PSY_CONFIG';
  readonly outcome = 'terminal';
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[], facts?: PsybergErrorFacts) {
    super(problems.map(formatProblem).join('\n'), facts);
    this.problems = problems;
  }
}

function formatProblem(problem: ConfigProblem): string {
  const place = problem.line === undefined ? '' : `:${problem.line}:${problem.column ?? 1}`;
  return `${problem.file}${place} ${problem.path}${problem.path === '' ? '' : ': '}${problem.message}`;
}

/** A command was called wrongly; nothing was begun. */
export class UsageError extends PsybergError {
  readonly code = 'PSY_USAGE';
  readonly outcome = 'terminal';
}

/** A person must decide: a gap in history, an incompatible change, a limit exceeded, a target with rows and no record. */
export class NeedsDecisionError extends PsybergError {
  readonly code = 'PSY_NEEDS_DECISION';
  readonly outcome = 'terminal';
}

/** A source has what is not supported yet (delete files, format 3, unknown transforms, other file formats). */
export class UnsupportedSourceError extends PsybergError {
  readonly code = 'PSY_UNSUPPORTED_SOURCE';
  readonly outcome = 'terminal';
}

/** Others changed the session's intervals again and again; try later. */
export class PublishConflictError extends PsybergError {
  readonly code = 'PSY_CONFLICT';
  readonly outcome = 'retryable';
}

/** Another session of the process was published since this one was planned. */
export class FencedError extends PsybergError {
  readonly code = 'PSY_FENCED';
  readonly outcome = 'retryable';
}

/** Another run holds the process. */
export class LeaseHeldError extends PsybergError {
  readonly code = 'PSY_LEASE_HELD';
  readonly outcome = 'retryable';
}

/** The staged snapshot of an attempt cannot be used (several under one wap.id, rows outside, gone); a new attempt is open. */
export class AttemptRefusedError extends PsybergError {
  readonly code = 'PSY_ATTEMPT_REFUSED';
  readonly outcome = 'retryable';
}

export class SessionNotFoundError extends PsybergError {
  readonly code = 'PSY_SESSION_NOT_FOUND';
  readonly outcome = 'terminal';
}

/** The step does not fit the session's state. */
export class WrongStateError extends PsybergError {
  readonly code = 'PSY_WRONG_STATE';
  readonly outcome = 'terminal';
}

/** A blocking audit failed; the data is staged and held, or (an audit of a source) never written; readers are undisturbed. */
export class HeldError extends PsybergError {
  readonly code = 'PSY_HELD';
  readonly outcome = 'terminal';
}

export class InterruptedError extends PsybergError {
  readonly code = 'PSY_INTERRUPTED';
  readonly outcome = 'terminal';
}

/** An invariant of ours is broken; nothing more was written. */
export class BugError extends PsybergError {
  readonly code = 'PSY_BUG';
  readonly outcome = 'terminal';
}

/** Stops before anything is written when an invariant of ours does not hold. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BugError(`This is a bug in Psyberg: ${message}. Nothing more was written.`);
}

/** For the end of a `switch` over a union: the compiler proves it unreachable. */
export function assertNever(value: never): never {
  throw new BugError(`This is a bug in Psyberg: unexpected ${JSON.stringify(value)}.`);
}
