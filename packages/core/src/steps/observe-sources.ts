/** What the sources of a process did since the record, each at the snapshot that the session is to read. */
import { formatIdentifier, headOf, type SnapshotId, snapshotById, type Table } from '@psyberg/iceberg';
import { observeSource } from '../changes/observe-source.ts';
import type { SourceObservation } from '../changes/source-observation.ts';
import { NOTHING_TO_READ } from '../changes/source-reads.ts';
import { NeedsDecisionError } from '../errors.ts';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import { sourceCompleteness } from '../signals/source-completeness.ts';
import type { SessionKind, SourceState, StateRecord } from '../state/state-record.ts';
import { noSuchSource } from './no-such-source.ts';
import { openIfExists } from './open-if-exists.ts';
import { recordLookup } from './record-lookup.ts';

export interface ObservedSources {
  /** Those that exist. */
  readonly sources: readonly Table[];
  /** One for each source, in order. */
  readonly observations: readonly SourceObservation[];
  /** Of each that does not exist yet, who will make it. */
  readonly missing: readonly string[];
}

/**
 * Reads the metadata of each source; changes nothing. `forecast`: what upstream processes of the same plan will have published.
 *
 * @throws {NeedsDecisionError} a source was added, re-created or taken away, or history is cut
 * @throws {UsageError} a table or column that does not exist
 */
export async function observeSources(
  project: Project,
  process: Process,
  record: StateRecord | undefined,
  kind: SessionKind,
  forecast: ((observation: SourceObservation) => SourceObservation) | undefined,
): Promise<ObservedSources> {
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
    observations.push(forecast?.(observed) ?? observed);
  }
  return { sources, observations, missing };
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
  // A backfill looks no further than what has been read already, a part of a split session no further than the first one did.
  const readUpTo = kind === 'backfill' ? state : record?.part?.pins.find(isThis);
  const pin = readUpTo?.snapshotId;
  if (readUpTo !== undefined && pin === undefined)
    return { ...absentSource(source), uuid: readUpTo.uuid, next: readUpTo };
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
