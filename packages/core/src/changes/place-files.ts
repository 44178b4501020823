import {
  currentSchema,
  type ScannedFile,
  type SnapshotId,
  specById,
  type Table,
  UNPARTITIONED_SPEC,
} from '@psyberg/iceberg';
import type { Engine, FileTimeProfile, IntervalRows } from '../engine/engine.ts';
import { readSchemaOf } from '../engine/read-schema.ts';
import { NeedsDecisionError } from '../errors.ts';
import type { TimeColumn } from '../process/time-column.ts';
import { floorTo, type Grain, grainLengthUs } from '../time/grain.ts';
import { DAY_US, type DurationUs, HOUR_US, type Instant, plus } from '../time/instant.ts';
import { countIntervals, EMPTY_SET, type IntervalSet, intersect, intervalSet } from '../time/interval-set.ts';
import type { FileChange } from './file-change.ts';
import { EPOCH_UNIT_US, type FileSpan, fileSpan } from './time-span.ts';

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
  /** Look into the time column of every file that spans more than one interval, or whose span does not end with its values. */
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
    // What has been seen decides how far the target goes, so it must be a value that is there.
    if (file.change === 'added' && !span.tight) return true;
    if (notAfter !== undefined && file.change === 'added' && span.span.end > plus(notAfter, 1n)) return true;
    return options.exact && (!span.tight || countIntervals(options.grain, [span.span]) > 1);
  });
  const profiles = await profile(
    table,
    await readable(table, look, new Map(files.map((file, i) => [file, spans[i]!]))),
    options,
  );
  return combine(table, files, spans, profiles, options);
}

/**
 * Without removed files that expiry has deleted since: their bounds, which hold at least where their rows were, must do.
 *
 * @throws {NeedsDecisionError} there are none
 */
async function readable(
  table: Table,
  look: readonly UnplacedFile[],
  spans: ReadonlyMap<UnplacedFile, FileSpan>,
): Promise<readonly UnplacedFile[]> {
  const result: UnplacedFile[] = [];
  for (const unplaced of look) {
    const { path } = unplaced.file.file;
    if (unplaced.change === 'added' || (await table.io.exists(path))) result.push(unplaced);
    else if (spans.get(unplaced)?.kind === 'unknown') {
      throw new NeedsDecisionError(
        `${path} was removed from ${[...table.identifier.namespace, table.identifier.name].join('.')} and has been deleted since, and the ` +
          'table says nothing of the times in it, so that the intervals which lost rows cannot be told. Nothing was changed. Recompute ' +
          'what reads the table.',
      );
    }
  }
  return result;
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
    ...readSchemaOf(table.metadata),
    time: options.time,
    grain: options.grain,
    files: unique,
    ...(options.notAfter !== undefined && { notAfter: options.notAfter }),
  });
  return new Map(profiles.map((p) => [p.path, p]));
}

/** A file with all that is known of where its rows lie. */
interface PlacedFile {
  readonly unplaced: UnplacedFile;
  readonly span: IntervalSet;
  readonly rowsByInterval?: readonly IntervalRows[];
  /** End of its latest value that counts as seen. */
  readonly seenUntil?: Instant;
}

function combine(
  table: Table,
  files: readonly UnplacedFile[],
  spans: readonly FileSpan[],
  profiles: ReadonlyMap<string, FileTimeProfile>,
  options: PlaceOptions,
): PlacedFiles {
  const valueLength = valueLengthUs(table, options.time);
  const placed = files.map((file, i): PlacedFile => {
    const profile = profiles.get(file.file.file.path);
    return profile === undefined
      ? placedByMetadata(file, spans[i]!, options.grain, valueLength)
      : placedByProfile(file, profile, valueLength);
  });
  const added = placed.filter((p) => p.unplaced.change === 'added');
  const seenUntil = latestOf(added.map((p) => p.seenUntil));
  const future = added.filter((p) => isFuture(p, options)).map((p) => p.span.at(-1)?.end);
  const futureUntil = latestOf(future);
  return {
    changes: placed.flatMap((p, i) => toChange(p, spans[i]!)),
    ...(seenUntil !== undefined && { seenUntil }),
    ...(futureUntil !== undefined && { futureUntil }),
  };
}

function placedByMetadata(unplaced: UnplacedFile, found: FileSpan, grain: Grain, valueLength: DurationUs): PlacedFile {
  if (found.kind !== 'span') return { unplaced, span: EMPTY_SET };
  const { span, nullRows } = found;
  const rows = nullRows === undefined ? undefined : unplaced.file.file.recordCount - nullRows;
  const exact = rows !== undefined && valueLength <= grainLengthUs(grain) && countIntervals(grain, [span]) === 1;
  return {
    unplaced,
    span: [span],
    seenUntil: span.end,
    ...(exact && { rowsByInterval: [{ start: floorTo(grain, span.start), rows }] }),
  };
}

/** From the earliest to the latest value in each interval, since reach begins there; a date lies in one interval and stands for its day. */
function placedByProfile(
  unplaced: UnplacedFile,
  { rowsByInterval, latest }: FileTimeProfile,
  valueLength: DurationUs,
): PlacedFile {
  return {
    unplaced,
    span: intervalSet(rowsByInterval.map(({ first, last }) => ({ start: first, end: plus(last, valueLength) }))),
    rowsByInterval: rowsByInterval.map(({ start, rows }) => ({ start, rows })),
    ...(latest !== undefined && { seenUntil: plus(latest, valueLength) }),
  };
}

/** Whether it holds values that lie after `notAfter` and do not count as seen. */
function isFuture({ span, seenUntil }: PlacedFile, { notAfter, grain }: PlaceOptions): boolean {
  const end = span.at(-1)?.end;
  if (notAfter === undefined || end === undefined || end <= plus(notAfter, 1n)) return false;
  return seenUntil === undefined || floorTo(grain, plus(end, -1n)) >= seenUntil;
}

/** Cut to the intervals that the commit lists, where it does; nothing is left of a file that only moved other rows. */
function toChange({ unplaced, span, rowsByInterval }: PlacedFile, found: FileSpan): readonly FileChange[] {
  const { change, file, snapshotId, within } = unplaced;
  const cut =
    within === undefined ? span : span.length === 0 && found.kind !== 'empty' ? within : intersect(span, within);
  if (within !== undefined && cut.length === 0) return [];
  return [
    {
      change,
      path: file.file.path,
      ...(snapshotId !== undefined && { snapshotId }),
      rows: file.file.recordCount,
      bytes: file.file.fileSizeBytes,
      span: cut,
      ...(rowsByInterval && { rowsByInterval }),
    },
  ];
}

/** How long one value of the column lasts: a day for a date, an hour for a date and hour, an instant otherwise. */
export function valueLengthUs(table: Table, time: TimeColumn): DurationUs {
  if (time.kind === 'date-hour') return HOUR_US;
  if (time.kind === 'epoch') return EPOCH_UNIT_US[time.unit];
  const field = currentSchema(table.metadata).fields.find((f) => f.name === time.column);
  return field?.type.kind === 'date' ? DAY_US : 1n;
}

function latestOf(instants: readonly (Instant | undefined)[]): Instant | undefined {
  return instants.reduce((a, b) => (a === undefined || (b !== undefined && b > a) ? b : a), undefined);
}
