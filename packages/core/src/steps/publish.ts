/**
 * Publish: make the staged rows what readers see, and say in the same table commit what they cover.
 *
 * Three ways, tried in this order on what the table is now:
 *
 * - the staged snapshot's parent is still the head: point the branch at it (fast-forward);
 * - others committed meanwhile: a commit of our own with the same computed files, after checking that nobody but a compaction has
 *   touched the session's intervals (rebase);
 * - no row changes: a commit of properties, asserting the head. (A session that came out empty removes what is there.)
 *
 * Every attempt of that commit checks the fence: the record that holds must still be the one that the plan was made on. A crash
 * before the commit leaves readers with the old snapshot, a crash after it leaves a published session whose views the next run writes.
 */
import {
  commitMetadata,
  commitSnapshot,
  IcebergError,
  isAncestorOf,
  type MetadataUpdate,
  openTable,
  type ScannedFile,
  type Snapshot,
  type SnapshotChange,
  type SnapshotId,
  schemaUpdates,
  snapshotById,
  snapshotChanges,
  type Table,
  type TableRequirement,
} from '@psyberg/iceberg';
import { AttemptRefusedError, FencedError, PsybergError, PublishConflictError } from '../errors.ts';
import { changesSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import {
  CARRIED_MANIFESTS_KEY,
  PUBLISHED_WAP_ID_KEY,
  SOURCE_SNAPSHOT_ID_KEY,
  STATE_SUMMARY_KEY,
  VTTS_BASIS_KEY,
  VTTS_COLUMN_KEY,
  VTTS_KEY,
} from '../state/keys.ts';
import { type HeldState, heldState } from '../state/record-walk.ts';
import { type AnchoredRecord, NO_SNAPSHOT, statePropertyUpdates } from '../state/state-property.ts';
import type { StateRecord } from '../state/state-record.ts';
import { stateRecordFromJson, stateRecordToJson } from '../state/state-record-json.ts';
import { formatInstant, formatInstantShort } from '../time/instant.ts';
import { carryRows } from './carry-rows.ts';
import { checkEvolution, stagedEvolution } from './evolve-target.ts';
import { settleTags, tagBeforePublication } from './pin-sources.ts';
import { conflictingSnapshot } from './publish-conflict.ts';
import { recordLookup } from './record-lookup.ts';
import { replacedFiles } from './replaced-files.ts';
import { outputSignalOf } from './target-signal.ts';
import type { Attempt } from './work.ts';

/** What is to be published; all that survives between the steps. */
export interface PublishableWork {
  readonly process: Process;
  readonly plan: SessionPlan;
  readonly attempt: Attempt;
  readonly record: StateRecord;
  /** Absent: no row changes. */
  readonly stagedSnapshotId?: SnapshotId;
  /** Head of the branch when the attempt began; conflicts are looked for since then. */
  readonly attemptHead?: SnapshotId;
  /** Further summary entries: accepted audits. */
  readonly summary?: Readonly<Record<string, string>>;
}

export interface Published {
  readonly how: 'fast-forward' | 'commit' | 'properties' | 'already';
  readonly snapshotId?: SnapshotId;
  readonly table: Table;
}

/**
 * @throws {FencedError} another session of the process was published since this one was planned
 * @throws {PublishConflictError} others changed the session's intervals since staging
 * @throws {AttemptRefusedError} the staged snapshot is gone or ambiguous
 */
export async function publishSession(
  project: Project,
  work: PublishableWork,
  signal?: AbortSignal,
): Promise<Published> {
  const table = await openTable(project.catalog, work.process.target.table);
  const held = await holding(project, table, work);
  if (isPublished(held, work))
    return { how: 'already', table, ...(held.metAt !== undefined && { snapshotId: held.metAt }) };
  await tagBeforePublication(project, work.process, work.record);
  const published = await publishNow(project, table, work, held, signal);
  await untag(project, published.table, work);
  return published;
}

/**
 * The tags that the record before needed go. They do no harm, and the session is published: whatever fails here is told, is no failure
 * of the session, and is tried again by the next run.
 */
async function untag(project: Project, table: Table, work: PublishableWork): Promise<void> {
  if (!changesSourcesOf(work.process).some((source) => source.pin)) return;
  try {
    const { record } = await holding(project, table, work);
    if (record !== undefined) await settleTags(project, work.process, record);
  } catch (error) {
    if (!(error instanceof PsybergError || error instanceof IcebergError)) throw error;
    project.emit({ kind: 'warning', process: work.process.name, message: error.message });
  }
}

async function publishNow(
  project: Project,
  table: Table,
  work: PublishableWork,
  held: HeldState,
  signal: AbortSignal | undefined,
): Promise<Published> {
  if (work.stagedSnapshotId === undefined) {
    return (await removesRows(project, table, work, held))
      ? rebase(project, table, work, undefined, signal)
      : publishProperties(project, table, work, signal);
  }
  const forwarded = await fastForward(project, table, work, work.stagedSnapshotId, signal);
  return (
    forwarded ??
    rebase(project, await openTable(project.catalog, work.process.target.table), work, work.stagedSnapshotId, signal)
  );
}

/** Intervals that came out empty are overwritten too: a job that staged nothing still takes away what the branch holds in them. */
async function removesRows(
  project: Project,
  table: Table,
  work: PublishableWork,
  { head }: HeldState,
): Promise<boolean> {
  const { inside, mixed } = await replacedFiles(project, work.process, work.plan, table, head?.snapshotId);
  return inside.length + mixed.length > 0;
}

const holding = (project: Project, table: Table, { process }: PublishableWork): Promise<HeldState> =>
  heldState(table, process.target.branch, process.name, recordLookup(project, process.name));

/** @throws {FencedError} published was another plan of that name: where no lease holds them apart, two runs may begin in one second */
function isPublished({ record, base }: HeldState, work: PublishableWork): boolean {
  const { process, plan } = work;
  if (record?.session !== plan.session) return base === plan.session;
  if (pinsOf(record) === pinsOf(work.record)) return true;
  throw new FencedError(
    `Another run of ${process.name} that calls its session ${plan.session} too was published since this one was planned, and it read ` +
      'other snapshots. Nothing of this session was published. Run again: the next run plans on what is there now.',
    { next: [`psyberg run ${process.name}`] },
  );
}

const pinsOf = ({ part, sources }: StateRecord): string =>
  (part?.pins ?? sources).map((pin) => `${pin.table} ${pin.branch} ${pin.uuid} ${pin.snapshotId ?? ''}`).join('\n');

/** No clock decides: the newest session of the process in the branch's history must be the one that the plan was made on. */
function checkFence(held: HeldState, { process, plan }: PublishableWork): void {
  if (held.record?.session === plan.previous) return;
  throw new FencedError(
    `Session ${plan.session} of ${process.name} was planned on ${plan.previous ?? 'an empty history'}, but ` +
      `${held.record === undefined ? 'the target holds no session any more' : `session ${held.record.session} was published since`}. ` +
      'Nothing of this session was published. Run again: the next run plans on what is there now.',
    { next: [`psyberg run ${process.name}`] },
  );
}

/** Properties that ride in the publishing commit. `at` is the snapshot from which on the record holds. */
async function propertiesOf(
  project: Project,
  table: Table,
  work: PublishableWork,
  held: HeldState,
  at: SnapshotId | undefined,
): Promise<Readonly<Record<string, string>>> {
  const { branch } = work.process.target;
  const before = replacedRecord(held);
  const signal = await outputSignalOf(project, table, work.process, work.record);
  return {
    ...statePropertyUpdates(branch, work.record, [at ?? NO_SNAPSHOT], before),
    ...(signal &&
      branch === 'main' && {
        [VTTS_KEY]: formatInstant(signal.until),
        [VTTS_COLUMN_KEY]: signal.column,
        [VTTS_BASIS_KEY]: signal.basis,
      }),
  };
}

/** The record that held until now, and where: the one before the new one, should the table be rolled back behind it. */
function replacedRecord({ record, property, metAt }: HeldState): AnchoredRecord | undefined {
  if (record === undefined) return undefined;
  if (property?.record.session === record.session) return { record: property.record, at: property.at };
  return { record, at: [metAt ?? NO_SNAPSHOT] };
}

async function publishProperties(
  project: Project,
  table: Table,
  work: PublishableWork,
  signal?: AbortSignal,
): Promise<Published> {
  let already = false;
  const after = await commitMetadata(
    table,
    async (base) => {
      const held = await holding(project, base, work);
      already = isPublished(held, work);
      if (already) return undefined;
      checkFence(held, work);
      await checkConflicts(project, base, work, undefined, held.head);
      const { branch } = work.process.target;
      const updates = await propertiesOf(project, base, work, held, held.head?.snapshotId);
      return {
        updates: [{ action: 'set-properties', updates }],
        requirements: [{ type: 'assert-ref-snapshot-id', ref: branch, snapshotId: held.head?.snapshotId }],
      };
    },
    signal && { signal },
  );
  return { how: already ? 'already' : 'properties', table: after };
}

/** Undefined: not possible on what the table is now. */
async function fastForward(
  project: Project,
  table: Table,
  work: PublishableWork,
  stagedId: SnapshotId,
  signal?: AbortSignal,
): Promise<Published | undefined> {
  let how: 'fast-forward' | 'already' | 'no' = 'no';
  const { branch } = work.process.target;
  const after = await commitMetadata(
    table,
    async (base) => {
      const held = await holding(project, base, work);
      if (isPublished(held, work)) {
        how = 'already';
        return undefined;
      }
      checkFence(held, work);
      const staged = stagedSnapshot(base, work, stagedId);
      how = 'no';
      const ownRecord = staged.summary[STATE_SUMMARY_KEY];
      const isOurs = ownRecord !== undefined && stateRecordFromJson(ownRecord).session === work.plan.session;
      if (!isOurs || staged.parentSnapshotId !== held.head?.snapshotId || work.summary !== undefined) return undefined;
      // A sequential session read the interval before its first; what was committed before it was staged may have changed that.
      if (work.process.mode === 'sequential') await checkConflicts(project, base, work, staged, held.head);
      how = 'fast-forward';
      const evolution = stagedEvolution(base.metadata, staged);
      checkEvolution(work, base, evolution);
      const columns = evolution && schemaUpdates(base.metadata, evolution);
      const updates: MetadataUpdate[] = [
        ...(columns?.updates ?? []),
        {
          action: 'set-snapshot-ref',
          refName: branch,
          ref: { ...base.metadata.refs[branch], type: 'branch', snapshotId: stagedId },
        },
        { action: 'set-properties', updates: await propertiesOf(project, base, work, held, stagedId) },
      ];
      const requirements: TableRequirement[] = [
        { type: 'assert-ref-snapshot-id', ref: branch, snapshotId: held.head?.snapshotId },
        ...(columns?.requirements ?? []),
      ];
      return { updates, requirements };
    },
    signal && { signal },
  );
  return how === 'no' ? undefined : { how, table: after, snapshotId: stagedId };
}

function stagedSnapshot(table: Table, { process, plan, attempt }: PublishableWork, id: SnapshotId): Snapshot {
  const staged = snapshotById(table.metadata, id);
  if (staged !== undefined) return staged;
  throw new AttemptRefusedError(
    `The staged snapshot ${id} of session ${plan.session} of ${process.name} (attempt ${attempt.number}) is gone from the table's ` +
      'metadata (expired). Nothing was published. The session has to be written again.',
    { next: [`psyberg write --process ${process.name} --session ${plan.session}`] },
  );
}

/** Our own commit on top of what others committed: the computed files, without what the branch now holds in the session's intervals. */
async function rebase(
  project: Project,
  table: Table,
  work: PublishableWork,
  stagedId: SnapshotId | undefined,
  signal?: AbortSignal,
): Promise<Published> {
  const { process, plan, attempt } = work;
  const { branch } = process.target;
  let already: SnapshotId | undefined;
  const produce = async (base: Table): Promise<SnapshotChange | undefined> => {
    const held = await holding(project, base, work);
    if (isPublished(held, work)) {
      already = held.metAt;
      return undefined;
    }
    checkFence(held, work);
    const staged = stagedId === undefined ? undefined : stagedSnapshot(base, work, stagedId);
    await checkConflicts(project, base, work, staged, held.head);
    const evolution = stagedEvolution(base.metadata, staged);
    checkEvolution(work, base, evolution);
    const computed = staged === undefined ? [] : (await stagedFiles(base, staged)).computed;
    const replaced = await replacedFiles(project, process, plan, base, held.head?.snapshotId);
    const carried = await carryRows(project, process, base, replaced, plan);
    const removed = [...replaced.inside, ...replaced.mixed];
    return {
      operation: removed.length === 0 ? 'append' : computed.length + carried.length === 0 ? 'delete' : 'overwrite',
      added: [
        { name: 'computed', files: computed.map((f) => f.file) },
        { name: 'carried', files: carried },
      ],
      removed,
      summary: (manifests) => ({
        ...work.summary,
        [PUBLISHED_WAP_ID_KEY]: attempt.wapId,
        ...(stagedId !== undefined && { [SOURCE_SNAPSHOT_ID_KEY]: String(stagedId) }),
        [STATE_SUMMARY_KEY]: stateRecordToJson(work.record),
        ...(carried.length > 0 && { [CARRIED_MANIFESTS_KEY]: JSON.stringify(manifests.get('carried') ?? []) }),
      }),
      setProperties: (id) => propertiesOf(project, base, work, held, id),
      ...(evolution && { evolution }),
    };
  };
  const result = await commitSnapshot(table, produce, { branch, ...(signal && { signal }) });
  if (result === undefined) {
    return {
      how: 'already',
      table: await openTable(project.catalog, process.target.table),
      ...(already !== undefined && { snapshotId: already }),
    };
  }
  return { how: 'commit', table: result.table, snapshotId: result.snapshot.snapshotId };
}

/** What a staged snapshot added, apart from rows of other intervals that it had to move. */
export async function stagedFiles(
  table: Table,
  staged: Snapshot,
): Promise<{ readonly computed: readonly ScannedFile[]; readonly carried: readonly ScannedFile[] }> {
  const { added } = await snapshotChanges(table, staged.snapshotId);
  const text = staged.summary[CARRIED_MANIFESTS_KEY];
  const manifests = new Set(text === undefined ? [] : (JSON.parse(text) as string[]));
  return {
    computed: added.filter((f) => !manifests.has(f.manifestPath)),
    carried: added.filter((f) => manifests.has(f.manifestPath)),
  };
}

async function checkConflicts(
  project: Project,
  table: Table,
  work: PublishableWork,
  staged: Snapshot | undefined,
  head: Snapshot | undefined,
): Promise<void> {
  const { process, plan } = work;
  if (plan.outcome !== 'work') return;
  const since = work.attemptHead ?? staged?.parentSnapshotId;
  if (since === head?.snapshotId || (staged !== undefined && staged.snapshotId === head?.snapshotId)) return;
  if (since !== undefined && (head === undefined || !isAncestorOf(table.metadata, since, head.snapshotId))) {
    throw new PublishConflictError(
      `Session ${plan.session} of ${process.name} was staged on snapshot ${since}, which ${process.target.branch} no longer descends ` +
        'from (rollback). Nothing was published.',
      { next: [`psyberg run ${process.name}`] },
    );
  }
  const conflict = await conflictingSnapshot(project, table, process, plan, since, head);
  if (conflict === undefined) return;
  throw new PublishConflictError(
    `Snapshot ${conflict.snapshot.snapshotId} (${conflict.snapshot.operation ?? 'overwrite'}) changed ` +
      `${formatInstantShort(conflict.interval.start)} of the target of ${process.name} after session ${plan.session} was staged. ` +
      'Nothing was published; the session has to be computed again on what is there now.',
    { next: [`psyberg write --process ${process.name} --session ${plan.session}`] },
  );
}
