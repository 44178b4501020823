/**
 * Init: find out what changed and decide what to do. Writes nothing.
 *
 * The facts are gathered here; the decision is `planSession`, a pure function of them.
 */
import {
  formatIdentifier,
  headOf,
  NoSuchTableError,
  openTable,
  type Snapshot,
  type SnapshotId,
  snapshotById,
  type Table,
  type TableIdentifier,
} from '@psyberg/iceberg';
import { observeSource } from '../changes/observe-source.ts';
import type { SourceObservation } from '../changes/source-observation.ts';
import { NOTHING_TO_READ } from '../changes/source-reads.ts';
import { nearestName } from '../engine/suggest.ts';
import { NeedsDecisionError, UsageError } from '../errors.ts';
import { goneIntervals } from '../plan/bounds.ts';
import { fingerprintsOf } from '../plan/fingerprints.ts';
import { planSession } from '../plan/plan-session.ts';
import {
  type ChangesSource,
  changesSourcesOf,
  lookupSourcesOf,
  type Process,
  type SessionId,
} from '../process/process.ts';
import type { Project } from '../project.ts';
import { freeSessionId, sessionIdAt } from '../session/session-id.ts';
import type { PlannedLookup, SessionPlan } from '../session/session-plan.ts';
import { sourceCompleteness } from '../signals/source-completeness.ts';
import { processesWithState, STATE_SUMMARY_KEY } from '../state/keys.ts';
import { type HeldState, heldState } from '../state/record-walk.ts';
import type { SessionKind, SourceState, StateRecord } from '../state/state-record.ts';
import { stateRecordFromJson } from '../state/state-record-json.ts';
import { formatInstantShort } from '../time/instant.ts';
import { hull, type Interval } from '../time/interval-set.ts';
import { evolutionNotes } from './evolve-target.ts';
import { bytesToReplace, withReads } from './interval-reads.ts';
import { recordLookup } from './record-lookup.ts';
import { sameTable } from './same-table.ts';
import { heldByWatermarks } from './watermark-only.ts';
import type { PlannedWork } from './work.ts';

export interface InitOptions {
  /** Absent: named after the second it is. */
  readonly session?: SessionId;
  readonly kind?: SessionKind;
  /** For a backfill: what to recompute. */
  readonly span?: Interval;
  readonly maxIntervals?: number;
  /** What upstream processes of the same plan will have published; by table name. */
  readonly forecast?: (observation: SourceObservation) => SourceObservation;
}

/**
 * Plans a session of `process` on what its sources and its target say now.
 *
 * @throws {NeedsDecisionError} the target has rows and no record, a source was added or re-created, history is cut
 * @throws {UsageError} a table or column that does not exist
 */
export async function planProcess(project: Project, process: Process, options: InitOptions = {}): Promise<PlannedWork> {
  const kind = options.kind ?? 'normal';
  const target = process.watermarkOnly ? undefined : await openIfExists(project, process.target.table);
  const held = await stateOf(project, process, target);
  if (target !== undefined && held.record === undefined && kind !== 'recompute')
    checkUnclaimedRows(project, process, target);
  if (target !== undefined && kind === 'recompute') checkOnlyWriter(project, process, target, 'a recompute of it');
  if (kind === 'recompute') checkNothingDropped(process, held.record);
  const record = kind === 'recompute' ? undefined : held.record;

  const sources: Table[] = [];
  const observations: SourceObservation[] = [];
  const missing: string[] = [];
  for (const source of changesSourcesOf(process)) {
    const table = await openIfExists(project, source.table);
    if (table === undefined) missing.push(await missingSource(project, process, source, record));
    checkKnown(process, source, record);
    const observed =
      table === undefined ? absentSource(source) : await observe(project, process, source, table, record, kind);
    if (table !== undefined) sources.push(table);
    observations.push(options.forecast?.(observed) ?? observed);
  }
  const { lookups, tables: lookupTables } = await pinLookups(project, process);
  const plan = planSession({
    process,
    session:
      options.session ??
      freeSessionId(sessionIdAt(project.clock()), process.name, target?.metadata, takenIds(project, process, held)),
    kind,
    target: targetFacts(target, held.head),
    ...(record && { record }),
    ...(held.base !== undefined && { base: held.base }),
    observations,
    lookups,
    fingerprints: fingerprintsOf(process),
    ...(options.span && { span: options.span }),
    ...(options.maxIntervals !== undefined && { maxIntervals: options.maxIntervals }),
    nowMs: project.clock(),
  });
  if (target !== undefined && plan.replace !== undefined)
    checkOnlyWriter(
      project,
      process,
      target,
      kind === 'backfill' ? 'a backfill of it' : 'replacing what its sources overwrote (onOverwrite: recompute)',
    );
  const sized = kind === 'backfill' ? await withReads(process, plan, sources) : plan;
  const measures = plan.replace !== undefined && kind !== 'backfill' && process.limits.maxBytes !== undefined;
  const fenced = held.record === undefined ? sized : { ...sized, previous: held.record.session };
  const columns =
    plan.outcome === 'work' ? await evolutionNotes(project, process, target, [...sources, ...lookupTables]) : [];
  return {
    process,
    plan: withAbsent(
      { ...fenced, notes: [...fenced.notes, ...columns] },
      missing,
      target,
      options.forecast !== undefined,
    ),
    ...(target && { target }),
    held,
    sources,
    observations,
    ...(measures && { replacedBytes: await bytesToReplace(process, plan, sources) }),
  };
}

/** What the target says of the process, or the watermark table where there is none. */
export async function stateOf(project: Project, process: Process, target: Table | undefined): Promise<HeldState> {
  if (process.watermarkOnly) return heldByWatermarks(project, process);
  if (target === undefined) return { metBelowHeadMs: 0 };
  return heldState(target, process.target.branch, process.name, recordLookup(project, process.name));
}

async function observe(
  project: Project,
  process: Process,
  source: ChangesSource,
  table: Table,
  record: StateRecord | undefined,
  kind: SessionKind,
): Promise<SourceObservation> {
  const name = formatIdentifier(source.table);
  const isThis = (s: SourceState): boolean => s.table === name && s.branch === source.branch;
  const state = record?.sources.find(isThis);
  // A backfill looks no further than what has been read already.
  const pin = kind === 'backfill' ? state?.snapshotId : record?.part?.pins.find(isThis)?.snapshotId;
  if (kind === 'backfill' && state !== undefined && pin === undefined)
    return { ...absentSource(source), uuid: state.uuid, next: state };
  if (pin !== undefined && snapshotById(table.metadata, pin) === undefined) throw pinExpired(process, name, pin, kind);
  const completeness = await sourceCompleteness(table, source, {
    writers: [...project.processes.values()]
      .filter((p) => formatIdentifier(p.target.table) === name && p.target.branch === source.branch)
      .map((p) => p.name),
    lookup: recordLookup(project, process.name),
    engine: project.engineFor(process),
    pin: pin ?? headOf(table.metadata, source.branch)?.snapshotId,
    nowMs: project.clock(),
  });
  return observeSource(table, {
    process,
    source,
    state,
    pin,
    completeness,
    engine: project.engineFor(process),
  });
}

function pinExpired(process: Process, table: string, pin: SnapshotId, kind: SessionKind): NeedsDecisionError {
  if (kind === 'backfill') {
    return new NeedsDecisionError(
      `Snapshot ${pin} of ${table}, up to which ${process.name} has read it, has expired, so a backfill cannot read it as it was. Nothing ` +
        'was changed. An ordinary run brings the process to a snapshot that is there.',
      { next: [`psyberg run ${process.name}`] },
    );
  }
  return new NeedsDecisionError(
    `${process.name} has loaded a part of what ${table} held at snapshot ${pin}, and that snapshot has expired, so what is left cannot be ` +
      'told from what came later. Nothing was changed. Recompute the target from what its sources hold now.',
    { next: [`psyberg run ${process.name} --recompute`] },
  );
}

export async function openIfExists(project: Project, identifier: TableIdentifier): Promise<Table | undefined> {
  try {
    return await openTable(project.catalog, identifier);
  } catch (error) {
    if (error instanceof NoSuchTableError) return undefined;
    throw error;
  }
}

/** A source that does not exist is fine only where a configured process will make it. */
async function missingSource(
  project: Project,
  process: Process,
  source: ChangesSource,
  record: StateRecord | undefined,
): Promise<string> {
  const name = formatIdentifier(source.table);
  if (record?.sources.some((s) => s.table === name && s.branch === source.branch)) {
    throw new NeedsDecisionError(
      `${name}, which ${process.name} read last in session ${record.session}, is not in the catalog any more. Nothing was changed. Bring ` +
        'it back, or take it out of the process and recompute.',
      { next: [`psyberg run ${process.name} --recompute`] },
    );
  }
  const writer = [...project.processes.values()].find((p) => formatIdentifier(p.target.table) === name);
  if (writer !== undefined) return `${name} does not exist yet; ${writer.name} will make it.`;
  throw await noSuchSource(project, process, source.table, 'Source');
}

/** With the name that was probably meant, among the tables of the same namespace. */
async function noSuchSource(
  project: Project,
  process: Process,
  table: TableIdentifier,
  what: string,
): Promise<UsageError> {
  const name = formatIdentifier(table);
  const beside = (await project.catalog.namespaceExists(table.namespace))
    ? await project.catalog.listTables(table.namespace)
    : [];
  const near = nearestName(name, beside.map(formatIdentifier));
  return new UsageError(
    `${what} ${name} of ${process.name} does not exist in catalog ${project.catalog.name}` +
      `${near === undefined ? '.' : `; did you mean ${near}?`} Nothing was begun.`,
    { next: ['psyberg check'] },
  );
}

function absentSource(source: ChangesSource): SourceObservation {
  const table = formatIdentifier(source.table);
  return {
    source,
    table,
    uuid: '',
    changes: [],
    exempt: [],
    next: { table, branch: source.branch, uuid: '', fileCount: 0, fileHash: '0'.repeat(16) },
    toRead: NOTHING_TO_READ,
    overwritten: [],
    processingUris: [],
    predicted: false,
    notes: [],
  };
}

/**
 * Without a target a session has nowhere to record that nothing changed. Without one of its sources it has nothing to do, unless a
 * forecast says what will be there.
 */
function withAbsent(
  plan: SessionPlan,
  missing: readonly string[],
  target: Table | undefined,
  forecast: boolean,
): SessionPlan {
  const silent =
    (missing.length > 0 && !forecast) || (plan.outcome === 'signal' && (missing.length > 0 || target === undefined));
  return { ...plan, outcome: silent ? 'nothing' : plan.outcome, notes: [...plan.notes, ...missing] };
}

/** A source that the record does not know was added to the process since. */
function checkKnown(process: Process, source: ChangesSource, record: StateRecord | undefined): void {
  const name = formatIdentifier(source.table);
  if (record === undefined || record.sources.some((s) => s.table === name && s.branch === source.branch)) return;
  throw new NeedsDecisionError(
    `${name} was added to ${process.name} after session ${record.session}; the target was computed without it. Nothing was ` +
      'changed. Take it from its current snapshot on, or recompute the target with it.',
    { next: [`psyberg adopt ${process.name} --at current`, `psyberg run ${process.name} --recompute`] },
  );
}

/** Rows that no configured process wrote must not be taken for ours, nor be doubled. */
function checkUnclaimedRows(project: Project, process: Process, target: Table): void {
  const ours = new Set([...project.processes.keys()].map(String));
  let snapshot: Snapshot | undefined = headOf(target.metadata, process.target.branch);
  while (snapshot !== undefined) {
    const text = snapshot.summary[STATE_SUMMARY_KEY];
    const writer = text === undefined ? undefined : stateRecordFromJson(text).process;
    const adds =
      snapshot.operation !== 'replace' &&
      snapshot.operation !== 'delete' &&
      snapshot.summary['added-records'] !== undefined;
    if (adds && (writer === undefined || !ours.has(writer) || writer === process.name)) {
      const name = formatIdentifier(target.identifier);
      throw new NeedsDecisionError(
        `${name} holds rows (snapshot ${snapshot.snapshotId}) and no state record of ${process.name}: a new name, or a table that ` +
          'another job has filled. Nothing was changed. If it already holds what the sources hold, adopt it; else recompute it.',
        { next: [`psyberg adopt ${process.name} --at current`, `psyberg run ${process.name} --recompute`] },
      );
    }
    snapshot =
      snapshot.parentSnapshotId === undefined ? undefined : snapshotById(target.metadata, snapshot.parentSnapshotId);
  }
}

/** A recompute replaces the whole target, and others some intervals, so nobody else may have rows there. */
function checkOnlyWriter(project: Project, process: Process, target: Table, what: string): void {
  const { branch } = process.target;
  const configured = [...project.processes.values()].filter(
    (p) => sameTable(p.target.table, target.identifier) && p.target.branch === branch,
  );
  const others = [...configured.map((p) => p.name), ...processesWithState(target.metadata.properties, branch)].filter(
    (name) => name !== process.name,
  );
  if (others.length === 0) return;
  throw new NeedsDecisionError(
    `${formatIdentifier(target.identifier)} is written by ${[...new Set(others)].join(', ')} as well as by ${process.name}, and ${what} would ` +
      'remove those rows. Nothing was changed. Give each process a table of its own, or empty the table and run them all.',
  );
}

/** A recompute would replace rows by what is left of a source that has dropped theirs. */
function checkNothingDropped(process: Process, record: StateRecord | undefined): void {
  const gone = hull(record === undefined ? [] : goneIntervals(process, record.sources));
  if (record === undefined || gone === undefined || (record.upper !== undefined && gone.start >= record.upper)) return;
  throw new NeedsDecisionError(
    `A recompute of ${process.name} would lose rows: up to ${formatInstantShort(gone.end)} a source has dropped by its retention what they ` +
      'were made of. Nothing was changed. To keep them, give each source a "from" at or after that; to compute anew from what is left, ' +
      'take "retention" out.',
    { next: ['psyberg check --show-config', `psyberg run ${process.name} --recompute`] },
  );
}

async function pinLookups(
  project: Project,
  process: Process,
): Promise<{ readonly lookups: readonly PlannedLookup[]; readonly tables: readonly Table[] }> {
  const lookups: PlannedLookup[] = [];
  const tables: Table[] = [];
  for (const source of lookupSourcesOf(process)) {
    const table = await openIfExists(project, source.table);
    const name = formatIdentifier(source.table);
    if (table === undefined) throw await noSuchSource(project, process, source.table, 'Lookup');
    const head = headOf(table.metadata, source.branch);
    tables.push(table);
    lookups.push({
      table: name,
      as: source.as,
      branch: source.branch,
      uuid: table.metadata.tableUuid,
      ...(head && { snapshotId: head.snapshotId }),
    });
  }
  return { lookups, tables };
}

function targetFacts(target: Table | undefined, head: Snapshot | undefined): { uuid?: string; head?: SnapshotId } {
  return { ...(target && { uuid: target.metadata.tableUuid }), ...(head && { head: head.snapshotId }) };
}

/** Ids of sessions that the target knows, or that this very run has made; one that did nothing is known to the run alone. */
function takenIds(project: Project, process: Process, held: HeldState): ReadonlySet<string> {
  const known = [held.record?.session, held.base, held.property?.record.session];
  const made = project.remembered.filter((e) => e.process === process.name).map((e) => e.session);
  return new Set([...known, ...made].filter((s) => s !== undefined));
}
