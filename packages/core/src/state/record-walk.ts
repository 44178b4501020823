/**
 * Which record holds.
 *
 * A target says in two places what it knows of a process: in the summary of each snapshot that a session published, and in a table
 * property. Neither alone is enough: a session that changes no row has no snapshot, an expired snapshot has no summary, and a
 * person may roll the table back behind either. So we walk from the branch's head through its ancestors and believe what we meet
 * first. Where the walk runs out of listed parents (expiry), older metadata files still name them. That a snapshot is listed
 * proves nothing: tags and other branches keep snapshots too; only ancestors of the head count.
 */
import type { Snapshot, SnapshotId, Table, TableMetadata } from '@psyberg/iceberg';
import { headOf, parseTableMetadata, snapshotById } from '@psyberg/iceberg';
import { NeedsDecisionError } from '../errors.ts';
import type { ProcessName, SessionId } from '../process/process.ts';
import { parseWapId } from '../session/wap-id.ts';
import { PUBLISHED_WAP_ID_KEY, SOURCE_SNAPSHOT_ID_KEY, STATE_SUMMARY_KEY, WAP_ID_KEY } from './keys.ts';
import { NO_SNAPSHOT, readStateProperty, type StateProperty } from './state-property.ts';
import type { StateRecord } from './state-record.ts';
import { stateRecordFromJson } from './state-record-json.ts';

/** What the target knows of a process. */
export interface HeldState {
  /** Absent: the process has no session here. */
  readonly record?: StateRecord;
  /** Where it was met; absent when it holds before the first snapshot. */
  readonly metAt?: SnapshotId;
  /** How far below the head that was, by commit time; infinite where the snapshot it was met at is listed no more. */
  readonly metBelowHeadMs: number;
  /** The process's newest session with a snapshot in the branch's history. */
  readonly base?: SessionId;
  readonly property?: StateProperty;
  readonly head?: Snapshot;
  /** The publishing snapshot lost the record (another engine published it); it was found in the staged one or the session table. */
  readonly foundElsewhere?: boolean;
}

/** A session of the process met in the summaries of the branch's history. */
export interface MetSession {
  readonly session: SessionId;
  readonly record: StateRecord | undefined;
  readonly snapshot: Snapshot;
}

/** Reads the record of a session whose publishing snapshot lost it (another engine published it). */
export type RecordLookup = (session: SessionId, snapshot: Snapshot) => Promise<StateRecord | undefined>;

/**
 * The record of `process` that holds at the head of `branch`. Reads no file unless the walk meets a cut link, then older metadata
 * files, newest first, until it can go on.
 *
 * @throws {NeedsDecisionError} history does not tell, or sessions were published past the fence by another engine
 */
export async function heldState(
  table: Table,
  branch: string,
  process: ProcessName,
  lookup: RecordLookup,
): Promise<HeldState> {
  const { metadata } = table;
  const head = headOf(metadata, branch);
  const property = readStateProperty(metadata.properties, branch, process);
  const walk = new Ancestry(table);
  const visited: SnapshotId[] = [];
  let met: Required<Pick<HeldState, 'record' | 'metAt' | 'foundElsewhere'>> | undefined;
  let base: MetSession | undefined;

  let id = head?.snapshotId;
  while (id !== undefined) {
    visited.push(id);
    if (met === undefined && property?.at.includes(id))
      met = { record: property.record, metAt: id, foundElsewhere: false };
    const snapshot = await walk.snapshot(id);
    const session = snapshot && (await sessionIn(metadata, snapshot, process, lookup));
    if (session !== undefined) {
      if (base !== undefined) {
        checkBase(table, process, base, session);
        break;
      }
      base = session;
      const foundElsewhere = session.snapshot.summary[STATE_SUMMARY_KEY] === undefined;
      met ??= { record: recordOf(table, session, process), metAt: id, foundElsewhere };
    }
    // Once something is met, the rest of the walk only looks for the session before; that is not worth reading older files for.
    id = met === undefined ? await walk.parent(id) : snapshot?.parentSnapshotId;
    if (met !== undefined && id !== undefined && snapshotById(metadata, id) === undefined) break;
  }

  const facts = { ...(property && { property }), ...(head && { head }), ...(base && { base: base.session }) };
  if (met !== undefined) return { ...facts, ...met, metBelowHeadMs: ageBelow(head, metadata, met.metAt) };
  const older = heldBefore(property, visited, walk.reachedFirst);
  if (older !== undefined) return { ...facts, ...older, metBelowHeadMs: ageBelow(head, metadata, older.metAt) };
  if (walk.reachedFirst || head === undefined) return { ...facts, metBelowHeadMs: 0 };
  throw historyGap(table, branch, process);
}

/** A record that holds although the walk met none: by an anchor before the first snapshot, or the one embedded in the property. */
function heldBefore(
  property: StateProperty | undefined,
  visited: readonly SnapshotId[],
  reachedFirst: boolean,
): Pick<HeldState, 'record' | 'metAt'> | undefined {
  for (const anchored of [property, property?.before]) {
    if (anchored === undefined) continue;
    const metAt = visited.find((id) => anchored.at.includes(id));
    if (metAt !== undefined) return { record: anchored.record, metAt };
    const fromTheFirst = reachedFirst || visited.length === 0;
    if (fromTheFirst && anchored.at.includes(NO_SNAPSHOT)) return { record: anchored.record };
  }
  return undefined;
}

/** All sessions of the process in the branch's history whose snapshots are still listed, newest first. */
export async function sessionsInHistory(
  table: Table,
  branch: string,
  process: ProcessName,
  lookup: RecordLookup,
): Promise<readonly MetSession[]> {
  const result: MetSession[] = [];
  for (let snapshot = headOf(table.metadata, branch); snapshot !== undefined; ) {
    const session = await sessionIn(table.metadata, snapshot, process, lookup);
    if (session !== undefined) result.push(session);
    snapshot =
      snapshot.parentSnapshotId === undefined ? undefined : snapshotById(table.metadata, snapshot.parentSnapshotId);
  }
  return result;
}

/** The session of `process` that published this snapshot, if one did. */
async function sessionIn(
  metadata: TableMetadata,
  snapshot: Snapshot,
  process: ProcessName,
  lookup: RecordLookup,
): Promise<MetSession | undefined> {
  const text = snapshot.summary[STATE_SUMMARY_KEY];
  if (text !== undefined) {
    // The key is looked for in the text first: most snapshots of a table with several processes are of another one.
    if (!text.includes(`"${process}"`)) return undefined;
    const record = stateRecordFromJson(text);
    return record.process === process ? { session: record.session, record, snapshot } : undefined;
  }
  const wapId = snapshot.summary[PUBLISHED_WAP_ID_KEY] ?? snapshot.summary[WAP_ID_KEY];
  const named = wapId === undefined ? undefined : parseWapId(wapId);
  if (named === undefined || named.process !== process) return undefined;
  const sourceId = snapshot.summary[SOURCE_SNAPSHOT_ID_KEY];
  const staged = sourceId === undefined ? undefined : metadata.snapshots.find((s) => String(s.snapshotId) === sourceId);
  const kept = staged?.summary[STATE_SUMMARY_KEY];
  const record = kept === undefined ? await lookup(named.session, snapshot) : stateRecordFromJson(kept);
  return { session: named.session, record, snapshot };
}

function recordOf(table: Table, session: MetSession, process: ProcessName): StateRecord {
  if (session.record !== undefined) return session.record;
  const name = nameOf(table);
  throw new NeedsDecisionError(
    `${name} holds session ${session.session} of ${process} (snapshot ${session.snapshot.snapshotId}), published by another ` +
      'engine that dropped its state record, and neither the staged snapshot nor the session table has it any more. Nothing was ' +
      'changed. Say what the table holds with `psyberg adopt`, or start anew with `psyberg run --recompute`.',
    { next: [`psyberg adopt ${process} --at current`, `psyberg run ${process} --recompute`] },
  );
}

/** A session met on the walk must have the next one met as its base; if not, another engine published it past the fence. */
function checkBase(table: Table, process: ProcessName, newer: MetSession, older: MetSession): void {
  const base = newer.record?.base;
  if (newer.record === undefined || newer.record.kind === 'recompute' || base === older.session) return;
  throw new NeedsDecisionError(
    `In ${nameOf(table)}, session ${newer.session} of ${process} was published on top of session ${older.session}, but had been ` +
      `planned on ${base ?? 'an empty history'}: another engine published it past the fence, and rows that both loaded are in the ` +
      `table twice (snapshots ${older.snapshot.snapshotId} and ${newer.snapshot.snapshotId}). Nothing was changed. Roll the table ` +
      `back behind snapshot ${newer.snapshot.snapshotId}, or start anew with \`psyberg run ${process} --recompute\`.`,
    { next: [`psyberg run ${process} --recompute`] },
  );
}

function historyGap(table: Table, branch: string, process: ProcessName): NeedsDecisionError {
  return new NeedsDecisionError(
    `The history of ${nameOf(table)} (branch ${branch}) is cut before any session of ${process} is met, and no older metadata file ` +
      'tells what came before. Nothing was changed. If the table already holds what was loaded, say so with `psyberg adopt`; else ' +
      'start anew with `psyberg run --recompute`.',
    { next: [`psyberg adopt ${process} --at current`, `psyberg run ${process} --recompute`] },
  );
}

const nameOf = (table: Table): string => [...table.identifier.namespace, table.identifier.name].join('.');

/** Where it was met is gone from the metadata, or lies before all that is there: then nothing is as old. */
function ageBelow(head: Snapshot | undefined, metadata: TableMetadata, id: SnapshotId | undefined): number {
  if (head === undefined) return 0;
  const met = id === undefined ? undefined : snapshotById(metadata, id);
  return met === undefined ? Number.POSITIVE_INFINITY : head.timestampMs - met.timestampMs;
}

/** Parents, also of snapshots that were expired since, as long as an older metadata file still names them. */
class Ancestry {
  /** The walk ended at the table's true first snapshot. */
  reachedFirst = false;
  readonly #table: Table;
  readonly #older = new Map<SnapshotId, Snapshot>();
  /** Metadata files not read yet, oldest first. */
  readonly #files: string[];
  readonly #introduced = new Set<SnapshotId>();
  /** The file read last; the next older one tells what it introduced. */
  #newer: TableMetadata | undefined;

  constructor(table: Table) {
    this.#table = table;
    this.#files = table.metadata.metadataLog.map((entry) => entry.metadataFile);
    this.#newer = table.metadata;
  }

  async snapshot(id: SnapshotId): Promise<Snapshot | undefined> {
    return snapshotById(this.#table.metadata, id) ?? (await this.#fromOlder(id));
  }

  async parent(id: SnapshotId): Promise<SnapshotId | undefined> {
    const snapshot = await this.snapshot(id);
    if (snapshot === undefined) return undefined;
    if (snapshot.parentSnapshotId !== undefined) return snapshot.parentSnapshotId;
    // No parent: the first snapshot, or expiry cut the link. A first snapshot has number 1 (0 in v1).
    if (snapshot.sequenceNumber <= 1n) {
      this.reachedFirst = true;
      return undefined;
    }
    return this.#parentWhenIntroduced(id);
  }

  /** The oldest file that lists the snapshot says what its parent was; whether it is the introducing one, the file before it tells. */
  async #parentWhenIntroduced(id: SnapshotId): Promise<SnapshotId | undefined> {
    await this.#readOlder(() => false);
    const parent = this.#older.get(id)?.parentSnapshotId;
    if (parent !== undefined) return parent;
    this.reachedFirst = this.#introduced.has(id);
    return undefined;
  }

  async #fromOlder(id: SnapshotId): Promise<Snapshot | undefined> {
    if (!this.#older.has(id)) await this.#readOlder(() => this.#older.has(id));
    return this.#older.get(id);
  }

  /** Reads older metadata files, newest first, until `done`. Files that were deleted are passed over. */
  async #readOlder(done: () => boolean): Promise<void> {
    while (this.#files.length > 0 && !done()) {
      const location = this.#files.pop()!;
      if (!(await this.#table.io.exists(location))) {
        this.#newer = undefined;
        continue;
      }
      const metadata = parseTableMetadata(await this.#table.io.read(location), location);
      for (const snapshot of metadata.snapshots) {
        const known = this.#older.get(snapshot.snapshotId);
        if (known?.parentSnapshotId === undefined) this.#older.set(snapshot.snapshotId, snapshot);
      }
      for (const snapshot of this.#newer?.snapshots ?? []) {
        if (snapshotById(metadata, snapshot.snapshotId) === undefined) this.#introduced.add(snapshot.snapshotId);
      }
      this.#newer = metadata;
    }
    // The very first metadata file introduced whatever it lists.
    if (this.#files.length === 0 && this.#newer?.metadataLog.length === 0) {
      for (const snapshot of this.#newer.snapshots) this.#introduced.add(snapshot.snapshotId);
    }
  }
}
