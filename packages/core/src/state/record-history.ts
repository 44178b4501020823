/**
 * All records of a process that a target still tells of, newest first: those in the summaries of its history, those that were only ever
 * in its property (sessions that changed no row), which older metadata files still have, and those embedded in either.
 */
import { parseTableMetadata, type Snapshot, type SnapshotId, type Table, type TableMetadata } from '@psyberg/iceberg';
import type { ProcessName, SessionId } from '../process/process.ts';
import { STATE_SUMMARY_KEY } from './keys.ts';
import { type RecordLookup, sessionsInHistory } from './record-walk.ts';
import { readStateProperty } from './state-property.ts';
import type { StateRecord } from './state-record.ts';
import { stateRecordFromJson } from './state-record-json.ts';

export interface RecordedSession {
  readonly record: StateRecord;
  /** The snapshot that published it, where one did. */
  readonly snapshotId?: SnapshotId;
}

export interface RecordHistory {
  readonly newestFirst: readonly RecordedSession[];
  /** Sessions that a later one was planned on, and whose record is nowhere any more. */
  readonly lost: readonly SessionId[];
}

/**
 * Follows from the record that holds the session that each was planned on. Older metadata files are read, newest first, only as long as
 * one of these is not found; a session that a rollback took away is not among them.
 */
export async function recordHistory(
  table: Table,
  branch: string,
  process: ProcessName,
  held: StateRecord,
  lookup: RecordLookup,
): Promise<RecordHistory> {
  const listed = await sessionsInHistory(table, branch, process, lookup);
  const known = new Map<SessionId, RecordedSession>();
  for (const { record, snapshot } of listed) if (record !== undefined) add(known, record, snapshot);
  addProperty(known, table.metadata, branch, process);
  add(known, held);

  const older = olderMetadata(table);
  const chain: RecordedSession[] = [];
  const lost: SessionId[] = [];
  for (let id: SessionId | undefined = held.session; id !== undefined; ) {
    while (!known.has(id)) {
      const next = await older.next();
      if (next.done) break;
      addMetadata(known, next.value, branch, process);
    }
    const found = known.get(id);
    if (found === undefined || chain.includes(found)) {
      lost.push(id);
      break;
    }
    chain.push(found);
    id = found.record.previous;
  }
  const told = new Set(chain.map(({ record }) => record.session));
  const rest = listed.flatMap(({ record, snapshot }): RecordedSession[] =>
    record === undefined || told.has(record.session) ? [] : [{ record, snapshotId: snapshot.snapshotId }],
  );
  return { newestFirst: [...chain, ...rest], lost };
}

function add(known: Map<SessionId, RecordedSession>, record: StateRecord, snapshot?: Snapshot): void {
  if (known.has(record.session)) return;
  known.set(record.session, { record, ...(snapshot && { snapshotId: snapshot.snapshotId }) });
}

function addProperty(
  known: Map<SessionId, RecordedSession>,
  { properties }: TableMetadata,
  branch: string,
  process: ProcessName,
): void {
  const property = readStateProperty(properties, branch, process);
  if (property === undefined) return;
  add(known, property.record);
  if (property.before !== undefined) add(known, property.before.record);
}

/** What an older metadata file tells: of snapshots that have expired since, and of sessions that had none. */
function addMetadata(
  known: Map<SessionId, RecordedSession>,
  metadata: TableMetadata,
  branch: string,
  process: ProcessName,
): void {
  for (const snapshot of metadata.snapshots) {
    const text = snapshot.summary[STATE_SUMMARY_KEY];
    if (text === undefined || !text.includes(`"${process}"`)) continue;
    const record = stateRecordFromJson(text);
    if (record.process === process) add(known, record, snapshot);
  }
  addProperty(known, metadata, branch, process);
}

/** Newest first; files that were deleted are passed over. */
async function* olderMetadata({ io, metadata }: Table): AsyncGenerator<TableMetadata, undefined> {
  for (const { metadataFile } of [...metadata.metadataLog].reverse()) {
    if (await io.exists(metadataFile)) yield parseTableMetadata(await io.read(metadataFile), metadataFile);
  }
  return undefined;
}
