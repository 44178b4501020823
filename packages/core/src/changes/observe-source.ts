import {
  currentSchema,
  fieldByName,
  formatIdentifier,
  headOf,
  landingTimeMs,
  type NestedField,
  type Snapshot,
  type SnapshotId,
  snapshotById,
  type Table,
} from '@psyberg/iceberg';
import { nearestName } from '../engine/suggest.ts';
import { NeedsDecisionError, UsageError } from '../errors.ts';
import type { ChangesSource, Process } from '../process/process.ts';
import { type TimeColumn, timeColumnNames } from '../process/time-column.ts';
import type { SnapshotPin } from '../session/session-plan.ts';
import type { SourceCompleteness } from '../signals/source-completeness.ts';
import type { Completeness, SourceState, StateRecord } from '../state/state-record.ts';
import type { Instant } from '../time/instant.ts';
import { EMPTY_SET, type IntervalSet, intersect, intervalSet, isEmpty, subtract, union } from '../time/interval-set.ts';
import type { FileChange } from './file-change.ts';
import { goneColumns, reusedNames } from './gone-columns.ts';
import { droppedNote, partlyDroppedNote, reusedNote } from './observation-notes.ts';
import type { ObserveOptions } from './observe-options.ts';
import { observeStateless, type StatelessObservation } from './observe-stateless.ts';
import { exactIntervals, placeChanges, recordOfStep, unplacedFiles } from './place-changes.ts';
import { processingUris } from './processing-uri.ts';
import { droppedByRetention, withoutDropped } from './retention.ts';
import type { SourceObservation } from './source-observation.ts';
import { NOTHING_TO_READ } from './source-reads.ts';
import { type TableChanges, type TableStep, tableChanges } from './table-changes.ts';

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
  const reused = reusedNames(table, state?.snapshotId);
  checkTimeIsSame(name, reused, options);
  const head =
    options.pin === undefined ? headOf(table.metadata, source.branch) : snapshotById(table.metadata, options.pin);
  if (head === undefined) {
    if (options.pin !== undefined) throw pinGone(name, options.pin, process);
    return emptyObservation(name, table, options);
  }

  const to = pinOf(table, head);
  const all = await tableChanges(table, state, head.snapshotId, process.name);
  const { grain } = process.target;
  const newly = await droppedByRetention(table, all, { source, grain, to, engine: options.engine });
  const dropped = source.retentionUs === undefined ? EMPTY_SET : union(state?.dropped ?? EMPTY_SET, newly);
  const changes = withoutDropped(table, all, source.time, dropped);
  const from = state?.snapshotId === undefined ? undefined : snapshotById(table.metadata, state.snapshotId);
  const observed =
    process.mode === 'stateless'
      ? await observeStateless(name, table, changes, to, dropped, options)
      : await observeIntervals(table, changes, to, options);
  const seenUntil = latestOf(state?.seenUntil, observed.seenUntil);
  const complete = completeOf(options.completeness, seenUntil);
  const landed = landedOf(table, changes.steps);
  return {
    source,
    table: name,
    uuid: table.metadata.tableUuid,
    ...(from ? { from: pinOf(table, from) } : {}),
    to,
    changes: isEmpty(dropped)
      ? observed.changes
      : observed.changes.flatMap((change) => withoutRemoved(change, dropped)),
    exempt: exemptSpans(changes.steps, observed.changes, source),
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
    toRead: observed.toRead,
    overwritten: observed.overwritten,
    ...(landed && { landed }),
    processingUris: processingUris(
      table,
      observed.files.map((u) => u.file.file),
    ),
    ...(observed.futureUntil !== undefined && { futureUntil: observed.futureUntil }),
    predicted: false,
    notes: [
      changes.note,
      observed.note,
      droppedNote(name, newly),
      ...(changes.ends ? [partlyDroppedNote(name, observed.changes, dropped, to, options)] : []),
      reusedNote(name, reused),
    ].filter((note) => note !== undefined),
  };
}

/** A file removed by retention may reach beyond what was dropped, where others hold its rows now; only there is it a change. */
function withoutRemoved(change: FileChange, dropped: IntervalSet): readonly FileChange[] {
  if (change.change === 'added') return [change];
  const span = subtract(change.span, dropped);
  return isEmpty(span) && !isEmpty(change.span) ? [] : [{ ...change, span }];
}

/** What a process that recomputes intervals needs: every file that came or went, but for compactions. */
async function observeIntervals(
  table: Table,
  changes: TableChanges,
  to: SnapshotPin,
  options: ObserveOptions,
): Promise<StatelessObservation> {
  const files = changes.steps
    .filter((step) => step.operation !== 'replace')
    .flatMap((step) => unplacedFiles(step, options.source));
  const placed = await placeChanges(table, files, to, options);
  return { ...placed, toRead: NOTHING_TO_READ, overwritten: EMPTY_SET, files };
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
      const now = goneColumns(table).find(({ name: old }) => old === column)?.renamedTo;
      const near = nearestName(column, columns);
      const hint =
        now !== undefined ? `; it is called "${now}" now.` : near === undefined ? '.' : `; did you mean "${near}"?`;
      throw new UsageError(
        `Source ${name} has no column "${column}", which the configuration names as its time${hint} ` +
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

/** Rows of older files would have no time any more, and the intervals made of them would be emptied. */
function checkTimeIsSame(name: string, reused: readonly NestedField[], { process, source }: ObserveOptions): void {
  const columns = source.time === undefined ? [] : timeColumnNames(source.time);
  const other = reused.find((field) => columns.includes(field.name));
  if (other === undefined) return;
  throw new NeedsDecisionError(
    `Column "${other.name}" of ${name}, its time, is another column than when ${process.name} last read the table (field ${other.id} now): ` +
      'the old one was dropped or renamed, and rows of older files have no value in the new one. Nothing was changed. Name the column ' +
      'that holds the time, or compute the target anew from what the new one holds.',
    { next: ['psyberg check', `psyberg run ${process.name} --recompute`] },
  );
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
  { process, source, state, completeness }: ObserveOptions,
): SourceObservation {
  const complete = completeOf(completeness, state?.seenUntil);
  if (state?.snapshotId !== undefined) {
    throw new NeedsDecisionError(
      `${name} has no snapshot on branch ${source.branch} any more, but was loaded up to snapshot ${state.snapshotId}. Nothing was ` +
        'changed. Restore the branch, or recompute.',
      { next: [`psyberg run ${process.name} --recompute`] },
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
    toRead: NOTHING_TO_READ,
    overwritten: EMPTY_SET,
    processingUris: [],
    predicted: false,
    notes: [],
  };
}

/** A catch-up in parts reads one snapshot to its end; what its parts have appended already cannot be told from a newer one. */
const pinGone = (name: string, pin: SnapshotId, process: Process): NeedsDecisionError =>
  new NeedsDecisionError(
    `${name}: snapshot ${pin}, which the split catch-up of ${process.name} reads to its end, has expired before it was done. Nothing was ` +
      'changed. Recompute the process.',
    { next: [`psyberg run ${process.name} --recompute`] },
  );

function landedOf(table: Table, steps: readonly TableStep[]): SourceObservation['landed'] {
  const times = steps.flatMap((s) => (s.snapshot === undefined ? [] : [landingTimeMs(table.metadata, s.snapshot)]));
  return times.length === 0 ? undefined : { fromMs: Math.min(...times), toMs: Math.max(...times) };
}

const pinOf = (table: Table, snapshot: Snapshot): SnapshotPin => ({
  snapshotId: snapshot.snapshotId,
  sequenceNumber: snapshot.sequenceNumber,
  committedAtMs: landingTimeMs(table.metadata, snapshot),
});

function latestOf(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
