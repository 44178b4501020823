import {
  currentSchema,
  type DataFile,
  planFiles,
  type ScannedFile,
  type SnapshotId,
  specById,
  type Table,
  UNPARTITIONED_SPEC,
} from '@psyberg/iceberg';
import { filesWithin } from '../changes/files-within.ts';
import { fileSpan } from '../changes/time-span.ts';
import type { Engine } from '../engine/engine.ts';
import type { TimeColumn } from '../process/time-column.ts';
import type { Grain } from '../time/grain.ts';
import { containsInstant, covers, hull, type Interval, type IntervalSet, overlaps } from '../time/interval-set.ts';

/** Live files of a target, by what an exact overwrite of some intervals does to them. */
export interface TargetFiles {
  /** All rows lie in the intervals: removed. */
  readonly inside: readonly ScannedFile[];
  /** Some rows lie in the intervals, others do not: rewritten without those that do. */
  readonly mixed: readonly ScannedFile[];
}

/**
 * Sorts the live files of a snapshot by the intervals to overwrite. A file that holds no row of them is in neither list; where
 * bounds leave that open, its time column is read.
 */
export async function targetFiles(
  table: Table,
  snapshotId: SnapshotId | undefined,
  time: TimeColumn,
  grain: Grain,
  intervals: IntervalSet,
  engine: () => Promise<Engine>,
): Promise<TargetFiles> {
  const whole = hull(intervals);
  if (snapshotId === undefined || whole === undefined) return { inside: [], mixed: [] };
  const schema = currentSchema(table.metadata);
  const live = await filesWithin(table, snapshotId, time, whole);
  const inside: ScannedFile[] = [];
  const mixed: ScannedFile[] = [];
  const unsure: ScannedFile[] = [];
  for (const file of live) {
    const spec = specById(table.metadata, file.file.specId) ?? UNPARTITIONED_SPEC;
    const placed = fileSpan(schema, spec, time, file.file);
    if (placed.kind === 'empty') continue;
    if (placed.kind === 'span' && placed.nullRows === 0 && covers(intervals, placed.span)) inside.push(file);
    else if (placed.kind === 'unknown' || overlaps(intervals, placed.span)) unsure.push(file);
  }
  for (const { file, some, all } of await lookInto(table, unsure, time, grain, intervals, engine)) {
    if (all) inside.push(file);
    else if (some) mixed.push(file);
  }
  return { inside, mixed };
}

async function lookInto(
  table: Table,
  files: readonly ScannedFile[],
  time: TimeColumn,
  grain: Grain,
  intervals: IntervalSet,
  engine: () => Promise<Engine>,
): Promise<readonly { file: ScannedFile; some: boolean; all: boolean }[]> {
  if (files.length === 0) return [];
  const profiles = await (await engine()).profileTime({
    schema: currentSchema(table.metadata),
    time,
    grain,
    files: files.map((f): DataFile => f.file),
  });
  return files.map((file, i) => {
    const { rowsByInterval, nullRows } = profiles[i]!;
    const within = rowsByInterval.filter((r) => r.rows > 0 && containsInstant(intervals, r.start));
    const all = nullRows === 0 && within.length === rowsByInterval.length;
    return { file, some: within.length > 0, all };
  });
}

/** Live files of a snapshot that may hold rows of one interval. */
export async function filesOfInterval(
  table: Table,
  snapshotId: SnapshotId | undefined,
  time: TimeColumn | undefined,
  interval: Interval,
): Promise<readonly DataFile[]> {
  if (snapshotId === undefined) return [];
  const files = await (time === undefined
    ? planFiles(table, { snapshotId })
    : filesWithin(table, snapshotId, time, interval));
  return files.map((f) => f.file);
}
