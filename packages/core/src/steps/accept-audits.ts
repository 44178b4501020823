/** Verdicts that stand between a session by steps and its publication: which count, which block, and who let them pass. */
import { blockingAudits, isSourceAudit, isVerdictOf } from '../audits/run-audits.ts';
import { UsageError, WrongStateError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { StepReport } from '../reports.ts';
import type { AuditRow, SessionEvent } from '../session/rows.ts';
import { auditSources, speaksFor } from './audit-sources.ts';
import { attemptOf } from './commit.ts';
import { auditMessages, heldError } from './held.ts';
import { finish } from './step-events.ts';
import type { PlannedWork } from './work.ts';

/** The failures of a held session, each accepted by name. @throws {HeldError} one was not @throws {UsageError} one did not fail */
export async function acceptedAudits(
  project: Project,
  process: Process,
  event: SessionEvent,
  accept: { readonly audits: readonly string[]; readonly reason: string; readonly by: string } | undefined,
  beforeWrite: boolean,
): Promise<readonly AuditRow[]> {
  const rows = await project.tables.audits({ process: process.name, session: event.session });
  const asked = beforeWrite ? process.audits.filter(isSourceAudit) : process.audits;
  // A verdict counts for the audit that gave it; one that was changed since has to be asked again.
  const verdicts = asked.map((audit) =>
    rows.findLast((row) => isVerdictOf(row, audit) && speaksFor(row, audit, event.attempt)),
  );
  if (verdicts.includes(undefined)) throw notAudited(process, event);
  const bad = blockingAudits(verdicts.filter((row) => row !== undefined));
  const open = bad.filter((row) => !accept?.audits.includes(row.name));
  const unknown = accept?.audits.filter((name) => !bad.some((row) => row.name === name)) ?? [];
  if (unknown.length > 0) {
    throw new UsageError(
      `Audit ${unknown.join(', ')} did not fail for session ${event.session} of ${process.name}; failed: ` +
        `${bad.map((row) => row.name).join(', ')}. Nothing was published.`,
    );
  }
  if (open.length > 0) throw heldError(process, event.session, open);
  return bad.map((row) => ({
    ...row,
    status: 'accepted',
    recordedAtMs: project.clock(),
    acceptedBy: accept!.by,
    reason: accept!.reason,
  }));
}

/** Failures of sources that were accepted before the write. */
export async function acceptedBefore(
  project: Project,
  process: Process,
  event: SessionEvent,
): Promise<readonly AuditRow[]> {
  if (!process.audits.some(isSourceAudit)) return [];
  const rows = await project.tables.audits({ process: process.name, session: event.session });
  const newest = new Map(rows.map((row) => [row.name, row]));
  return process.audits
    .filter(isSourceAudit)
    .flatMap((audit) => newest.get(audit.name) ?? [])
    .filter(({ status }) => status === 'accepted');
}

/** Audits of sources, before anything is written. @throws {HeldError} one that blocks failed; the session is stored as held */
export async function passSources(
  project: Project,
  step: StepReport['step'],
  event: SessionEvent,
  work: PlannedWork,
  { signal }: { readonly signal?: AbortSignal },
): Promise<void> {
  const rows = await auditSources(project, work, attemptOf(event.plan, event.attempt), signal);
  if (rows.length === 0) return;
  project.emit({ kind: 'audited', process: event.process, audits: rows });
  project.remember({ audits: rows });
  const bad = blockingAudits(rows);
  if (bad.length === 0) return;
  const message = auditMessages(bad);
  await finish(project, step, event, 'held', { message }, message);
  throw heldError(work.process, event.session, bad, 'before');
}

export const notAudited = (process: Process, event: SessionEvent): WrongStateError =>
  new WrongStateError(
    `Session ${event.session} of ${process.name} is staged, but not audited as the configuration says now. Nothing was published.`,
    {
      next: [`psyberg audit --process ${process.name} --session ${event.session}`],
    },
  );
