/** How a session that ended badly is told: with what status, what state things are in, and what to type next. */
import { IcebergError } from '@psyberg/iceberg';
import { EngineError } from '../engine/errors.ts';
import { InterruptedError, PsybergError } from '../errors.ts';
import type { Process, SessionId } from '../process/process.ts';
import type { ProcessReport, ReportStatus } from '../reports.ts';
import type { SessionPlan } from '../session/session-plan.ts';

/** A report of a failure that no session can tell more about. */
export function failureReport(process: Process, error: unknown, session: SessionId | undefined): ProcessReport {
  return {
    process: process.name,
    mode: process.mode,
    ...(session !== undefined && { session }),
    audits: [],
    stepsMs: {},
    ...statusOf(process, session, error),
  };
}

/** Of a session that ended with this error. */
export function statusOf(
  process: Process,
  session: SessionId | undefined,
  error: unknown,
): Pick<ProcessReport, 'status' | 'message' | 'error' | 'next'> {
  const message = error instanceof Error ? error.message : String(error);
  if (error === undefined || error instanceof PsybergError || error instanceof EngineError)
    return { status: reportStatusOf(error), message, error, next: error instanceof PsybergError ? error.next : [] };
  return {
    status: reportStatusOf(error),
    message: `${message} ${stateAfter(process, session, error)}`,
    error,
    next: [`psyberg run ${process.name}`],
  };
}

/** Storage and catalog know their own state, not the session's. */
function stateAfter(process: Process, session: SessionId | undefined, error: unknown): string {
  if (session === undefined) return `Nothing of ${process.name} was published. Running again loses nothing.`;
  const isUnknown = error instanceof IcebergError && error.outcome === 'unknown';
  return isUnknown
    ? `Readers of ${process.name} see all of session ${session} or nothing of it, which the next run finds out: it finishes the session, ` +
        'or loads the same again.'
    : `Nothing of session ${session} of ${process.name} was published. Running again loses nothing.`;
}

function reportStatusOf(error: unknown): ReportStatus {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'PSY_NEEDS_DECISION':
    case 'PSY_UNSUPPORTED_SOURCE':
    case 'ICE_UNSUPPORTED':
      return 'needs_decision';
    case 'PSY_CONFLICT':
    case 'PSY_FENCED':
    case 'PSY_LEASE_HELD':
    case 'ICE_COMMIT_CONFLICT':
      return 'conflict';
    case 'PSY_HELD':
      return 'held';
    default:
      return 'failed';
  }
}

export function interrupted(process: Process, plan: SessionPlan | undefined, cause?: unknown): InterruptedError {
  return new InterruptedError(
    `Interrupted while running ${process.name}${plan === undefined ? '' : `, session ${plan.session}`}. What was published stays, the rest ` +
      'was not begun or is staged where no reader sees it. Running again loses nothing.',
    { next: [`psyberg run ${process.name}`], cause },
  );
}
