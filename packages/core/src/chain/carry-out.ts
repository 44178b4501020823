/** A planned session from its first audit to its commit, in as many attempts as others make it take. */
import { openTable } from '@psyberg/iceberg';
import { blockingAudits, isSourceAudit } from '../audits/run-audits.ts';
import { AttemptRefusedError, PublishConflictError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ProcessReport } from '../reports.ts';
import type { AuditRow } from '../session/rows.ts';
import { recordOfSession } from '../session/session-record.ts';
import { auditSession } from '../steps/audit.ts';
import { acceptedSummary, auditSources } from '../steps/audit-sources.ts';
import { attemptOf, sessionEvent, watermarkRows } from '../steps/commit.ts';
import { auditMessages, heldError } from '../steps/held.ts';
import { publishSession } from '../steps/publish.ts';
import type { PlannedWork, WrittenWork } from '../steps/work.ts';
import { writeSession } from '../steps/write.ts';
import { describeAudits, describePublished, describeWork, nothingMessage } from './describe-session.ts';
import type { Progress } from './progress.ts';
import type { RunProcessOptions } from './run-process-options.ts';

const ATTEMPTS_MAX = 3;

export async function carryOut(
  project: Project,
  progress: Progress,
  planned: PlannedWork,
  options: RunProcessOptions,
  first = 1,
): Promise<ProcessReport> {
  const { process, plan } = planned;
  switch (plan.outcome) {
    case 'nothing':
      project.remember({
        events: [sessionEvent(plan, attemptOf(plan, 1), 'empty', project.clock(), { message: 'nothing to do' })],
      });
      return progress.report('nothing_to_do', nothingMessage(plan));
    case 'signal':
      return (
        (await refusedBySources(project, progress, planned, first, options.signal)) ??
        publishSignal(project, progress, planned, options.signal)
      );
    case 'work':
  }
  const refused = await refusedBySources(project, progress, planned, first, options.signal);
  if (refused !== undefined) return refused;
  let work = planned;
  for (let number = first; ; number += 1) {
    const attempt = attemptOf(plan, number);
    progress.attempt = attempt;
    try {
      const written = await progress.step(
        'write',
        () => writeSession(project, work, attempt, writeOptions(project, process, options)),
        (w) => `${w.rows} rows`,
      );
      progress.written = written;
      return await auditAndPublish(project, progress, work, written, options.signal);
    } catch (error) {
      if (!isRefusal(error) || number + 1 >= first + ATTEMPTS_MAX) throw error;
      warnOfNextAttempt(project, process, error, number + 1);
      work = { ...work, target: await openTable(project.catalog, process.target.table) };
    }
  }
}

/** Audits of sources come first: one that blocks holds the session before anything is written. Undefined: go on. */
export async function refusedBySources(
  project: Project,
  progress: Progress,
  work: PlannedWork,
  number: number,
  signal: AbortSignal | undefined,
): Promise<ProcessReport | undefined> {
  const { process, plan } = work;
  if (!process.audits.some(isSourceAudit)) return undefined;
  const attempt = attemptOf(plan, number);
  const audits = await progress.step('audit', () => auditSources(project, work, attempt, signal), describeAudits);
  progress.audits = audits;
  progress.sourceAudits = audits;
  project.emit({ kind: 'audited', process: process.name, audits });
  project.remember({ audits });
  const failedAudits = blockingAudits(audits);
  if (failedAudits.length === 0) return undefined;
  const message = auditMessages(failedAudits);
  project.remember({ events: [sessionEvent(plan, attempt, 'held', progress.now(), { message })] });
  return heldReport(progress, failedAudits, 'before');
}

/** The attempt is over; the session can be tried again on what is there now. */
export const isRefusal = (error: unknown): error is PublishConflictError | AttemptRefusedError =>
  error instanceof PublishConflictError || error instanceof AttemptRefusedError;

export function warnOfNextAttempt(project: Project, process: Process, error: Error, number: number): void {
  const message = `${error.message} Trying again (attempt ${number}).`;
  project.emit({ kind: 'warning', process: process.name, message });
}

const writeOptions = (
  project: Project,
  process: Process,
  { signal }: RunProcessOptions,
): Parameters<typeof writeSession>[3] => ({
  ...(signal && { signal }),
  onProgress: (p) => project.emit({ kind: 'step-progress', process: process.name, step: 'write', ...p }),
});

export async function auditAndPublish(
  project: Project,
  progress: Progress,
  work: PlannedWork,
  written: WrittenWork,
  signal: AbortSignal | undefined,
): Promise<ProcessReport> {
  const { process, plan } = work;
  const attempt = progress.attempt!;
  const audits = await progress.step(
    'audit',
    () => auditSession(project, work, attempt, written, signal),
    describeAudits,
  );
  progress.audits = [...progress.sourceAudits, ...audits];
  if (audits.length > 0) project.emit({ kind: 'audited', process: process.name, audits });
  const facts = {
    ...(written.stagedSnapshotId !== undefined && { stagedSnapshotId: written.stagedSnapshotId }),
    ...(written.attemptHead !== undefined && { attemptHead: written.attemptHead }),
    rowsWritten: written.rows,
  };
  project.remember({ audits });
  const failedAudits = blockingAudits(audits);
  if (failedAudits.length > 0) {
    const message = auditMessages(failedAudits);
    project.remember({ events: [sessionEvent(plan, attempt, 'held', progress.now(), { ...facts, message })] });
    return heldReport(progress, failedAudits);
  }
  const published = await progress.step(
    'publish',
    () =>
      publishSession(
        project,
        {
          process,
          plan,
          attempt,
          record: written.record,
          ...facts,
          ...acceptedSummary(progress.sourceAudits),
        },
        signal,
      ),
    (p) => describePublished(p.how),
  );
  await progress.step(
    'commit',
    async () => {
      const event = sessionEvent(plan, attempt, 'committed', progress.now(), {
        ...facts,
        ...(published.snapshotId !== undefined && { snapshotId: published.snapshotId }),
      });
      project.remember({
        events: [event],
        watermarks: watermarkRows(written.record, work.held.record, event.recordedAtMs),
      });
    },
    () => 'watermarks moved',
  );
  return progress.report('ok', describeWork(plan, written), {
    ...(published.snapshotId !== undefined && { snapshot: published.snapshotId }),
  });
}

/** No row changes, but a pin, the bound or the signal moves: properties only. */
async function publishSignal(
  project: Project,
  progress: Progress,
  { process, plan, held }: PlannedWork,
  signal?: AbortSignal,
): Promise<ProcessReport> {
  const attempt = attemptOf(plan, 1);
  const record = recordOfSession(process, plan, attempt.number, [], held.record);
  const published = await progress.step(
    'publish',
    () => publishSession(project, { process, plan, attempt, record }, signal),
    (p) => describePublished(p.how),
  );
  // A recompute of sources without rows takes away what is there.
  const emptied = published.how === 'commit' && published.snapshotId !== undefined;
  const facts = emptied
    ? { message: 'all rows were taken away', snapshotId: published.snapshotId, rowsWritten: 0 }
    : { message: 'no row changes; watermarks and signal moved' };
  const event = sessionEvent(plan, attempt, emptied ? 'committed' : 'empty', project.clock(), facts);
  project.remember({ events: [event], watermarks: watermarkRows(record, held.record, event.recordedAtMs) });
  if (!emptied) return progress.report('nothing_to_do', nothingMessage(plan));
  return progress.report('ok', 'The sources hold no row now, so all rows were taken away.', {
    snapshot: published.snapshotId,
  });
}

function heldReport(
  progress: Progress,
  failedAudits: readonly AuditRow[],
  held: 'staged' | 'before' = 'staged',
): ProcessReport {
  const error = heldError(progress.process, progress.plan!.session, failedAudits, held);
  return progress.report('held', error.message, { error, next: error.next });
}
