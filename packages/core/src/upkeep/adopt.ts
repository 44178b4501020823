/**
 * Adopt: declare that a target already holds everything up to some snapshot of each source. A session of kind `adopt` whose record
 * is published as properties; verification judges only what came after.
 */
import {
  formatIdentifier,
  headOf,
  landingTimeMs,
  openTable,
  parseIdentifier,
  planFiles,
  type ScannedFile,
  type Snapshot,
  snapshotById,
  type Table,
  toSnapshotId,
} from '@psyberg/iceberg';
import { placeFiles } from '../changes/place-files.ts';
import { emptyIntervals, retentionEnd } from '../changes/retention.ts';
import { UsageError } from '../errors.ts';
import { fingerprintsOf } from '../plan/fingerprints.ts';
import { type ChangesSource, changesSourcesOf, lookupSourcesOf, type Process } from '../process/process.ts';
import { formatTimeColumn } from '../process/time-column.ts';
import type { Project } from '../project.ts';
import type { AdoptReport } from '../reports.ts';
import { freeSessionId, sessionIdAt } from '../session/session-id.ts';
import { addFiles, emptyFileSet } from '../state/file-set-hash.ts';
import { takeLease } from '../state/lease.ts';
import { heldState } from '../state/record-walk.ts';
import type { LookupState, SourceState, StateRecord } from '../state/state-record.ts';
import { attemptOf, planOfRecord, sessionEvent, watermarkRows } from '../steps/commit.ts';
import { publishSession } from '../steps/publish.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { ceilTo } from '../time/grain.ts';
import { BEGINNING_OF_TIME, type Instant, instantFromMs, parseInstant } from '../time/instant.ts';
import { EMPTY_SET, type IntervalSet, isEmpty } from '../time/interval-set.ts';

export interface AdoptOptions {
  readonly process: string;
  /** `current`, a snapshot id (of the only changes source), or an ISO instant: each source's last snapshot up to then. */
  readonly at: string;
  /** Exclusive; absent: the end of what the sources hold at that point. */
  readonly loadedUntil?: Instant;
}

/** @throws {UsageError} the target does not exist, or `at` names nothing */
export async function adopt(project: Project, options: AdoptOptions): Promise<AdoptReport> {
  const process = project.process(options.process);
  const namespace = parseIdentifier(project.tableNames.sessions).namespace;
  const lease = await takeLease(project.catalog, namespace, process.name, project.clock);
  try {
    const target = await openTable(project.catalog, process.target.table);
    const held = await heldState(target, process.target.branch, process.name, recordLookup(project, process.name));
    const sources: SourceState[] = [];
    for (const source of changesSourcesOf(process)) sources.push(await stateAt(project, process, source, options.at));
    const lookups: LookupState[] = [];
    for (const source of lookupSourcesOf(process)) lookups.push(await lookupAt(project, source, options.at));
    const until = options.loadedUntil ?? leastSeen(process, sources);
    const record: StateRecord = {
      version: 1,
      process: process.name,
      session: freeSessionId(
        sessionIdAt(project.clock()),
        process.name,
        target.metadata,
        new Set([held.record?.session ?? '']),
      ),
      attempt: 1,
      kind: 'adopt',
      mode: process.mode,
      ...(held.record && { previous: held.record.session }),
      ...(held.base !== undefined && { base: held.base }),
      sources,
      lookups,
      ...(until !== undefined && { upper: until, lower: until }),
      ...(process.target.time && { time: formatTimeColumn(process.target.time) }),
      ...(until !== undefined &&
        process.target.time && {
          signal: { until, basis: 'seen' as const, column: formatTimeColumn(process.target.time) },
        }),
      written: [],
      pending: [],
      skipped: [],
      fingerprints: fingerprintsOf(process),
      recordedAtMs: project.clock(),
    };
    const plan = planOfRecord(process, record, {
      table: formatIdentifier(target.identifier),
      branch: process.target.branch,
      uuid: target.metadata.tableUuid,
    });
    const attempt = attemptOf(plan, 1);
    await publishSession(project, { process, plan, attempt, record });
    const event = sessionEvent(plan, attempt, 'committed', project.clock(), { message: `adopted at ${options.at}` });
    project.remember({ events: [event], watermarks: watermarkRows(record, held.record, event.recordedAtMs) });
    await project.flush();
    return {
      process: process.name,
      session: record.session,
      record,
      ...(until !== undefined && { loadedUntil: until }),
    };
  } finally {
    await lease.release();
  }
}

async function stateAt(project: Project, process: Process, source: ChangesSource, at: string): Promise<SourceState> {
  const table = await openTable(project.catalog, source.table);
  const name = formatIdentifier(source.table);
  const snapshot = snapshotAt(table, source.branch, at, changesSourcesOf(process).length);
  const base = { table: name, branch: source.branch, uuid: table.metadata.tableUuid };
  if (snapshot === undefined) return { ...base, ...emptyFileSet };
  const files = await planFiles(table, { snapshotId: snapshot.snapshotId });
  const seen =
    source.time &&
    (
      await placeFiles(
        table,
        files.map((file) => ({ change: 'added', file })),
        {
          time: source.time,
          grain: process.target.grain,
          exact: false,
          notAfter: source.allowFuture ? undefined : instantFromMs(landingTimeMs(table.metadata, snapshot)),
          engine: project.engineFor(process),
        },
      )
    ).seenUntil;
  const dropped = await droppedBefore(project, process, source, table, snapshot, files);
  return {
    ...base,
    snapshotId: snapshot.snapshotId,
    sequenceNumber: snapshot.sequenceNumber,
    ...(seen !== undefined && { seenUntil: seen }),
    ...(!isEmpty(dropped) && { dropped }),
    ...addFiles(
      emptyFileSet,
      files.map((f) => f.file.path),
    ),
  };
}

/** What the target may hold from before the source dropped it by its retention, which nobody was there to see. */
async function droppedBefore(
  project: Project,
  process: Process,
  source: ChangesSource,
  table: Table,
  snapshot: Snapshot,
  files: readonly ScannedFile[],
): Promise<IntervalSet> {
  if (source.retentionUs === undefined) return EMPTY_SET;
  const { grain } = process.target;
  const end = retentionEnd(source.retentionUs, grain, landingTimeMs(table.metadata, snapshot));
  const engine = project.engineFor(process);
  return emptyIntervals(table, files, [{ start: BEGINNING_OF_TIME, end }], { source, grain, engine });
}

async function lookupAt(project: Project, source: Process['sources'][number], at: string): Promise<LookupState> {
  const table = await openTable(project.catalog, source.table);
  const snapshot =
    at === 'current' || parseInstant(at) === undefined
      ? headOf(table.metadata, source.branch)
      : snapshotAt(table, source.branch, at, 1);
  return {
    table: formatIdentifier(source.table),
    branch: source.branch,
    uuid: table.metadata.tableUuid,
    ...(snapshot && { snapshotId: snapshot.snapshotId }),
  };
}

function snapshotAt(table: Table, branch: string, at: string, sources: number): Snapshot | undefined {
  const head = headOf(table.metadata, branch);
  if (at === 'current') return head;
  const name = formatIdentifier(table.identifier);
  if (/^-?\d{9,19}$/.test(at)) {
    const snapshot = snapshotById(table.metadata, toSnapshotId(BigInt(at)));
    if (snapshot !== undefined && sources === 1) return snapshot;
    throw new UsageError(
      sources > 1
        ? 'A snapshot id names one table, and this process has several sources: give --at current or an instant. Nothing was changed.'
        : `${name} has no snapshot ${at}. Nothing was changed.`,
      { next: [`psyberg changes ${name}`] },
    );
  }
  const instant = parseInstant(at);
  if (instant === undefined)
    throw new UsageError(`--at takes current, a snapshot id or an ISO instant, not "${at}". Nothing was changed.`);
  for (let snapshot = head; snapshot !== undefined; ) {
    if (instantFromMs(landingTimeMs(table.metadata, snapshot)) <= instant) return snapshot;
    snapshot =
      snapshot.parentSnapshotId === undefined ? undefined : snapshotById(table.metadata, snapshot.parentSnapshotId);
  }
  return undefined;
}

function leastSeen(process: Process, sources: readonly SourceState[]): Instant | undefined {
  let least: Instant | undefined;
  for (const { seenUntil } of sources) {
    if (seenUntil === undefined) return undefined;
    if (least === undefined || seenUntil < least) least = seenUntil;
  }
  return least === undefined ? undefined : ceilTo(process.target.grain, least);
}
