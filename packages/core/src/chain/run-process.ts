/**
 * One process, from plan to commit.
 *
 * A crash at any point is mended by running again: before staging there is nothing; staged and not published, the next run plans
 * anew and the staged snapshot is dead; published and not committed, the next run writes the rows for people first.
 */
import { parseIdentifier } from '@psyberg/iceberg';
import type { Process, SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ProcessReport } from '../reports.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { takeLease } from '../state/lease.ts';
import { planProcess } from '../steps/init.ts';
import { limitProblem } from '../steps/limit-problem.ts';
import { repair, supersede } from '../steps/repair.ts';
import { clip, hull, type Interval } from '../time/interval-set.ts';
import { carryOut } from './carry-out.ts';
import { describePlan } from './describe-session.ts';
import { failureReport } from './failure-report.ts';
import { Progress } from './progress.ts';
import { resumeSession } from './resume-session.ts';
import type { RunProcessOptions } from './run-process-options.ts';

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
