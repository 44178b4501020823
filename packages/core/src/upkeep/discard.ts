import { parseIdentifier } from '@psyberg/iceberg';
import { UsageError, WrongStateError } from '../errors.ts';
import { explain } from '../inspect/sessions.ts';
import type { Project } from '../project.ts';
import type { SessionEvent } from '../session/rows.ts';
import { takeLease } from '../state/lease.ts';
import { attemptOf, momentAfter, sessionEvent } from '../steps/commit.ts';
import { findEvent } from '../steps/restore-work.ts';

/**
 * Gives up a session that is not published: its staged rows are never published, and `clean` removes them. Repeated, a no-op. One that
 * died after it had staged, with no row stored, is known by its staged snapshot.
 *
 * @throws {SessionNotFoundError} @throws {UsageError} several processes have it @throws {WrongStateError} readers see it already
 */
export async function discard(
  project: Project,
  options: { readonly process?: string; readonly session: string },
): Promise<SessionEvent> {
  const event = await knownEvent(project, options);
  const definition = project.processes.get(event.process);
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
    const given = sessionEvent(
      event.plan,
      attemptOf(event.plan, event.attempt),
      'discarded',
      momentAfter(project.clock, event),
      {
        ...(event.stagedSnapshotId !== undefined && { stagedSnapshotId: event.stagedSnapshotId }),
      },
    );
    project.remember({ events: [given] });
    await project.flush();
    return given;
  } finally {
    await lease.release();
  }
}

async function knownEvent(
  project: Project,
  { process, session }: { readonly process?: string; readonly session: string },
): Promise<SessionEvent> {
  const found: SessionEvent[] = [];
  for (const definition of process === undefined ? project.processes.values() : [project.process(process)]) {
    const event = await findEvent(project, definition, session);
    if (event !== undefined) found.push(event);
  }
  const [only, ...others] = found;
  // Of a process that is not configured any more the session table may still know.
  if (only === undefined) return (await explain(project, { session, ...(process !== undefined && { process }) })).event;
  if (others.length === 0) return only;
  const names = found.map((event) => event.process);
  throw new UsageError(
    `Session ${session} is one of ${names.join(', ')}. Say of which to give it up. Nothing was changed.`,
    {
      next: names.map((name) => `psyberg discard ${name} ${session}`),
    },
  );
}
