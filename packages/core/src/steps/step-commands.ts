/**
 * The steps one by one, for orchestrators and for jobs of the user's own: each a task, each repeatable, each a no-op that says so
 * when it was done before. Every step stores its event at once, since nothing else survives between them.
 */
import { parseIdentifier } from '@psyberg/iceberg';
import { blockingAudits } from '../audits/run-audits.ts';
import { UsageError } from '../errors.ts';
import type { StepName } from '../events.ts';
import type { Process, SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { StepReport } from '../reports.ts';
import { recordOfSession } from '../session/session-record.ts';
import { takeLease } from '../state/lease.ts';
import { acceptedAudits, acceptedBefore, notAudited, passSources } from './accept-audits.ts';
import { auditSession } from './audit.ts';
import { acceptedSummary, auditSources, isHeldBeforeWrite } from './audit-sources.ts';
import { attemptOf, sessionEvent, watermarkRows } from './commit.ts';
import { auditMessages, heldError } from './held.ts';
import { planProcess, stateOf } from './init.ts';
import { limitProblem } from './limit-problem.ts';
import { openIfExists } from './open-if-exists.ts';
import { publishSession } from './publish.ts';
import { openSessions, repair, supersede } from './repair.ts';
import {
  findEvent,
  latestEvent,
  requireOwnTransform,
  restorePlanned,
  restoreWritten,
  stagedOf,
} from './restore-work.ts';
import { guarded, stagedAttempt } from './staged-attempt.ts';
import { factsOf, finish, keptFacts, keptHead, store } from './step-events.ts';
import { alreadyPast, stepReport } from './step-report.ts';
import { moveWatermarks, requireTarget } from './watermark-only.ts';
import { writeSession } from './write.ts';

export interface StepOptions {
  readonly process: string;
  readonly session: string;
  readonly signal?: AbortSignal;
}

/** Plans the session and stores its plan; repeated, it returns the stored one with the attempt that is open now. */
export async function init(
  project: Project,
  options: Omit<StepOptions, 'session'> & { readonly session?: string },
): Promise<StepReport> {
  const process = project.process(options.process);
  return withLease(project, process, 'init', async () => {
    if (options.session !== undefined) {
      const stored = await findEvent(project, process, options.session);
      if (stored !== undefined)
        return stepReport('init', stored, false, `Session ${options.session} is ${stored.state}; its plan stands.`);
    }
    if (!process.watermarkOnly) await repair(project, process);
    const work = await planProcess(
      project,
      process,
      options.session === undefined ? {} : { session: options.session as SessionId },
    );
    const { plan } = work;
    project.emit({ kind: 'planned', process: process.name, plan });
    const tooMuch = limitProblem(work);
    if (tooMuch !== undefined) throw tooMuch;
    const attempt = attemptOf(plan, 1);
    if (plan.outcome === 'work') {
      // A job that stages on another branch, or nothing, has conflicts since now.
      const { head } = plan.target;
      const facts = head === undefined ? {} : { attemptHead: head };
      const stored = await project.tables.storePlan(sessionEvent(plan, attempt, 'planned', project.clock(), facts));
      return stepReport('init', stored, stored.plan === plan, 'Planned.');
    }
    if (plan.outcome === 'signal') {
      await passSources(project, 'init', sessionEvent(plan, attempt, 'planned', project.clock(), {}), work, options);
      const record = recordOfSession(process, plan, 1, [], work.held.record);
      await publishSession(project, { process, plan, attempt, record }, options.signal);
      project.remember({ watermarks: watermarkRows(record, work.held.record, project.clock()) });
    }
    const event = sessionEvent(plan, attempt, 'empty', project.clock(), { message: 'nothing to do' });
    await store(project, event);
    return stepReport('init', event, true, 'Nothing to do.');
  });
}

/** Runs the transform and stages its rows. `nothing`: the user's own job staged nothing, on purpose. */
export async function write(
  project: Project,
  options: StepOptions & { readonly nothing?: boolean },
): Promise<StepReport> {
  const process = project.process(options.process);
  return withLease(project, process, 'write', async () => {
    const event = await latestEvent(project, process, options.session);
    if (event.state !== 'planned')
      return alreadyPast('write', process, event, ['written', 'audited', 'held', 'published', 'committed']);
    const work = await restorePlanned(project, process, event.plan);
    const attempt = attemptOf(event.plan, event.attempt);
    const staged = await guarded(project, event, async () => stagedOf(process, event.plan, attempt, work.target));
    if (options.nothing) {
      if (staged !== undefined) {
        throw new UsageError(
          `--nothing says that nothing was staged, but snapshot ${staged.snapshotId} is. Nothing was changed.`,
        );
      }
      const state = work.target === undefined ? 'empty' : 'written';
      return finish(project, 'write', event, state, { rowsWritten: 0 }, 'Nothing was staged, as said.');
    }
    if (staged !== undefined) {
      const written = await guarded(project, event, () => restoreWritten(project, work, attempt, staged));
      return finish(
        project,
        'write',
        event,
        'written',
        { ...factsOf(written), ...keptHead(event) },
        `Already staged as snapshot ${staged.snapshotId}.`,
      );
    }
    requireOwnTransform(process);
    await passSources(project, 'write', event, work, options);
    const written = await guarded(project, event, () =>
      writeSession(project, work, attempt, {
        ...(options.signal && { signal: options.signal }),
        onProgress: (p) => project.emit({ kind: 'step-progress', process: process.name, step: 'write', ...p }),
      }),
    );
    return finish(
      project,
      'write',
      event,
      'written',
      factsOf(written),
      `${written.rows} rows staged; no reader sees them yet.`,
    );
  });
}

/** Checks what is staged; a blocking audit that fails holds the session. */
export async function audit(project: Project, options: StepOptions): Promise<StepReport> {
  const process = project.process(options.process);
  requireTarget(process, 'audit');
  return withLease(project, process, 'audit', async () => {
    const event = await latestEvent(project, process, options.session);
    if (event.state !== 'planned' && event.state !== 'written' && event.state !== 'held') {
      return alreadyPast('audit', process, event, ['audited', 'published', 'committed']);
    }
    const { work, written, attempt } = await stagedAttempt(project, process, event);
    const rows = [
      ...(await auditSources(project, work, attempt, options.signal)),
      ...(await auditSession(project, work, attempt, written, options.signal)),
    ];
    project.emit({ kind: 'audited', process: process.name, audits: rows });
    project.remember({ audits: rows });
    const bad = blockingAudits(rows);
    if (bad.length > 0) {
      const message = auditMessages(bad);
      await finish(project, 'audit', event, 'held', { ...factsOf(written), message }, message);
      throw heldError(process, event.session, bad);
    }
    return finish(
      project,
      'audit',
      event,
      'audited',
      factsOf(written),
      `${rows.length} audits, none stands in the way.`,
      rows,
    );
  });
}

/** Publishes what passed its audits, or, by `accept`, what did not. */
export async function publish(
  project: Project,
  options: StepOptions & {
    readonly accept?: { readonly audits: readonly string[]; readonly reason: string; readonly by: string };
  },
): Promise<StepReport> {
  const process = project.process(options.process);
  requireTarget(process, 'publish');
  return withLease(project, process, 'publish', async () => {
    const event = await latestEvent(project, process, options.session);
    if (event.state !== 'audited' && event.state !== 'held' && event.state !== 'written') {
      return alreadyPast('publish', process, event, ['published', 'committed']);
    }
    const before = isHeldBeforeWrite(event);
    const accepted =
      event.state === 'held' ? await acceptedAudits(project, process, event, options.accept, before) : [];
    if (before) {
      project.remember({ audits: accepted });
      const message = 'Accepted. Nothing is staged yet: the session was held before its write, and can be written now.';
      return finish(project, 'publish', event, 'planned', {}, message, accepted);
    }
    if (event.state === 'written' && process.audits.length > 0) throw notAudited(process, event);
    const accepting = acceptedSummary([...(await acceptedBefore(project, process, event)), ...accepted]);
    const { written, attempt } = await stagedAttempt(project, process, event);
    const published = await guarded(project, event, () =>
      publishSession(
        project,
        {
          process,
          plan: event.plan,
          attempt,
          record: written.record,
          ...(written.stagedSnapshotId !== undefined && { stagedSnapshotId: written.stagedSnapshotId }),
          ...(written.attemptHead !== undefined && { attemptHead: written.attemptHead }),
          ...accepting,
        },
        options.signal,
      ),
    );
    project.remember({ audits: accepted });
    // A crash here leaves a published session; the next command finds its record in the target and finishes the rows.
    const facts = {
      ...factsOf(written),
      ...(published.snapshotId !== undefined && { snapshotId: published.snapshotId }),
    };
    const message = published.how === 'already' ? 'Already published.' : 'Published.';
    supersede(project, await openSessions(project, process), event.session);
    return finish(project, 'publish', event, 'published', facts, message);
  });
}

/** Stores that the session is done. The watermark that counts moved with publication. */
export async function commit(project: Project, options: StepOptions): Promise<StepReport> {
  const process = project.process(options.process);
  return withLease(project, process, 'commit', async () => {
    const event = await latestEvent(project, process, options.session);
    if (process.watermarkOnly && (event.state === 'planned' || event.state === 'written')) {
      await moveWatermarks(project, process, event);
      return finish(project, 'commit', event, 'committed', keptFacts(event), 'Committed; the watermark was moved.');
    }
    if (event.state !== 'published') return alreadyPast('commit', process, event, ['committed', 'empty']);
    const record = (await stateOf(project, process, await openIfExists(project, process.target.table))).record;
    if (record?.session === event.session)
      project.remember({ watermarks: watermarkRows(record, undefined, project.clock()) });
    return finish(project, 'commit', event, 'committed', keptFacts(event), 'Committed; watermarks moved.');
  });
}

async function withLease(
  project: Project,
  process: Process,
  step: StepName,
  work: () => Promise<StepReport>,
): Promise<StepReport> {
  const namespace = parseIdentifier(project.tableNames.sessions).namespace;
  const lease = await takeLease(project.catalog, namespace, process.name, project.clock);
  try {
    project.emit({ kind: 'step-started', process: process.name, session: undefined, step });
    const begun = performance.now();
    const report = await work();
    const { session, message } = report.process;
    project.emit({
      kind: 'step-finished',
      process: process.name,
      session,
      step,
      elapsedMs: performance.now() - begun,
      message,
    });
    return report;
  } finally {
    await lease.release();
  }
}
