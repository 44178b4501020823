import {
  currentSchema,
  fieldByName,
  formatIdentifier,
  headOf,
  landingTimeMs,
  type Snapshot,
  type SnapshotId,
  snapshotById,
  type Table,
} from '@psyberg/iceberg';
import type { Engine } from '../engine/engine.ts';
import { nearestName } from '../engine/suggest.ts';
import { NeedsDecisionError, UsageError } from '../errors.ts';
import type { ChangesSource, Process } from '../process/process.ts';
import { formatTimeColumn, type TimeColumn, timeColumnNames } from '../process/time-column.ts';
import type { SnapshotPin } from '../session/session-plan.ts';
import type { SourceCompleteness } from '../signals/source-completeness.ts';
import { STATE_SUMMARY_KEY } from '../state/keys.ts';
import type { Completeness, SourceState, StateRecord } from '../state/state-record.ts';
import { stateRecordFromJson } from '../state/state-record-json.ts';
import { floorTo, grainLengthUs } from '../time/grain.ts';
import { type Instant, instantFromMs, plus } from '../time/instant.ts';
import { EMPTY_SET, type IntervalSet, intersect, intervalSet, isEmpty, subtract, union } from '../time/interval-set.ts';
import { type PlacedFiles, placeFiles, type UnplacedFile } from './place-files.ts';
import { processingUris } from './processing-uri.ts';
import { droppedByRetention, withoutDropped } from './retention.ts';
import type { FileChange, SourceObservation } from './source-observation.ts';
import { filesToReadOf, type TableChanges, type TableStep, tableChanges } from './table-changes.ts';

export interface ObserveOptions {
  readonly process: Process;
  readonly source: ChangesSource;
  /** What the record says of this source; absent before the first session. */
  readonly state: SourceState | undefined;
  /** The snapshot to look up to; absent: the branch's head. */
  readonly pin: SnapshotId | undefined;
  readonly completeness: SourceCompleteness;
  readonly engine: () => Promise<Engine>;
}

/**
 * What one source did since the record's high watermark: reads its metadata, and the time column of changed files only where their
 * metadata says too little. Changes nothing.
 *
 * @throws {NeedsDecisionError} the table was re-created, its history is cut, or rows already loaded were overwritten
 */
export async function observeSource(table: Table, options: ObserveOptions): Promise<SourceObservation> {
  const { process, source, state } = options;
  const name = formatIdentifier(table.identifier);
  checkIdentity(name, table, state, process);
  checkTimeColumn(name, table, source);
  const head =
    options.pin === undefined ? headOf(table.metadata, source.branch) : snapshotById(table.metadata, options.pin);
  if (head === undefined) return emptyObservation(name, table, options);

  const to = pinOf(table, head);
  const all = await tableChanges(table, state, head.snapshotId);
  const { grain } = process.target;
  const newly = await droppedByRetention(table, all, { source, grain, to, engine: options.engine });
  const dropped = source.retentionUs === undefined ? EMPTY_SET : union(state?.dropped ?? EMPTY_SET, newly);
  const changes = withoutDropped(table, all, source.time, dropped);
  const from = state?.snapshotId === undefined ? undefined : snapshotById(table.metadata, state.snapshotId);
  const read = process.mode === 'stateless' ? readOrRefuse(name, table, changes, options) : [];
  const steps = process.mode === 'stateless' ? [] : changes.steps.filter((s) => s.operation !== 'replace');
  const unplaced =
    process.mode === 'stateless'
      ? read.map((file): UnplacedFile => ({ change: 'added', file, snapshotId: file.snapshotId }))
      : steps.flatMap((step) => unplacedFiles(step, source));
  const placed = await place(table, unplaced, to, options);
  const seenUntil = latestOf(state?.seenUntil, placed.seenUntil);
  const complete = completeOf(options.completeness, seenUntil);
  const landed = landedOf(table, changes.steps);
  return {
    source,
    table: name,
    uuid: table.metadata.tableUuid,
    ...(from ? { from: pinOf(table, from) } : {}),
    to,
    changes: isEmpty(dropped) ? placed.changes : placed.changes.flatMap((change) => withoutRemoved(change, dropped)),
    exempt: exemptSpans(changes.steps, placed.changes, source),
    ...(complete && { complete }),
    next: {
      table: name,
      branch: source.branch,
      uuid: table.metadata.tableUuid,
      snapshotId: head.snapshotId,
      sequenceNumber: head.sequenceNumber,
      ...(seenUntil !== undefined && { seenUntil }),
      ...(!isEmpty(dropped) && { dropped }),
      fileCount: changes.live.fileCount,
      fileHash: changes.live.fileHash,
    },
    toRead: read,
    ...(landed && { landed }),
    processingUris: processingUris(
      table,
      unplaced.map((u) => u.file.file),
    ),
    ...(placed.futureUntil !== undefined && { futureUntil: placed.futureUntil }),
    predicted: false,
    notes: changes.note === undefined ? [] : [changes.note],
  };
}

/** A file removed by retention may reach beyond what was dropped, where others hold its rows now; only there is it a change. */
function withoutRemoved(change: FileChange, dropped: IntervalSet): readonly FileChange[] {
  if (change.change === 'added') return [change];
  const span = subtract(change.span, dropped);
  return isEmpty(span) && !isEmpty(change.span) ? [] : [{ ...change, span }];
}

function checkIdentity(name: string, table: Table, state: SourceState | undefined, process: Process): void {
  if (state === undefined || state.uuid === table.metadata.tableUuid) return;
  throw new NeedsDecisionError(
    `${name} was dropped and created again since ${process.name} last read it (table uuid ${table.metadata.tableUuid}, was ` +
      `${state.uuid}). Nothing was changed. If the target is to hold what the new table holds, recompute it; if it already does, adopt.`,
    { next: [`psyberg run ${process.name} --recompute`, `psyberg adopt ${process.name} --at current`] },
  );
}

/** Types that each form of a time column may have. */
const TIME_TYPES: Readonly<Record<TimeColumn['kind'], readonly string[]>> = {
  column: ['timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns', 'date'],
  epoch: ['int', 'long'],
  'date-hour': ['int', 'long'],
};

function checkTimeColumn(name: string, table: Table, source: ChangesSource): void {
  if (source.time === undefined) return;
  const schema = currentSchema(table.metadata);
  for (const column of timeColumnNames(source.time)) {
    const field = fieldByName(schema, column);
    if (field === undefined) {
      const columns = schema.fields.map((f) => f.name);
      const near = nearestName(column, columns);
      throw new UsageError(
        `Source ${name} has no column "${column}", which the configuration names as its time${near === undefined ? '.' : `; did you mean "${near}"?`} ` +
          `Its columns are ${columns.join(', ')}. Nothing was begun.`,
        { next: ['psyberg check'] },
      );
    }
    const types = TIME_TYPES[source.time.kind];
    if (types.includes(field.type.kind)) continue;
    throw new UsageError(
      `Column "${column}" of source ${name}, its time, is a ${field.type.kind}; it must be ${types.join(', ')}. Integers since the epoch ` +
        `are { column: ${column}, unit: s, ms or us }. Nothing was begun.`,
      { next: ['psyberg check'] },
    );
  }
}

function readOrRefuse(
  name: string,
  table: Table,
  changes: TableChanges,
  { process, source }: ObserveOptions,
): TableStep['added'] {
  const read = filesToReadOf(table, changes);
  switch (read.kind) {
    case 'files':
      return read.files;
    case 'mixed-replace':
      throw new NeedsDecisionError(
        `${name}: compaction ${read.snapshotId} merged files that ${process.name} has read with files that it has not, and the ` +
          'originals have expired, so the new rows cannot be told from the old. Nothing was changed.',
        { next: [`psyberg run ${process.name} --recompute`] },
      );
    case 'overwritten':
      throw new NeedsDecisionError(
        `${name}: snapshot ${read.snapshotId} (${read.operation}) took away ${read.files} file(s) whose rows ${process.name} has ` +
          `already loaded; a stateless process only appends, and sources[].onOverwrite is "${source.onOverwrite}". Nothing was ` +
          'changed. Make the process stateful, so that changed intervals are recomputed, or recompute it once.',
        { next: [`psyberg changes ${name}`, `psyberg run ${process.name} --recompute`] },
      );
  }
}

/** The files of one snapshot; a commit of ours lists exactly which intervals it wrote, which is finer than bounds. */
function unplacedFiles(step: TableStep, source: ChangesSource): readonly UnplacedFile[] {
  const within = exactIntervals(step, source);
  const facts = { ...(step.snapshot && { snapshotId: step.snapshot.snapshotId }), ...(within && { within }) };
  return [
    ...step.added.map((file): UnplacedFile => ({ change: 'added', file, ...facts })),
    ...step.removed.map((file): UnplacedFile => ({ change: 'removed', file, ...facts })),
  ];
}

function recordOfStep(step: TableStep): StateRecord | undefined {
  const text = step.snapshot?.summary[STATE_SUMMARY_KEY];
  return text === undefined ? undefined : stateRecordFromJson(text);
}

function exactIntervals(step: TableStep, source: ChangesSource): IntervalSet | undefined {
  const record = recordOfStep(step);
  if (record === undefined || source.time === undefined || record.time !== formatTimeColumn(source.time))
    return undefined;
  return record.written;
}

/**
 * Spans changed by a backfill upstream, or by what follows from one: loaded however old they are. Where the source is read by another
 * column than its writer's, they are those of the files that came and went.
 */
function exemptSpans(steps: readonly TableStep[], placed: readonly FileChange[], source: ChangesSource): IntervalSet {
  const spans = steps.map((step): IntervalSet => {
    const marked = markedIntervals(recordOfStep(step));
    if (isEmpty(marked)) return EMPTY_SET;
    if (exactIntervals(step, source) !== undefined) return marked;
    return intervalSet(placed.filter((c) => c.snapshotId === step.snapshot?.snapshotId).flatMap((c) => c.span));
  });
  return union(...spans);
}

function markedIntervals(record: StateRecord | undefined): IntervalSet {
  if (record === undefined) return EMPTY_SET;
  if (record.kind === 'backfill') return record.written;
  return intersect(record.exempt ?? EMPTY_SET, record.written);
}

/** By the time column, or by landing time where the source has none. */
async function place(
  table: Table,
  files: readonly UnplacedFile[],
  to: SnapshotPin,
  { process, source, engine }: ObserveOptions,
): Promise<PlacedFiles> {
  const { grain } = process.target;
  if (source.time === undefined) return placeByLanding(table, files, process);
  const commit = instantFromMs(to.committedAtMs);
  return placeFiles(table, files, {
    time: source.time,
    grain,
    exact: process.mode === 'stateless' || process.load === 'changed' || process.catchUpThresholdUs !== undefined,
    // A value whose interval has begun by the commit counts.
    notAfter: source.allowFuture ? undefined : plus(floorTo(grain, commit), grainLengthUs(grain) - 1n),
    engine,
  });
}

function placeByLanding(table: Table, files: readonly UnplacedFile[], process: Process): PlacedFiles {
  let seenUntil: Instant | undefined;
  const changes = files.map(({ change, file, snapshotId }): FileChange => {
    const snapshot = snapshotById(table.metadata, file.snapshotId);
    const at = instantFromMs(
      snapshot === undefined ? table.metadata.lastUpdatedMs : landingTimeMs(table.metadata, snapshot),
    );
    seenUntil = latestOf(seenUntil, plus(at, 1n));
    return {
      change,
      path: file.file.path,
      ...(snapshotId !== undefined && { snapshotId }),
      rows: file.file.recordCount,
      bytes: file.file.fileSizeBytes,
      span: [{ start: at, end: plus(at, 1n) }],
      rowsByInterval: [{ start: floorTo(process.target.grain, at), rows: file.file.recordCount }],
    };
  });
  return { changes, ...(seenUntil !== undefined && { seenUntil }) };
}

function completeOf(completeness: SourceCompleteness, seenUntil: Instant | undefined): Completeness | undefined {
  switch (completeness.kind) {
    case 'known':
      return completeness.complete;
    case 'none':
      return undefined;
    case 'seen':
      return seenUntil === undefined ? undefined : { until: seenUntil, basis: 'seen' };
  }
}

function emptyObservation(
  name: string,
  table: Table,
  { source, state, completeness }: ObserveOptions,
): SourceObservation {
  const complete = completeOf(completeness, state?.seenUntil);
  if (state?.snapshotId !== undefined) {
    throw new NeedsDecisionError(
      `${name} has no snapshot on branch ${source.branch} any more, but was loaded up to snapshot ${state.snapshotId}. Nothing was ` +
        'changed. Restore the branch, or recompute.',
    );
  }
  return {
    source,
    table: name,
    uuid: table.metadata.tableUuid,
    changes: [],
    exempt: EMPTY_SET,
    ...(complete && { complete }),
    next: state ?? {
      table: name,
      branch: source.branch,
      uuid: table.metadata.tableUuid,
      fileCount: 0,
      fileHash: '0'.repeat(16),
    },
    toRead: [],
    processingUris: [],
    predicted: false,
    notes: [],
  };
}

const pinOf = (table: Table, snapshot: Snapshot): SnapshotPin => ({
  snapshotId: snapshot.snapshotId,
  sequenceNumber: snapshot.sequenceNumber,
  committedAtMs: landingTimeMs(table.metadata, snapshot),
});

function landedOf(table: Table, steps: readonly TableStep[]): SourceObservation['landed'] {
  const times = steps.flatMap((s) => (s.snapshot === undefined ? [] : [landingTimeMs(table.metadata, s.snapshot)]));
  return times.length === 0 ? undefined : { fromMs: Math.min(...times), toMs: Math.max(...times) };
}

function latestOf(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
