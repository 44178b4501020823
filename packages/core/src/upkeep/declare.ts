import { formatIdentifier, openTable, parseIdentifier, type Table } from '@psyberg/iceberg';
import type { Process, SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import { freeSessionId, sessionIdAt } from '../session/session-id.ts';
import { takeLease } from '../state/lease.ts';
import { type HeldState, heldState } from '../state/record-walk.ts';
import type { StateRecord } from '../state/state-record.ts';
import { attemptOf, planOfRecord, sessionEvent, watermarkRows } from '../steps/commit.ts';
import { publishSession } from '../steps/publish.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { takenSessionIds } from '../steps/taken-session-ids.ts';

/** What a declaration is made of. */
export interface Declaring {
  readonly target: Table;
  readonly held: HeldState;
  /** An id that the target does not know yet. */
  readonly session: SessionId;
}

/**
 * Publishes a record that a person declares: no row changes, only what the target says of the process. Holds the lease from before the
 * facts are read; stores the rows for people at once. `make` may find that there is nothing to declare.
 *
 * @throws {NoSuchTableError} the process has no target yet
 */
export async function declare(
  project: Project,
  process: Process,
  make: (facts: Declaring) => Promise<{ readonly record: StateRecord; readonly message: string } | undefined>,
): Promise<StateRecord | undefined> {
  const { namespace } = parseIdentifier(project.tableNames.sessions);
  const lease = await takeLease(project.catalog, namespace, process.name, project.clock);
  try {
    const target = await openTable(project.catalog, process.target.table);
    const held = await heldState(target, process.target.branch, process.name, recordLookup(project, process.name));
    const session = freeSessionId(
      sessionIdAt(project.clock()),
      process.name,
      target.metadata,
      takenSessionIds(project, process, held),
    );
    const declared = await make({ target, held, session });
    if (declared === undefined) return undefined;
    const { record, message } = declared;
    const plan = planOfRecord(process, record, {
      table: formatIdentifier(target.identifier),
      branch: process.target.branch,
      uuid: target.metadata.tableUuid,
    });
    const attempt = attemptOf(plan, record.attempt);
    await publishSession(project, { process, plan, attempt, record });
    const event = sessionEvent({ ...plan, notes: [message] }, attempt, 'committed', project.clock(), { message });
    project.remember({ events: [event], watermarks: watermarkRows(record, held.record, event.recordedAtMs) });
    await project.flush();
    return record;
  } finally {
    await lease.release();
  }
}
