/**
 * One process, from plan to commit.
 *
 * A crash at any point is mended by running again: before staging there is nothing; staged and not published, the next run plans
 * anew and the staged snapshot is dead; published and not committed, the next run writes the rows for people first.
 */
import { openTable, parseIdentifier } from '@psyberg/iceberg';
import { blockingAudits, isSourceAudit } from '../audits/run-audits.ts';
import { AttemptRefusedError, PublishConflictError } from '../errors.ts';
import type { Process, SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ProcessReport } from '../reports.ts';
import type { AuditRow } from '../session/rows.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { recordOfSession } from '../session/session-record.ts';
import { takeLease } from '../state/lease.ts';
import { auditSession } from '../steps/audit.ts';
import { acceptedSummary, auditSources } from '../steps/audit-sources.ts';
import { attemptOf, sessionEvent, watermarkRows } from '../steps/commit.ts';
import { auditMessages, heldError } from '../steps/held.ts';
import { planProcess } from '../steps/init.ts';
import { limitProblem } from '../steps/limit-problem.ts';
import { publishSession } from '../steps/publish.ts';
import { repair, supersede } from '../steps/repair.ts';
import { latestEvent, restorePlanned, restoreWritten, stagedOf } from '../steps/restore-work.ts';
import type { PlannedWork, WrittenWork } from '../steps/work.ts';
import { writeSession } from '../steps/write.ts';
import { clip, hull, type Interval } from '../time/interval-set.ts';
import { describeAudits, describePlan, describePublished, describeWork, nothingMessage } from './describe-session.ts';
import { failureReport } from './failure-report.ts';
import { Progress } from './progress.ts';

const ATTEMPTS_MAX = 3;

export interface RunProcessOptions {
  readonly session?: SessionId;
  /** Resume `session` at its first unfinished step rather than plan it. */
  readonly resume?: boolean;
  readonly maxIntervals?: number;
  readonly recompute?: boolean;
  /** Recompute this span from what has been read already, instead of loading what is new. */
  readonly backfill?: Interval;
  readonly signal?: AbortSignal;
}

/** One report per session; several only where a large catch-up is split. Failures are reports too, never exceptions. */
export async function runProcess(
  project: Project,
  process: Process,
  options: RunProcessOptions,
): Promise<readonly ProcessReport[]> {
  const reports: ProcessReport[] = [];
  const begun = project.clock();
  project.emit({ kind: 'process-started', process: process.name, session: options.session });
  try {
    const lease = await takeLease(project.catalog, namespaceOf(project), process.name, project.clock);
    try {
      const open = await repair(project, process);
      do {
        const report = await runSession(project, process, options, reports);
        const published =
          report.status === 'ok' || (report.status === 'nothing_to_do' && report.plan?.outcome === 'signal');
        if (published && report.session !== undefined) supersede(project, open, report.session);
        reports.push(report);
      } while (options.maxIntervals !== undefined && goesOn(reports, options));
    } finally {
      await lease.release();
    }
  } catch (error) {
    reports.push(failureReport(process, error, reports.at(-1)?.session));
  }
  const status = reports.at(-1)?.status ?? 'failed';
  project.emit({ kind: 'process-finished', process: process.name, status, elapsedMs: project.clock() - begun });
  return reports;
}

const namespaceOf = (project: Project): readonly string[] => parseIdentifier(project.tableNames.sessions).namespace;

function goesOn(reports: readonly ProcessReport[], { backfill }: RunProcessOptions): boolean {
  const last = reports.at(-1);
  if (last?.status !== 'ok' || last.plan === undefined) return false;
  return backfill === undefined ? last.plan.pending.length > 0 : leftOfBackfill(last.plan, backfill) !== undefined;
}

/** What a part of a split backfill has left to do; what else is pending is left to ordinary sessions. */
function leftOfBackfill({ mode, exempt = [], range, upper }: SessionPlan, whole: Interval): Interval | undefined {
  const wanted = mode === 'stateless' ? clip([whole], undefined, upper) : exempt;
  return hull(clip(wanted, range?.end, undefined));
}

async function runSession(
  project: Project,
  process: Process,
  options: RunProcessOptions,
  before: readonly ProcessReport[],
): Promise<ProcessReport> {
  const part = before.length;
  const last = before.at(-1)?.plan;
  const span = options.backfill && ((last && leftOfBackfill(last, options.backfill)) ?? options.backfill);
  const progress = new Progress(project, process, options.signal);
  try {
    if (options.resume && options.session !== undefined)
      return await resumeSession(project, progress, options.session, options);
    const session =
      options.session === undefined || part === 0 ? options.session : (`${options.session}-${part + 1}` as SessionId);
    const planned = await progress.step(
      'init',
      async () => {
        const work = await planProcess(project, process, {
          ...(session !== undefined && { session }),
          ...(options.recompute && part === 0 && { kind: 'recompute' as const }),
          ...(span && { kind: 'backfill' as const, span }),
          ...(options.maxIntervals !== undefined && { maxIntervals: options.maxIntervals }),
        });
        progress.plan = work.plan;
        return work;
      },
      ({ plan }) => describePlan(process, plan),
    );
    project.emit({ kind: 'planned', process: process.name, plan: planned.plan });
    const tooMuch = limitProblem(planned);
    if (tooMuch !== undefined && options.maxIntervals === undefined) throw tooMuch;
    return await carryOut(project, progress, planned, options);
  } catch (error) {
    return progress.failure(error);
  }
}

async function carryOut(
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
async function refusedBySources(
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
const isRefusal = (error: unknown): error is PublishConflictError | AttemptRefusedError =>
  error instanceof PublishConflictError || error instanceof AttemptRefusedError;

function warnOfNextAttempt(project: Project, process: Process, error: Error, number: number): void {
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

async function auditAndPublish(
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

/** Goes on with a session where it stopped: its pins are the same, its finished steps are not repeated. */
async function resumeSession(
  project: Project,
  progress: Progress,
  session: SessionId,
  options: RunProcessOptions,
): Promise<ProcessReport> {
  const { process } = progress;
  const event = await latestEvent(project, process, session);
  progress.plan = event.plan;
  progress.before = event;
  const attempt = attemptOf(event.plan, event.attempt);
  switch (event.state) {
    case 'committed':
    case 'published':
    case 'empty':
      return progress.report('nothing_to_do', `Session ${session} is already ${event.state}; nothing was changed.`);
    case 'superseded':
    case 'discarded':
      return progress.report(
        'nothing_to_do',
        `Session ${session} was ${event.state}; it is not published. Nothing was changed.`,
        {
          next: [`psyberg run ${process.name}`],
        },
      );
    default:
  }
  const work = await restorePlanned(project, process, event.plan);
  const staged = stagedOf(process, event.plan, attempt, work.target);
  if (staged === undefined) return carryOut(project, progress, work, options, event.attempt);
  progress.attempt = attempt;
  try {
    const refused = await refusedBySources(project, progress, work, event.attempt, options.signal);
    if (refused !== undefined) return refused;
    const written = await restoreWritten(project, work, attempt, staged);
    progress.written = written;
    return await auditAndPublish(project, progress, work, written, options.signal);
  } catch (error) {
    if (!isRefusal(error) || process.transform.kind !== 'sql') throw error;
    warnOfNextAttempt(project, process, error, event.attempt + 1);
    const again = await restorePlanned(project, process, event.plan);
    return carryOut(project, progress, again, options, event.attempt + 1);
  }
}

function heldReport(
  progress: Progress,
  failedAudits: readonly AuditRow[],
  held: 'staged' | 'before' = 'staged',
): ProcessReport {
  const error = heldError(progress.process, progress.plan!.session, failedAudits, held);
  return progress.report('held', error.message, { error, next: error.next });
}
