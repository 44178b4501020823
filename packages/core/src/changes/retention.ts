/**
 * A source with `retention` drops whole intervals once they are old enough, and that is no change: the rows that the target made
 * of them stay. What was dropped is kept in the state record, since such an interval can never be computed again from its source.
 */
import {
  currentSchema,
  landingTimeMs,
  type ScannedFile,
  type SnapshotId,
  specById,
  type Table,
  UNPARTITIONED_SPEC,
} from '@psyberg/iceberg';
import type { Engine } from '../engine/engine.ts';
import type { ChangesSource } from '../process/process.ts';
import type { TimeColumn } from '../process/time-column.ts';
import { floorTo, type Grain } from '../time/grain.ts';
import { type Instant, instantFromMs, plus } from '../time/instant.ts';
import {
  alignTo,
  clip,
  covers,
  EMPTY_SET,
  hull,
  type IntervalSet,
  isEmpty,
  overlaps,
  subtract,
  union,
} from '../time/interval-set.ts';
import { filesWithin } from './files-within.ts';
import { placeFiles } from './place-files.ts';
import type { TableChanges, TableStep } from './table-changes.ts';
import { type FileSpan, fileSpan } from './time-span.ts';

export interface RetentionOptions {
  readonly source: ChangesSource;
  /** Of the target: what a whole interval is. */
  readonly grain: Grain;
  /** The pin, and when it was committed. */
  readonly to: { readonly snapshotId: SnapshotId; readonly committedAtMs: number };
  readonly engine: () => Promise<Engine>;
}

/**
 * Intervals of the source's axis that these changes dropped by retention: at or before the commit time of the snapshot that removed
 * files of them, less the retention, and without a live row in that snapshot. Where only two ends were compared, the pin's.
 * Reads metadata, and the time column of live files that reach into such an interval and beyond it.
 */
export async function droppedByRetention(
  table: Table,
  changes: TableChanges,
  options: RetentionOptions,
): Promise<IntervalSet> {
  const { source, to } = options;
  if (source.retentionUs === undefined || source.time === undefined) return EMPTY_SET;
  let dropped: IntervalSet = EMPTY_SET;
  for (const step of changes.steps) {
    if (step.operation === 'replace' || step.removed.length === 0) continue;
    const at = step.snapshot === undefined ? to.committedAtMs : landingTimeMs(table.metadata, step.snapshot);
    const before = retentionEnd(source.retentionUs, options.grain, at);
    const removed = clip(await intervalsOf(table, step.removed, source.time, options, false), undefined, before);
    const whole = hull(removed);
    if (whole === undefined) continue;
    const live = await filesWithin(table, step.snapshot?.snapshotId ?? to.snapshotId, source.time, whole);
    dropped = union(dropped, await emptyIntervals(table, live, removed, options));
  }
  return dropped;
}

/** Whole intervals up to here are older than the retention at that time. */
export const retentionEnd = (retentionUs: bigint, grain: Grain, atMs: number): Instant =>
  floorTo(grain, plus(instantFromMs(atMs), -retentionUs));

/** Those of `candidates`, whole intervals, in which none of the files has a row. */
export async function emptyIntervals(
  table: Table,
  files: readonly ScannedFile[],
  candidates: IntervalSet,
  options: Omit<RetentionOptions, 'to'>,
): Promise<IntervalSet> {
  const { time } = options.source;
  if (time === undefined) return EMPTY_SET;
  const near = files.filter((file) => {
    const placed = spanOf(table, file, time);
    return placed.kind === 'unknown' || (placed.kind === 'span' && overlaps(candidates, placed.span));
  });
  return subtract(candidates, await intervalsOf(table, near, time, options, true));
}

const spanOf = (table: Table, { file }: ScannedFile, time: TimeColumn): FileSpan =>
  fileSpan(currentSchema(table.metadata), specById(table.metadata, file.specId) ?? UNPARTITIONED_SPEC, time, file);

async function intervalsOf(
  table: Table,
  files: readonly ScannedFile[],
  time: TimeColumn,
  { grain, engine }: Pick<RetentionOptions, 'grain' | 'engine'>,
  exact: boolean,
): Promise<IntervalSet> {
  // As removed ones, since what is asked is only where their rows lie, not how far has been seen.
  const unplaced = files.map((file) => ({ change: 'removed' as const, file }));
  const { changes } = await placeFiles(table, unplaced, { time, grain, exact, notAfter: undefined, engine });
  return alignTo(grain, union(...changes.map((c) => c.span)));
}

/** The changes without the removal of files that held nothing but dropped intervals. Pure; by the files' metadata. */
export function withoutDropped(
  table: Table,
  changes: TableChanges,
  time: TimeColumn | undefined,
  dropped: IntervalSet | undefined,
): TableChanges {
  if (time === undefined || dropped === undefined || isEmpty(dropped)) return changes;
  const isDropped = (file: ScannedFile): boolean => {
    const placed = spanOf(table, file, time);
    return placed.kind === 'span' && covers(dropped, placed.span);
  };
  const strip = (step: TableStep): TableStep =>
    step.operation === 'replace' ? step : { ...step, removed: step.removed.filter((file) => !isDropped(file)) };
  return { ...changes, steps: changes.steps.map(strip) };
}
