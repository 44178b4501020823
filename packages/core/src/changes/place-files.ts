import {
  currentSchema,
  type ScannedFile,
  type SnapshotId,
  specById,
  type Table,
  UNPARTITIONED_SPEC,
} from '@psyberg/iceberg';
import type { Engine, FileTimeProfile } from '../engine/engine.ts';
import type { TimeColumn } from '../process/time-column.ts';
import { type Grain, grainLengthUs } from '../time/grain.ts';
import { DAY_US, type DurationUs, HOUR_US, type Instant, plus } from '../time/instant.ts';
import { countIntervals, EMPTY_SET, type IntervalSet, intersect, intervalSet } from '../time/interval-set.ts';
import type { FileChange } from './source-observation.ts';
import { fileSpan } from './time-span.ts';

/** A file and what happened to it, before it is placed on the time axis. */
export interface UnplacedFile {
  readonly change: 'added' | 'removed';
  readonly file: ScannedFile;
  readonly snapshotId?: SnapshotId;
  /** Exact intervals of the commit, where it lists them; the file's change lies within. */
  readonly within?: IntervalSet;
}

export interface PlacedFiles {
  readonly changes: readonly FileChange[];
  /** End of the latest value that counts as seen among added files. */
  readonly seenUntil?: Instant;
  /** End of the latest value that lies after `notAfter`. */
  readonly futureUntil?: Instant;
}

export interface PlaceOptions {
  readonly time: TimeColumn;
  readonly grain: Grain;
  /** Look into the time column of every file that spans more than one interval. */
  readonly exact: boolean;
  /** Values that start after this do not count as seen. */
  readonly notAfter: Instant | undefined;
  readonly engine: () => Promise<Engine>;
}

/**
 * Places changed files on the source's time axis: by bounds and partition, and by a scan of just the time column of those for which
 * that says too little.
 */
export async function placeFiles(
  table: Table,
  files: readonly UnplacedFile[],
  options: PlaceOptions,
): Promise<PlacedFiles> {
  const schema = currentSchema(table.metadata);
  const spans = files.map(({ file }) =>
    fileSpan(schema, specById(table.metadata, file.file.specId) ?? UNPARTITIONED_SPEC, options.time, file.file),
  );
  const { notAfter } = options;
  const look = files.filter((file, i) => {
    const span = spans[i]!;
    if (span.kind === 'unknown') return true;
    if (span.kind === 'empty') return false;
    if (notAfter !== undefined && file.change === 'added' && span.span.end > plus(notAfter, 1n)) return true;
    return options.exact && countIntervals(options.grain, [span.span]) > 1;
  });
  const profiles = await profile(table, look, options);
  return combine(table, files, spans, profiles, options);
}

async function profile(
  table: Table,
  files: readonly UnplacedFile[],
  options: PlaceOptions,
): Promise<ReadonlyMap<string, FileTimeProfile>> {
  if (files.length === 0) return new Map();
  const engine = await options.engine();
  const unique = [...new Map(files.map((f) => [f.file.file.path, f.file.file])).values()];
  const profiles = await engine.profileTime({
    schema: currentSchema(table.metadata),
    time: options.time,
    grain: options.grain,
    files: unique,
    ...(options.notAfter !== undefined && { notAfter: options.notAfter }),
  });
  return new Map(profiles.map((p) => [p.path, p]));
}

function combine(
  table: Table,
  files: readonly UnplacedFile[],
  spans: readonly ReturnType<typeof fileSpan>[],
  profiles: ReadonlyMap<string, FileTimeProfile>,
  options: PlaceOptions,
): PlacedFiles {
  const length = grainLengthUs(options.grain);
  const valueLength = valueLengthUs(table, options.time);
  const changes: FileChange[] = [];
  let seenUntil: Instant | undefined;
  let futureUntil: Instant | undefined;
  for (const [i, { change, file, snapshotId, within }] of files.entries()) {
    const bySpan = spans[i]!;
    const looked = profiles.get(file.file.path);
    let span: IntervalSet = bySpan.kind === 'span' ? [bySpan.span] : EMPTY_SET;
    let rowsByInterval = looked?.rowsByInterval;
    if (looked !== undefined) {
      const exact = intervalSet(looked.rowsByInterval.map((r) => ({ start: r.start, end: plus(r.start, length) })));
      // A date lies in the first interval of its day, but a change of it touches all of them.
      span =
        bySpan.kind === 'span' && valueLength <= length ? intersect(exact, [bySpan.span]) : widen(exact, valueLength);
    } else if (bySpan.kind === 'span' && bySpan.nullRows !== undefined && valueLength <= length) {
      rowsByInterval = singleInterval(options.grain, bySpan.span.start, span, file.file.recordCount - bySpan.nullRows);
    }
    if (change === 'added') {
      const end = looked === undefined ? span[span.length - 1]?.end : looked.latest && plus(looked.latest, valueLength);
      if (end !== undefined && (seenUntil === undefined || end > seenUntil)) seenUntil = end;
      const last = span[span.length - 1]?.end;
      const { notAfter } = options;
      if (
        notAfter !== undefined &&
        last !== undefined &&
        last > plus(notAfter, 1n) &&
        (end === undefined || last > plus(end, length))
      ) {
        futureUntil = futureUntil === undefined || last > futureUntil ? last : futureUntil;
      }
    }
    if (within !== undefined) {
      span = span.length === 0 && bySpan.kind !== 'empty' ? within : intersect(span, within);
      if (span.length === 0) continue;
    }
    changes.push({
      change,
      path: file.file.path,
      ...(snapshotId !== undefined && { snapshotId }),
      rows: file.file.recordCount,
      bytes: file.file.fileSizeBytes,
      span,
      ...(rowsByInterval && { rowsByInterval }),
    });
  }
  return { changes, ...(seenUntil !== undefined && { seenUntil }), ...(futureUntil !== undefined && { futureUntil }) };
}

function singleInterval(
  grain: Grain,
  start: Instant,
  span: IntervalSet,
  rows: number,
): readonly { start: Instant; rows: number }[] | undefined {
  if (countIntervals(grain, span) !== 1) return undefined;
  const length = grainLengthUs(grain);
  const floor = (start - (((start % length) + length) % length)) as Instant;
  return [{ start: floor, rows }];
}

const widen = (set: IntervalSet, length: DurationUs): IntervalSet =>
  intervalSet(set.map((i) => ({ start: i.start, end: i.end - i.start < length ? plus(i.start, length) : i.end })));

/** How long one value of the column lasts: a day for a date, an hour for a date and hour, an instant otherwise. */
function valueLengthUs(table: Table, time: TimeColumn): DurationUs {
  if (time.kind === 'date-hour') return HOUR_US;
  if (time.kind === 'epoch') return { s: 1_000_000n, ms: 1_000n, us: 1n }[time.unit];
  const field = currentSchema(table.metadata).fields.find((f) => f.name === time.column);
  return field?.type.kind === 'date' ? DAY_US : 1n;
}
