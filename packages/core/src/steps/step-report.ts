/** What a step alone answers: where the session stands now, and which step is next. */
import { WrongStateError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { ProcessReport, ReportStatus, StepReport } from '../reports.ts';
import type { AuditRow, SessionEvent } from '../session/rows.ts';
import type { SessionState } from '../session/session-plan.ts';

const NEXT_STEP: Readonly<Partial<Record<SessionState, string>>> = {
  planned: 'write',
  written: 'audit',
  audited: 'publish',
  published: 'commit',
};

export function stepReport(
  step: StepReport['step'],
  event: SessionEvent,
  changed: boolean,
  message: string,
  audits: readonly AuditRow[] = [],
): StepReport {
  const next = NEXT_STEP[event.state];
  const status: ReportStatus = event.state === 'empty' ? 'nothing_to_do' : event.state === 'held' ? 'held' : 'ok';
  const process: ProcessReport = {
    process: event.process,
    mode: event.mode,
    status,
    session: event.session,
    attempt: event.attempt,
    wapId: event.wapId,
    plan: event.plan,
    audits,
    ...(event.rowsWritten !== undefined && { rowsWritten: event.rowsWritten }),
    ...(event.snapshotId !== undefined && { snapshot: event.snapshotId }),
    ...(event.stagedSnapshotId !== undefined && { stagedSnapshot: event.stagedSnapshotId }),
    message,
    next: next === undefined ? [] : [`psyberg ${next} --process ${event.process} --session ${event.session}`],
    stepsMs: {},
  };
  return { step, process, state: event.state, changed };
}

/** A step that was done before is a no-op; one whose turn has not come is an error. */
export function alreadyPast(
  step: StepReport['step'],
  process: Process,
  event: SessionEvent,
  past: readonly SessionState[],
): StepReport {
  if (past.includes(event.state)) {
    return stepReport(step, event, false, `Session ${event.session} is already ${event.state}; nothing was changed.`);
  }
  if (event.state === 'empty' || event.state === 'superseded' || event.state === 'discarded') {
    return stepReport(
      step,
      event,
      false,
      `Session ${event.session} is ${event.state}; there is nothing to ${step}. Nothing was changed.`,
    );
  }
  const before: Readonly<Record<string, string>> = { publish: 'audit', commit: 'publish' };
  throw new WrongStateError(
    `Session ${event.session} of ${process.name} is ${event.state}; ${step} comes later. Nothing was changed.`,
    {
      next: [
        `psyberg ${event.state === 'planned' ? 'write' : (before[step] ?? step)} --process ${process.name} --session ${event.session}`,
      ],
    },
  );
}
