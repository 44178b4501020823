/** The events by which the steps of a session, each on its own, tell one another what was done. */
import type { Project } from '../project.ts';
import type { StepReport } from '../reports.ts';
import type { AuditRow, SessionEvent } from '../session/rows.ts';
import type { SessionState } from '../session/session-plan.ts';
import { attemptOf, momentAfter, type SessionFacts, sessionEvent } from './commit.ts';
import { stepReport } from './step-report.ts';
import type { WrittenWork } from './work.ts';

/** Stores what the session has come to, and answers with it. */
export async function finish(
  project: Project,
  step: StepReport['step'],
  event: SessionEvent,
  state: SessionState,
  facts: SessionFacts,
  message: string,
  audits: readonly AuditRow[] = [],
): Promise<StepReport> {
  const next = sessionEvent(
    event.plan,
    attemptOf(event.plan, event.attempt),
    state,
    momentAfter(project.clock, event),
    {
      ...keptFacts(event),
      ...facts,
    },
  );
  await store(project, next);
  return stepReport(step, next, true, message, audits);
}

/** At once, since nothing else survives until the next step. */
export async function store(project: Project, event: SessionEvent): Promise<void> {
  project.remember({ events: [event] });
  await project.flush();
}

export function factsOf(written: WrittenWork): SessionFacts {
  return {
    ...(written.stagedSnapshotId !== undefined && { stagedSnapshotId: written.stagedSnapshotId }),
    ...(written.attemptHead !== undefined && { attemptHead: written.attemptHead }),
    rowsWritten: written.rows,
  };
}

/** The head that the attempt recorded when it began, which may lie before the staged snapshot's parent. */
export const keptHead = ({ attemptHead }: SessionEvent): Pick<SessionFacts, 'attemptHead'> =>
  attemptHead === undefined ? {} : { attemptHead };

/** What an event says of the one before it that still holds. */
export function keptFacts(event: SessionEvent): SessionFacts {
  const { stagedSnapshotId, attemptHead, snapshotId, rowsWritten } = event;
  return {
    ...(stagedSnapshotId !== undefined && { stagedSnapshotId }),
    ...(attemptHead !== undefined && { attemptHead }),
    ...(snapshotId !== undefined && { snapshotId }),
    ...(rowsWritten !== undefined && { rowsWritten }),
  };
}
