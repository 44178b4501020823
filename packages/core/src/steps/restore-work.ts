/**
 * Picks a session up again from what is stored: its plan in the session table, or the record of its staged snapshot. Every
 * attempt of a session reads the same pinned snapshots, so what it reads is derived again and comes out the same.
 */
import {
  formatIdentifier,
  openTable,
  type Snapshot,
  type SnapshotId,
  snapshotById,
  type Table,
  toSnapshotId,
} from '@psyberg/iceberg';
import type { SourceObservation } from '../changes/source-observation.ts';
import { NOTHING_TO_READ, rowsToRead, sourceReads } from '../changes/source-reads.ts';
import { tableChanges } from '../changes/table-changes.ts';
import { AttemptRefusedError, assert, FencedError, SessionNotFoundError, UsageError } from '../errors.ts';
import { changesSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionEvent } from '../session/rows.ts';
import type { SessionPlan, SessionState } from '../session/session-plan.ts';
import { recordOfSession } from '../session/session-record.ts';
import { parseWapId } from '../session/wap-id.ts';
import { ATTEMPT_HEAD_KEY, STATE_SUMMARY_KEY, WAP_ID_KEY } from '../state/keys.ts';
import { type HeldState, heldState } from '../state/record-walk.ts';
import { stateRecordFromJson } from '../state/state-record-json.ts';
import { grainLengthUs } from '../time/grain.ts';
import { plus } from '../time/instant.ts';
import { intervalSet, subtract, union } from '../time/interval-set.ts';
import { attemptOf, planOfRecord, sessionEvent } from './commit.ts';
import { checkEvolution, stagedEvolution, withEvolution } from './evolve-target.ts';
import { openIfExists } from './open-if-exists.ts';
import { recordLookup } from './record-lookup.ts';
import { stagedFiles } from './staged-snapshot.ts';
import { addedRows, lookupRelations, pinsOf, replacedRows, rowsOfInterval, unitedInputs } from './transform-inputs.ts';
import type { Attempt, InputRelation, PlannedWork, WrittenWork } from './work.ts';

/** Whether the session was begun before: it is in the session table, or a staged snapshot names it. */
export const hasSession = async (project: Project, process: Process, session: string): Promise<boolean> =>
  (await findEvent(project, process, session)) !== undefined;

/**
 * The newest event of a session. The target has the last word: a session that it holds is published, whatever the session table was
 * told before its step died; one that nobody was told of is known by its staged snapshot or by its record.
 */
export async function findEvent(
  project: Project,
  process: Process,
  session: string,
): Promise<SessionEvent | undefined> {
  const told =
    project.remembered.filter((e) => e.process === process.name && e.session === session).at(-1) ??
    (await project.tables.latest({ process: process.name, session: session as SessionPlan['session'] })) ??
    (await eventOfStaged(project, process, session));
  if (told !== undefined && !isOpen(told.state)) return told;
  return (await eventOfRecord(project, process, session, told)) ?? told;
}

/** Begun, and neither published nor given up. */
export const isOpen = (state: SessionState): boolean =>
  state === 'planned' || state === 'written' || state === 'audited' || state === 'held';

async function eventOfRecord(
  project: Project,
  process: Process,
  session: string,
  told: SessionEvent | undefined,
): Promise<SessionEvent | undefined> {
  const target = process.watermarkOnly ? undefined : await openIfExists(project, process.target.table);
  if (target === undefined) return undefined;
  const { record, metAt } = await heldState(
    target,
    process.target.branch,
    process.name,
    recordLookup(project, process.name),
  );
  if (record === undefined || record.session !== session) return undefined;
  const plan = told?.plan ?? planOfRecord(process, record, targetOf(process, target));
  const state = told === undefined && record.written.length === 0 ? 'empty' : 'published';
  return sessionEvent(plan, attemptOf(plan, record.attempt), state, record.recordedAtMs, {
    ...(told?.stagedSnapshotId !== undefined && { stagedSnapshotId: told.stagedSnapshotId }),
    ...(told?.rowsWritten !== undefined && { rowsWritten: told.rowsWritten }),
    ...(metAt !== undefined && { snapshotId: metAt }),
  });
}

const targetOf = (process: Process, target: Table): SessionPlan['target'] => ({
  table: formatIdentifier(target.identifier),
  branch: process.target.branch,
  uuid: target.metadata.tableUuid,
});

/** @throws {SessionNotFoundError} */
export async function latestEvent(project: Project, process: Process, session: string): Promise<SessionEvent> {
  const event = await findEvent(project, process, session);
  if (event !== undefined) return event;
  throw new SessionNotFoundError(`Process ${process.name} has no session "${session}". Nothing was changed.`, {
    next: [`psyberg sessions ${process.name}`, `psyberg init --process ${process.name} --session ${session}`],
  });
}

/** A run stores nothing before it stages; from then on the staged snapshot's record tells what it was about. */
async function eventOfStaged(project: Project, process: Process, session: string): Promise<SessionEvent | undefined> {
  const target = await openIfExists(project, process.target.table);
  const staged = target?.metadata.snapshots.findLast((s) => {
    const named = parseWapId(s.summary[WAP_ID_KEY] ?? '');
    return named?.process === process.name && named.session === session && s.summary[STATE_SUMMARY_KEY] !== undefined;
  });
  if (target === undefined || staged === undefined) return undefined;
  const record = stateRecordFromJson(staged.summary[STATE_SUMMARY_KEY]!);
  const plan = planOfRecord(process, record, {
    ...targetOf(process, target),
    ...(staged.parentSnapshotId !== undefined && { head: staged.parentSnapshotId }),
  });
  const attempt = attemptOf(plan, record.attempt);
  const { process: name, session: id, kind, mode } = plan;
  return {
    process: name,
    session: id,
    attempt: attempt.number,
    kind,
    mode,
    state: 'written',
    wapId: attempt.wapId,
    recordedAtMs: staged.timestampMs,
    plan,
    stagedSnapshotId: staged.snapshotId,
    ...attemptHeadOf(staged),
  };
}

/** The head that the attempt began on, as the staged snapshot says; its parent, where a job of the user's own staged it. */
function attemptHeadOf({ summary, parentSnapshotId }: Snapshot): { readonly attemptHead?: SnapshotId } {
  const text = summary[ATTEMPT_HEAD_KEY];
  if (text !== undefined) return { attemptHead: toSnapshotId(BigInt(text)) };
  return parentSnapshotId === undefined ? {} : { attemptHead: parentSnapshotId };
}

/** What the write step needs of a stored plan. @throws {FencedError} another session was published since */
export async function restorePlanned(project: Project, process: Process, plan: SessionPlan): Promise<PlannedWork> {
  const target = await openIfExists(project, process.target.table);
  const held: HeldState = target
    ? await heldState(target, process.target.branch, process.name, recordLookup(project, process.name))
    : { metBelowHeadMs: 0 };
  if (held.record?.session !== plan.previous) {
    throw new FencedError(
      `Session ${plan.session} of ${process.name} was planned on ${plan.previous ?? 'an empty history'}, but ` +
        `${held.record?.session ?? 'no session'} holds now. Nothing was written. Give it up and run anew.`,
      { next: [`psyberg discard ${plan.session}`, `psyberg run ${process.name}`] },
    );
  }
  const sources: Table[] = [];
  const observations: SourceObservation[] = [];
  for (const [i, source] of changesSourcesOf(process).entries()) {
    const table = await openTable(project.catalog, source.table);
    const planned = plan.sources[i];
    assert(planned !== undefined, `the stored plan of ${plan.session} lacks source ${formatIdentifier(source.table)}`);
    const pin = planned.to?.snapshotId;
    if (pin !== undefined && snapshotById(table.metadata, pin) === undefined) {
      throw new AttemptRefusedError(
        `Snapshot ${pin} of ${planned.table}, which session ${plan.session} of ${process.name} is pinned to, has expired. Nothing was ` +
          'written. Give the session up; the next run plans anew from the same high watermark.',
        { next: [`psyberg discard ${plan.session}`, `psyberg run ${process.name}`] },
      );
    }
    const record = plan.kind === 'recompute' ? undefined : held.record;
    const state = record?.sources.find((s) => s.table === planned.table && s.branch === planned.branch);
    const toRead =
      process.mode === 'stateless' && pin !== undefined
        ? rowsToRead(
            await sourceReads(table, state, await tableChanges(table, state, pin, process.name), {
              process,
              source,
              to: pin,
              dropped: planned.next.dropped,
            }),
            source.onOverwrite,
          )
        : NOTHING_TO_READ;
    sources.push(table);
    observations.push({
      source,
      table: planned.table,
      uuid: planned.uuid,
      changes: [],
      exempt: [],
      next: planned.next,
      toRead,
      overwritten: [],
      processingUris: planned.processingUris,
      predicted: false,
      notes: [],
    });
  }
  return { process, plan, ...(target && { target }), held, sources, observations };
}

/**
 * The staged snapshot of an attempt, made by our write step or by the user's own job; undefined while there is none.
 *
 * @throws {AttemptRefusedError} several were staged under one wap.id
 */
export function stagedOf(
  process: Process,
  plan: SessionPlan,
  attempt: Attempt,
  target: Table | undefined,
): Snapshot | undefined {
  const staged = (target?.metadata.snapshots ?? []).filter((s) => s.summary[WAP_ID_KEY] === attempt.wapId);
  if (staged.length <= 1) return staged[0];
  throw new AttemptRefusedError(
    `${staged.length} snapshots of ${formatIdentifier(process.target.table)} were staged as ${attempt.wapId} ` +
      `(${staged.map((s) => s.snapshotId).join(', ')}); which one session ${plan.session} means cannot be told. Nothing was published. ` +
      'The next attempt of the session is open.',
    { next: [`psyberg write --process ${process.name} --session ${plan.session}`] },
  );
}

/** What audits and publication need of a staged attempt. @throws {AttemptRefusedError} it holds rows outside the session's intervals */
export async function restoreWritten(
  project: Project,
  work: PlannedWork,
  attempt: Attempt,
  staged: Snapshot | undefined,
): Promise<WrittenWork> {
  const { process, plan } = work;
  const table = work.target ?? (await openTable(project.catalog, process.target.table));
  const evolution = stagedEvolution(table.metadata, staged);
  checkEvolution(work, table, evolution);
  const target = withEvolution(table, evolution);
  const computed = staged === undefined ? [] : (await stagedFiles(target, staged)).computed.map((f) => f.file);
  const { time, grain } = process.target;
  const engine = project.engineFor(process);
  const profiles =
    time === undefined || computed.length === 0
      ? []
      : await (await engine()).profileTime({
          schema: target.metadata.schemas.find((s) => s.schemaId === target.metadata.currentSchemaId)!,
          time,
          grain,
          files: computed,
        });
  const rows = new Map<bigint, number>();
  for (const { rowsByInterval } of profiles) {
    for (const part of rowsByInterval) rows.set(part.start, (rows.get(part.start) ?? 0) + part.rows);
  }
  const rowsByInterval = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([start, n]) => ({ start: plus(start as never, 0n), rows: n }));
  const length = grainLengthUs(grain);
  const written = intervalSet(rowsByInterval.map(({ start }) => ({ start, end: plus(start, length) })));
  if (process.mode !== 'stateless') checkInside(process, plan, written);
  const appended = union(written, plan.replace ?? []);
  const kept = staged?.summary[STATE_SUMMARY_KEY];
  const record =
    kept === undefined
      ? recordOfSession(
          process,
          plan,
          attempt.number,
          process.mode === 'stateless' ? appended : plan.write,
          work.held.record,
        )
      : stateRecordFromJson(kept);
  return {
    target,
    record,
    ...(staged && { stagedSnapshotId: staged.snapshotId }),
    ...(staged && attemptHeadOf(staged)),
    computed,
    rows: computed.reduce((n, f) => n + f.recordCount, 0),
    rowsByInterval,
    rowsDropped: 0,
    inputs: await inputsOf(project, work),
  };
}

function checkInside(process: Process, plan: SessionPlan, written: ReturnType<typeof intervalSet>): void {
  const outside = subtract(written, plan.write);
  if (outside.length === 0) return;
  throw new AttemptRefusedError(
    `The staged snapshot of session ${plan.session} of ${process.name} holds rows outside the session's intervals (first at ` +
      `${new Date(Number(outside[0]!.start / 1000n)).toISOString()}). Nothing was published. The next attempt of the session is open.`,
    { next: [`psyberg write --process ${process.name} --session ${plan.session}`] },
  );
}

async function inputsOf(project: Project, work: PlannedWork): Promise<readonly InputRelation[]> {
  const { process, plan } = work;
  const lookups = await lookupRelations(project, process, plan.lookups);
  if (process.mode === 'stateless') return [...unitedInputs([addedRows(work), await replacedRows(work)]), ...lookups];
  const calls: (readonly InputRelation[])[] = [];
  for (const call of plan.write) calls.push(await rowsOfInterval(process, work.sources, pinsOf(plan.sources), call));
  return [...unitedInputs(calls), ...lookups];
}

/** Refuses steps of ours where the user's own job writes. */
export function requireOwnTransform(process: Process): void {
  if (process.transform.kind === 'sql') return;
  throw new UsageError(
    `${process.name} is written by your own job: stage its rows under the session's wap.id, then go on with audit. A job that staged ` +
      'nothing says so with write --nothing. Nothing was changed.',
    { next: [`psyberg audit --process ${process.name} --session ID`] },
  );
}
