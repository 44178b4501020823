/**
 * Before a run plans anything it sets right what an earlier one left: a published session whose rows for people were never
 * written, and a record that lies so far below the head that expiry might soon cut the way to it.
 */
import { commitMetadata, formatIdentifier, type Table } from '@psyberg/iceberg';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionEvent } from '../session/rows.ts';
import { type HeldState, heldState } from '../state/record-walk.ts';
import { anchorUpdates } from '../state/state-property.ts';
import { attemptOf, planOfRecord, sessionEvent, watermarkRows } from './commit.ts';
import { openIfExists } from './init.ts';
import { recordLookup } from './record-lookup.ts';
import { isOpen } from './restore-work.ts';

const DAY_MS = 86_400_000;

/** Older ones than these are over, one way or another. */
export const RECENT_SESSIONS = 100;

/** Sessions that were begun and neither published nor given up, oldest first; the caller marks them superseded once it publishes. */
export async function repair(project: Project, process: Process): Promise<readonly SessionEvent[]> {
  const target = await openIfExists(project, process.target.table);
  if (target === undefined) return [];
  const held = await heldState(target, process.target.branch, process.name, recordLookup(project, process.name));
  const events = await project.tables.sessions(process.name, { newest: RECENT_SESSIONS });
  await finishCommit(project, process, target, held, events);
  await anchor(target, process, held);
  return events.filter((e) => isOpen(e.state) && e.session !== held.record?.session);
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
    planOfRecord(record, {
      table: formatIdentifier(target.identifier),
      branch: process.target.branch,
      uuid: target.metadata.tableUuid,
    });
  const state = record.written.length === 0 ? 'empty' : 'committed';
  const event = sessionEvent(plan, attemptOf(plan, record.attempt), state, project.clock(), {
    ...(held.metAt !== undefined && { snapshotId: held.metAt }),
    message: 'published by a run that ended before it could say so',
  });
  project.remember({ events: [event], watermarks: watermarkRows(record, undefined, event.recordedAtMs) });
  project.emit({
    kind: 'warning',
    process: process.name,
    message: `Session ${record.session} had been published by a run that ended early; its commit was finished now.`,
  });
}

/** Lets the record hold at the head too, so that it is still met when the snapshots in between have expired. */
async function anchor(target: Table, process: Process, held: HeldState): Promise<void> {
  const { property, record, head } = held;
  if (property === undefined || head === undefined || held.metBelowHeadMs <= DAY_MS) return;
  if (record === undefined || property.record.session !== record.session) return;
  const { branch } = process.target;
  await commitMetadata(target, async () => ({
    updates: [{ action: 'set-properties', updates: anchorUpdates(branch, property, head.snapshotId) }],
    requirements: [{ type: 'assert-ref-snapshot-id', ref: branch, snapshotId: head.snapshotId }],
  }));
}

/** Marks as superseded what was begun before `session` and never published: its input is covered by the one that was. */
export function supersede(project: Project, open: readonly SessionEvent[], session: string): void {
  const events = open
    .filter((e) => e.session !== session)
    .map((e) =>
      sessionEvent(e.plan, attemptOf(e.plan, e.attempt), 'superseded', project.clock(), {
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
