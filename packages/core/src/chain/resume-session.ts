import type { SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ProcessReport } from '../reports.ts';
import { attemptOf } from '../steps/commit.ts';
import { latestEvent, restorePlanned, restoreWritten, stagedOf } from '../steps/restore-work.ts';
import { auditAndPublish, carryOut, isRefusal, refusedBySources, warnOfNextAttempt } from './carry-out.ts';
import type { Progress } from './progress.ts';
import type { RunProcessOptions } from './run-process-options.ts';

/** Goes on with a session where it stopped: its pins are the same, its finished steps are not repeated. */
export async function resumeSession(
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
