import { parseIdentifier } from '@psyberg/iceberg';
import { UsageError, WrongStateError } from '../errors.ts';
import { explain } from '../inspect/sessions.ts';
import type { Project } from '../project.ts';
import type { SessionEvent } from '../session/rows.ts';
import { takeLease } from '../state/lease.ts';
import { attemptOf, sessionEvent } from '../steps/commit.ts';
import { latestEvent } from '../steps/restore-work.ts';

/** Gives up a session that is not published: its staged rows are never published, and `clean` removes them. Repeated, a no-op. */
export async function discard(
  project: Project,
  options: { readonly process?: string; readonly session: string },
): Promise<SessionEvent> {
  const told = (await explain(project, options)).event;
  const definition = project.processes.get(told.process);
  const event = definition === undefined ? told : await latestEvent(project, definition, told.session);
  if (event.state === 'discarded') return event;
  if (event.state === 'published' || event.state === 'committed' || event.state === 'empty') {
    throw new WrongStateError(
      `Session ${event.session} of ${event.process} is ${event.state}; what readers see cannot be discarded. Nothing was changed. Roll the ` +
        'table back if the rows are wrong; the next run then loads them again.',
    );
  }
  if (definition === undefined)
    throw new UsageError(`Process ${event.process} is not configured here. Nothing was changed.`);
  const lease = await takeLease(
    project.catalog,
    parseIdentifier(project.tableNames.sessions).namespace,
    event.process,
    project.clock,
  );
  try {
    const given = sessionEvent(event.plan, attemptOf(event.plan, event.attempt), 'discarded', project.clock(), {
      ...(event.stagedSnapshotId !== undefined && { stagedSnapshotId: event.stagedSnapshotId }),
    });
    project.remember({ events: [given] });
    await project.flush();
    return given;
  } finally {
    await lease.release();
  }
}
