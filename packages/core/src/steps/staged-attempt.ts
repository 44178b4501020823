/** The open attempt of a session that goes by steps, as the table has it; one that is refused is over, and the next is open. */
import { openTable } from '@psyberg/iceberg';
import { AttemptRefusedError, PublishConflictError, WrongStateError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionEvent } from '../session/rows.ts';
import { attemptOf, momentAfter, sessionEvent } from './commit.ts';
import { restorePlanned, restoreWritten, stagedOf } from './restore-work.ts';
import { keptHead, store } from './step-events.ts';
import type { WrittenWork } from './work.ts';

/** @throws {WrongStateError} nothing was staged yet @throws {AttemptRefusedError} what was is gone, or is not this session's */
export async function stagedAttempt(
  project: Project,
  process: Process,
  event: SessionEvent,
): Promise<{
  work: Awaited<ReturnType<typeof restorePlanned>>;
  written: WrittenWork;
  attempt: ReturnType<typeof attemptOf>;
}> {
  const work = await restorePlanned(project, process, event.plan);
  const attempt = attemptOf(event.plan, event.attempt);
  const snapshot = await guarded(project, event, async () => stagedOf(process, event.plan, attempt, work.target));
  if (snapshot === undefined && event.stagedSnapshotId !== undefined) {
    // Not to be taken for a job that staged nothing, whose intervals are emptied.
    return guarded(project, event, () => Promise.reject(stagedGone(process, event)));
  }
  if (snapshot === undefined && event.state === 'planned') {
    throw new WrongStateError(
      `Session ${event.session} of ${process.name} has staged nothing yet (attempt ${event.attempt}, wap.id ${event.wapId}). Nothing was ` +
        'changed. Write it first; a job that has nothing to write says so with write --nothing.',
      { next: [`psyberg write --process ${process.name} --session ${event.session}`] },
    );
  }
  const written = await guarded(project, event, () => restoreWritten(project, work, attempt, snapshot));
  return {
    work,
    written: { ...written, ...keptHead(event) },
    attempt,
  };
}

const stagedGone = (process: Process, event: SessionEvent): AttemptRefusedError =>
  new AttemptRefusedError(
    `The staged snapshot ${event.stagedSnapshotId} of session ${event.session} of ${process.name} (attempt ${event.attempt}) is gone from the ` +
      "table's metadata (expired). Nothing was published. The next attempt of the session is open.",
    { next: [`psyberg write --process ${process.name} --session ${event.session}`] },
  );

/** An attempt that is refused is over; the next one is open at once, under a wap.id of its own. */
export async function guarded<T>(project: Project, event: SessionEvent, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AttemptRefusedError || error instanceof PublishConflictError) {
      const next = attemptOf(event.plan, event.attempt + 1);
      const process = project.process(event.process);
      const target = await openTable(project.catalog, process.target.table);
      const head = target.metadata.refs[process.target.branch]?.snapshotId;
      await store(
        project,
        sessionEvent(event.plan, next, 'planned', momentAfter(project.clock, event), {
          message: error.message,
          ...(head !== undefined && { attemptHead: head }),
        }),
      );
    }
    throw error;
  }
}
