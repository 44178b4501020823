/** Places what a source's snapshots did on the time axis: by its time column, or by landing time where it has none. */
import { landingTimeMs, type ScannedFile, snapshotById, type Table } from '@psyberg/iceberg';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import { formatTimeColumn } from '../process/time-column.ts';
import type { SnapshotPin } from '../session/session-plan.ts';
import { STATE_SUMMARY_KEY } from '../state/keys.ts';
import type { StateRecord } from '../state/state-record.ts';
import { stateRecordFromJson } from '../state/state-record-json.ts';
import { floorTo, grainLengthUs } from '../time/grain.ts';
import { type Instant, instantFromMs, plus } from '../time/instant.ts';
import type { IntervalSet } from '../time/interval-set.ts';
import type { FileChange } from './file-change.ts';
import type { ObserveOptions } from './observe-options.ts';
import { type PlacedFiles, placeFiles, type UnplacedFile } from './place-files.ts';
import type { TableStep } from './table-changes.ts';

/** The files of one snapshot; a commit of ours lists exactly which intervals it wrote, which is finer than bounds. */
export function unplacedFiles(step: TableStep, source: ChangesSource): readonly UnplacedFile[] {
  const within = exactIntervals(step, source);
  const facts = { ...(step.snapshot && { snapshotId: step.snapshot.snapshotId }), ...(within && { within }) };
  return [
    ...step.added.map((file): UnplacedFile => ({ change: 'added', file, ...facts })),
    ...step.removed.map((file): UnplacedFile => ({ change: 'removed', file, ...facts })),
  ];
}

/** The state record that a commit of ours carries. */
export function recordOfStep(step: TableStep): StateRecord | undefined {
  const text = step.snapshot?.summary[STATE_SUMMARY_KEY];
  return text === undefined ? undefined : stateRecordFromJson(text);
}

/**
 * The intervals that a commit of ours changed, where they lie on the source's axis. A recompute also takes away rows where it wrote
 * nothing, so it is placed by its files.
 */
export function exactIntervals(step: TableStep, source: ChangesSource): IntervalSet | undefined {
  const record = step.live ? undefined : recordOfStep(step);
  if (record === undefined || record.kind === 'recompute') return undefined;
  return source.time !== undefined && record.time === formatTimeColumn(source.time) ? record.written : undefined;
}

/** By the time column, or by landing time where the source has none. */
export async function placeChanges(
  table: Table,
  files: readonly UnplacedFile[],
  to: SnapshotPin,
  { process, source, engine }: ObserveOptions,
  exact = mustBeExact(process),
): Promise<PlacedFiles> {
  const { grain } = process.target;
  if (source.time === undefined) return landedFiles(table, files, to, process);
  const commit = instantFromMs(to.committedAtMs);
  return placeFiles(table, files, {
    time: source.time,
    grain,
    exact,
    // A value whose interval has begun by the commit counts.
    notAfter: source.allowFuture ? undefined : plus(floorTo(grain, commit), grainLengthUs(grain) - 1n),
    engine,
  });
}

/**
 * Whether it matters just which intervals changed: a range takes those in between along, unless it may begin later, as what is too
 * old, or needs what a source has dropped, stays as it was.
 */
function mustBeExact(process: Process): boolean {
  return (
    process.mode === 'stateless' ||
    process.load === 'changed' ||
    process.catchUpThresholdUs !== undefined ||
    changesSourcesOf(process).some(({ retentionUs }) => retentionUs !== undefined)
  );
}

/** When a file's rows became visible: its snapshot's commit, or the pin's where that is not listed any more. */
export function landingOf(table: Table, file: ScannedFile, to: SnapshotPin): Instant {
  const snapshot = snapshotById(table.metadata, file.snapshotId);
  return instantFromMs(snapshot === undefined ? to.committedAtMs : landingTimeMs(table.metadata, snapshot));
}

/** A change without a place on any axis, at the moment when it landed. */
export function placeByLanding(
  changes: readonly Omit<FileChange, 'span'>[],
  at: Instant,
  { target }: Process,
): FileChange[] {
  return changes.map((change) => ({
    ...change,
    span: [{ start: at, end: plus(at, 1n) }],
    rowsByInterval: [{ start: floorTo(target.grain, at), rows: change.rows }],
  }));
}

function landedFiles(table: Table, files: readonly UnplacedFile[], to: SnapshotPin, process: Process): PlacedFiles {
  let seenUntil: Instant | undefined;
  const changes = files.flatMap(({ change, file, snapshotId }) => {
    const at = landingOf(table, file, to);
    if (seenUntil === undefined || seenUntil <= at) seenUntil = plus(at, 1n);
    const { path, recordCount: rows, fileSizeBytes: bytes } = file.file;
    return placeByLanding(
      [{ change, path, ...(snapshotId !== undefined && { snapshotId }), rows, bytes }],
      at,
      process,
    );
  });
  return { changes, ...(seenUntil !== undefined && { seenUntil }) };
}
