/**
 * Adopt: declare that a target already holds everything up to some snapshot of each source. A session of kind `adopt` whose record
 * is published as properties; verification judges only what came after.
 */
import {
  formatIdentifier,
  headOf,
  landingTimeMs,
  openTable,
  planFiles,
  type ScannedFile,
  type Snapshot,
  snapshotById,
  type Table,
  toSnapshotId,
} from '@psyberg/iceberg';
import { placeFiles } from '../changes/place-files.ts';
import { emptyIntervals, retentionEnd } from '../changes/retention.ts';
import { assert, UsageError } from '../errors.ts';
import { fingerprintsOf } from '../plan/fingerprints.ts';
import { type ChangesSource, changesSourcesOf, lookupSourcesOf, type Process } from '../process/process.ts';
import { formatTimeColumn } from '../process/time-column.ts';
import type { Project } from '../project.ts';
import type { AdoptReport } from '../reports.ts';
import { addFiles, emptyFileSet } from '../state/file-set-hash.ts';
import type { LookupState, SourceState, StateRecord } from '../state/state-record.ts';
import { ceilTo, floorTo } from '../time/grain.ts';
import { BEGINNING_OF_TIME, type Instant, instantFromMs, parseInstant } from '../time/instant.ts';
import { EMPTY_SET, type IntervalSet, isEmpty, union } from '../time/interval-set.ts';
import { type Declaring, declare } from './declare.ts';

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
  const record = await declare(project, process, async (facts) => ({
    record: await adoptedRecord(project, process, facts, options),
    message: `adopted at ${options.at}`,
  }));
  assert(record !== undefined, `nothing was declared of ${process.name}`);
  return {
    process: process.name,
    session: record.session,
    record,
    ...(record.upper !== undefined && { loadedUntil: record.upper }),
  };
}

async function adoptedRecord(
  project: Project,
  process: Process,
  { held, session }: Declaring,
  options: AdoptOptions,
): Promise<StateRecord> {
  const added = addedSources(process, held.record);
  const sources: SourceState[] = [];
  for (const source of changesSourcesOf(process)) {
    const known = added === undefined || added.includes(source) ? undefined : stateIn(held.record, source);
    const state = known ?? (await stateAt(project, process, source, options.at, added?.length));
    const dropped = union(state.dropped ?? EMPTY_SET, stateIn(held.record, source)?.dropped ?? EMPTY_SET);
    sources.push(source.retentionUs === undefined || isEmpty(dropped) ? state : { ...state, dropped });
  }
  const lookups: LookupState[] = [];
  for (const source of lookupSourcesOf(process)) lookups.push(await lookupAt(project, source, options.at));
  const kept = added === undefined ? undefined : held.record;
  if (kept !== undefined && options.loadedUntil !== undefined) {
    throw new UsageError(
      `${process.name} has sessions, and only ${added!.map((s) => formatIdentifier(s.table)).join(', ')} is new to it: how far it is loaded ` +
        'is known. Leave --loaded-until out. Nothing was changed.',
      { next: [`psyberg adopt ${process.name} --at ${options.at}`] },
    );
  }
  const until = kept === undefined ? loadedUntil(process, sources, options) : kept.upper;
  const column = process.target.time && formatTimeColumn(process.target.time);
  const signal =
    kept === undefined
      ? until !== undefined && column !== undefined
        ? { until, basis: 'seen' as const, column }
        : undefined
      : kept.signal;
  return {
    version: 1,
    process: process.name,
    session,
    attempt: 1,
    kind: 'adopt',
    mode: process.mode,
    ...(held.record && { previous: held.record.session }),
    ...(held.base !== undefined && { base: held.base }),
    sources,
    lookups,
    ...(until !== undefined && { upper: until, lower: until }),
    ...(column !== undefined && { time: column }),
    ...(signal && { signal }),
    written: [],
    pending: kept?.pending ?? [],
    ...(kept?.fresh && { fresh: kept.fresh }),
    skipped: kept?.skipped ?? [],
    fingerprints: fingerprintsOf(process),
    recordedAtMs: project.clock(),
  };
}

/** Sources that came to a process with sessions: they alone are adopted, and what is new in the others is still to be loaded. */
function addedSources(process: Process, record: StateRecord | undefined): readonly ChangesSource[] | undefined {
  if (record === undefined) return undefined;
  const added = changesSourcesOf(process).filter((source) => stateIn(record, source) === undefined);
  return added.length === 0 || added.length === changesSourcesOf(process).length ? undefined : added;
}

const stateIn = (record: StateRecord | undefined, source: ChangesSource): SourceState | undefined =>
  record?.sources.find((s) => s.table === formatIdentifier(source.table) && s.branch === source.branch);

/** On the target's grid: of an interval that is loaded in part all is computed anew. */
function loadedUntil(process: Process, sources: readonly SourceState[], options: AdoptOptions): Instant | undefined {
  if (options.loadedUntil === undefined) return leastSeen(process, sources);
  return floorTo(process.target.grain, options.loadedUntil);
}

async function stateAt(
  project: Project,
  process: Process,
  source: ChangesSource,
  at: string,
  adopted = changesSourcesOf(process).length,
): Promise<SourceState> {
  const table = await openTable(project.catalog, source.table);
  const name = formatIdentifier(source.table);
  const snapshot = snapshotAt(table, source.branch, at, adopted);
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
