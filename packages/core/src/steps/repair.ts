/**
 * Before a run plans anything it sets right what an earlier one left: a published session whose rows for people were never
 * written, a record that lies so far below the head that expiry might soon cut the way to it, and tags on its sources.
 */
import { commitMetadata, formatIdentifier, headOf, type Snapshot, type Table } from '@psyberg/iceberg';
import type { Process, SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionEvent } from '../session/rows.ts';
import type { SessionState } from '../session/session-plan.ts';
import { type HeldState, heldState } from '../state/record-walk.ts';
import { anchorUpdates, statePropertyUpdates } from '../state/state-property.ts';
import { attemptOf, momentAfter, planOfRecord, sessionEvent, watermarkRows } from './commit.ts';
import { openIfExists } from './open-if-exists.ts';
import { settleTags } from './pin-sources.ts';
import { recordLookup } from './record-lookup.ts';
import { isOpen } from './restore-work.ts';

const DAY_MS = 86_400_000;

type Updates = Readonly<Record<string, string>>;

/** Older ones than these are over, one way or another. */
export const RECENT_SESSIONS = 100;

/** Sessions that were begun and neither published nor given up, oldest first; the caller marks them superseded once it publishes. */
export async function repair(project: Project, process: Process): Promise<readonly SessionEvent[]> {
  const target = await openIfExists(project, process.target.table);
  if (target === undefined) return [];
  const held = await heldState(target, process.target.branch, process.name, recordLookup(project, process.name));
  const isOver = await isAllOver(project, process, held);
  const events = isOver ? [] : await recentSessions(project, process);
  if (events !== undefined && !isOver) await finishCommit(project, process, target, held, events);
  await keep(target, process, held);
  if (held.record !== undefined) await settleTags(project, process, held.record);
  return (events ?? []).filter((e) => isOpen(e.state) && e.session !== held.record?.session);
}

/** Whether the session that holds has been told of to its end and no other is open; false too where that cannot be read. */
async function isAllOver(project: Project, { name }: Process, { record }: HeldState): Promise<boolean> {
  if (project.remembered.some((e) => e.process === name)) return false;
  try {
    const standing = await project.tables.standing(name);
    if (standing !== undefined && standing.open.length > 0) return false;
    if (standing !== undefined && standing.settled === record?.session) return true;
    if (record === undefined) return false;
    const { session } = record;
    // With a note it is a rollback of the target that made an older session hold: only of that one the rows have to tell.
    const recent =
      standing === undefined ? await project.tables.states({ process: name }, { newest: RECENT_SESSIONS }) : NO_STATES;
    const held = recent.get(session) ?? (await project.tables.states({ process: name, session })).get(session);
    return [...recent.values(), held].every((state) => state !== undefined && isEnded(state));
  } catch {
    return false;
  }
}

const NO_STATES: ReadonlyMap<SessionId, SessionState> = new Map();

const isEnded = (state: SessionState): boolean => !isOpen(state) && state !== 'published';

/** Undefined where the table cannot be read: then what the target says has to do, and does. */
async function recentSessions(project: Project, process: Process): Promise<readonly SessionEvent[] | undefined> {
  try {
    return await project.tables.sessions(process.name, { newest: RECENT_SESSIONS });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    project.emit({
      kind: 'warning',
      process: process.name,
      message: `The session table cannot be read, and the target tells what is needed; psyberg recover makes the table anew. ${message}`,
    });
    return undefined;
  }
}

async function finishCommit(
  project: Project,
  process: Process,
  target: Table,
  held: HeldState,
  events: readonly SessionEvent[],
): Promise<void> {
  const { record } = held;
  if (record === undefined) return;
  const known =
    [...events, ...project.remembered]
      .filter((e) => e.process === process.name && e.session === record.session)
      .at(-1) ?? (await project.tables.latest({ process: process.name, session: record.session }));
  if (known !== undefined && !isOpen(known.state) && known.state !== 'published') return;
  const plan =
    known?.plan ??
    planOfRecord(process, record, {
      table: formatIdentifier(target.identifier),
      branch: process.target.branch,
      uuid: target.metadata.tableUuid,
    });
  const state = record.written.length === 0 ? 'empty' : 'committed';
  const event = sessionEvent(plan, attemptOf(plan, record.attempt), state, momentAfter(project.clock, known), {
    ...(held.metAt !== undefined && { snapshotId: held.metAt }),
    message: 'published before, as the target tells',
  });
  project.remember({ events: [event], watermarks: watermarkRows(record, undefined, event.recordedAtMs) });
  project.emit({
    kind: 'warning',
    process: process.name,
    message:
      `The session table did not tell that session ${record.session} was published: its run ended early, or the table was lost since. Now ` +
      'it does; what else it may have lost, psyberg recover brings back.',
  });
}

/** Sees to it that the record is still met when snapshots have expired; losing a race only leaves that to the next run. */
async function keep(target: Table, process: Process, held: HeldState): Promise<void> {
  const { head } = held;
  const { branch } = process.target;
  const updates = head && (lostRecord(branch, held) ?? anchor(branch, held, head));
  if (head === undefined || updates === undefined) return;
  await commitMetadata(target, async (base) => {
    if (headOf(base.metadata, branch)?.snapshotId !== head.snapshotId) return undefined;
    return {
      updates: [{ action: 'set-properties', updates }],
      requirements: [{ type: 'assert-ref-snapshot-id', ref: branch, snapshotId: head.snapshotId }],
    };
  });
}

/** The record of a session that another engine published without it: the staged snapshot that still has it will expire. */
function lostRecord(branch: string, { record, metAt, foundElsewhere, property }: HeldState): Updates | undefined {
  if (!foundElsewhere || record === undefined || metAt === undefined) return undefined;
  return statePropertyUpdates(branch, record, [metAt], property && { record: property.record, at: property.at });
}

/** Lets the record hold at the head too. */
function anchor(branch: string, { record, property, metBelowHeadMs }: HeldState, head: Snapshot): Updates | undefined {
  if (property === undefined || property.record.session !== record?.session || metBelowHeadMs <= DAY_MS)
    return undefined;
  return anchorUpdates(branch, property, head.snapshotId);
}

/** Marks as superseded what was begun before `session` and never published: its input is covered by the one that was. */
export function supersede(project: Project, open: readonly SessionEvent[], session: string): void {
  const events = open
    .filter((e) => e.session !== session)
    .map((e) =>
      sessionEvent(e.plan, attemptOf(e.plan, e.attempt), 'superseded', momentAfter(project.clock, e), {
        message: `by session ${session}`,
      }),
    );
  project.remember({ events });
}

/** The process's sessions that are open. */
export async function openSessions(project: Project, process: Process): Promise<readonly SessionEvent[]> {
  const events = await project.tables.sessions(process.name, { newest: RECENT_SESSIONS });
  return events.filter((e) => isOpen(e.state));
}
