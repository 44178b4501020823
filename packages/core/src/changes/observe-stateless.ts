/**
 * What came to a source of a process that only appends, where it lies, and which of its intervals have to be replaced.
 *
 * `onOverwrite` decides where rows already loaded were changed: stop, replace the intervals that the overwriting snapshots touched, or
 * append just the rows that are really new. A broken chain is a plain append all the same if no row is gone.
 */
import type { Table } from '@psyberg/iceberg';
import type { CompareResult, Relation } from '../engine/engine.ts';
import { readSchemaOf } from '../engine/read-schema.ts';
import { NeedsDecisionError } from '../errors.ts';
import type { SnapshotPin } from '../session/session-plan.ts';
import { grainLengthUs } from '../time/grain.ts';
import { END_OF_TIME, type Instant, instantFromMs, plus } from '../time/instant.ts';
import { EMPTY_SET, type IntervalSet, intervalSet, isEmpty } from '../time/interval-set.ts';
import type { FileChange } from './file-change.ts';
import type { ObserveOptions } from './observe-options.ts';
import { placeByLanding, placeChanges, unplacedFiles } from './place-changes.ts';
import { type PlacedFiles, type UnplacedFile, valueLengthUs } from './place-files.ts';
import { NOTHING_TO_READ, type RowsToRead, rowsToRead, type SourceReads, sourceReads } from './source-reads.ts';
import type { TableChanges } from './table-changes.ts';

export interface StatelessObservation extends PlacedFiles {
  readonly toRead: RowsToRead;
  readonly overwritten: IntervalSet;
  /** Every file that came or went, for the processing URIs. */
  readonly files: readonly UnplacedFile[];
  readonly note?: string;
}

/** @throws {NeedsDecisionError} rows already loaded were changed and nobody has said what that means */
export async function observeStateless(
  name: string,
  table: Table,
  changes: TableChanges,
  to: SnapshotPin,
  dropped: IntervalSet,
  options: ObserveOptions,
): Promise<StatelessObservation> {
  const { process, source, state } = options;
  const reads = await sourceReads(table, state, changes, { process, source, to: to.snapshotId, dropped });
  const toRead = rowsToRead(reads, source.onOverwrite);
  if (reads.kind === 'appended') {
    const files = reads.files.map(added);
    return { ...(await placeChanges(table, files, to, options)), toRead, overwritten: EMPTY_SET, files };
  }
  if (reads.kind === 'overwritten' && source.onOverwrite === 'error' && isEmpty(dropped)) {
    throw refusal(name, reads, options);
  }
  if (reads.kind === 'overwritten' && source.onOverwrite === 'recompute') {
    return { ...(await placeOverwritten(table, reads, changes, to, options)), toRead };
  }
  return byRows(name, table, reads, toRead, to, dropped, options);
}

const added = (file: UnplacedFile['file']): UnplacedFile => ({ change: 'added', file, snapshotId: file.snapshotId });

/**
 * Files that the overwriting snapshots added and removed, by the intervals that are in them; one of our own commits says which of them
 * it wrote, and what it moved besides is no change. What was appended and then rewritten lies somewhere in those files.
 */
async function placeOverwritten(
  table: Table,
  reads: SourceReads & { readonly kind: 'overwritten' },
  changes: TableChanges,
  to: SnapshotPin,
  options: ObserveOptions,
): Promise<Omit<StatelessObservation, 'toRead'>> {
  const { overwriting, absorbed, appended } = reads;
  const steps = changes.steps.filter(({ snapshot }) => snapshot !== undefined && overwriting.has(snapshot.snapshotId));
  const files = [
    ...[...appended, ...absorbed].map(added),
    ...steps.flatMap((step) => unplacedFiles(step, options.source)),
  ];
  const { changes: placed } = await placeChanges(table, files, to, options);
  const rewritten = new Set(absorbed.map((f) => f.file.path));
  const touched = placed.filter(
    (c) => (c.snapshotId !== undefined && overwriting.has(c.snapshotId)) || rewritten.has(c.path),
  );
  // What came and went again before anybody read it was not seen, whatever took it away.
  const { changes: _, ...seen } = await placeChanges(
    table,
    [...appended, ...reads.rewritten].map(added),
    to,
    options,
    false,
  );
  return { ...seen, changes: placed, files, overwritten: intervalSet(touched.flatMap((c) => c.span)) };
}

/** Rows that came and rows that went are counted off against each other; only what is left over has changed. */
async function byRows(
  name: string,
  table: Table,
  reads: Exclude<SourceReads, { readonly kind: 'appended' }>,
  toRead: RowsToRead,
  to: SnapshotPin,
  dropped: IntervalSet,
  options: ObserveOptions,
): Promise<StatelessObservation> {
  const { source, process } = options;
  const came = reads.kind === 'ends' ? reads.come : [...reads.appended, ...reads.rewritten];
  await requireFiles(name, table, reads, options);
  const found = await difference(table, { files: came, without: reads.gone }, dropped, options);
  if (found.rowsExtra > 0 && source.onOverwrite === 'error') {
    throw reads.kind === 'ends' ? endsRefusal(name, found.rowsExtra, options) : refusal(name, reads, options);
  }
  const replaces = source.onOverwrite === 'recompute';
  const files = came.map(added);
  const gone = reads.gone.map((file): UnplacedFile => ({ change: 'removed', file }));
  const { changes: _, ...seen } = await placeChanges(table, files, to, options, false);
  const changes = differenceChanges(table, found, toRead, to, options, replaces);
  const lost = found.intervals.filter((i) => i.extra > 0).map((i) => spanOf(table, i.start, options));
  return {
    ...seen,
    changes,
    toRead: found.rowsMissing === 0 ? NOTHING_TO_READ : toRead,
    overwritten: replaces ? intervalSet(lost) : EMPTY_SET,
    files: [...files, ...gone],
    note:
      `${name}: ${reads.gone.length} file(s) that ${process.name} has read were replaced; compared row by row, ${found.rowsMissing} ` +
      `row(s) are new and ${found.rowsExtra} are gone${!replaces && found.rowsExtra > 0 ? '; the target keeps what it has of those (onOverwrite: added-only)' : ''}.`,
  };
}

async function requireFiles(
  name: string,
  table: Table,
  { gone }: { readonly gone: RowsToRead['without'] },
  { process }: ObserveOptions,
): Promise<void> {
  for (const { file } of gone) {
    if (await table.io.exists(file.path)) continue;
    throw new NeedsDecisionError(
      `${name}: ${file.path}, which ${process.name} has read and an overwrite has removed, was deleted by an expiry since, so that new ` +
        'rows cannot be told from old ones that were written again. Nothing was changed. Recompute from what the table holds now, or let ' +
        'the intervals be replaced (onOverwrite: recompute).',
      { next: [`psyberg run ${process.name} --recompute`] },
    );
  }
}

/**
 * Missing: rows that came; extra: rows that went. Left out on both sides: rows that no session loads (no time, before `from`), and those of
 * intervals that the source dropped by its retention, whose removal is no change.
 */
async function difference(
  table: Table,
  { files, without }: RowsToRead,
  dropped: IntervalSet,
  { source, process, engine }: ObserveOptions,
): Promise<CompareResult> {
  const limits = {
    ...(source.from !== undefined && { within: [{ start: source.from, end: END_OF_TIME }] }),
    ...(!isEmpty(dropped) && { except: dropped }),
    ...(source.time && { dropNullTimes: true }),
  };
  const relation = (list: RowsToRead['files']): Relation => ({
    names: [],
    ...readSchemaOf(table.metadata),
    ...(source.time && { time: source.time }),
    parts: [{ files: list.map((f) => f.file), ...limits }],
  });
  return (await engine()).compare({
    expected: relation(files),
    actual: relation(without),
    ignore: [],
    floatTolerance: 0,
    grain: process.target.grain,
    sampleSize: 0,
  });
}

/** All of the difference as one change that came and, where intervals are replaced for them, one that went. */
function differenceChanges(
  table: Table,
  found: CompareResult,
  { files, without }: RowsToRead,
  to: SnapshotPin,
  options: ObserveOptions,
  replaces: boolean,
): readonly FileChange[] {
  const { source, process } = options;
  const change = (which: 'added' | 'removed', rows: number, list: RowsToRead['files']): FileChange[] => {
    if (rows === 0) return [];
    const facts = {
      change: which,
      path: '',
      snapshotId: to.snapshotId,
      rows,
      files: list.length,
      bytes: list.reduce((sum, f) => sum + f.file.fileSizeBytes, 0),
    };
    if (source.time === undefined) return placeByLanding([facts], instantFromMs(to.committedAtMs), process);
    const rowsByInterval = found.intervals
      .map((i) => ({ start: i.start, rows: which === 'added' ? i.missing : i.extra }))
      .filter((i) => i.rows > 0);
    return [
      { ...facts, span: intervalSet(rowsByInterval.map((i) => spanOf(table, i.start, options))), rowsByInterval },
    ];
  };
  return [
    ...change('added', found.rowsMissing, files),
    ...(replaces ? change('removed', found.rowsExtra, without) : []),
  ];
}

/** An interval of the comparison; a date lies in the first interval of its day, but stands for all of it. */
function spanOf(table: Table, start: Instant, { source, process }: ObserveOptions): { start: Instant; end: Instant } {
  const length = grainLengthUs(process.target.grain);
  const value = source.time === undefined ? length : valueLengthUs(table, source.time);
  return { start, end: plus(start, value > length ? value : length) };
}

const CHOICES =
  'Say in the source what such a change means: onOverwrite: recompute replaces the intervals that changed, added-only appends the rows ' +
  'that are new and keeps the others. Or make the process stateful, or recompute it once.';

function refusal(
  name: string,
  { by }: SourceReads & { readonly kind: 'overwritten' },
  { process }: ObserveOptions,
): NeedsDecisionError {
  return new NeedsDecisionError(
    `${name}: snapshot ${by.snapshotId} (${by.operation}) took away ${by.files} file(s) whose rows ${process.name} has already loaded; ` +
      `a stateless process only appends, and sources[].onOverwrite is "error". Nothing was changed. ${CHOICES}`,
    { next: [`psyberg changes ${name}`, `psyberg run ${process.name} --recompute`] },
  );
}

function endsRefusal(name: string, rows: number, { process, state }: ObserveOptions): NeedsDecisionError {
  return new NeedsDecisionError(
    `${name} no longer descends from snapshot ${state?.snapshotId}, up to which ${process.name} has loaded it (rolled back, reset or ` +
      `expired in between), and ${rows} row(s) of then are gone; a stateless process only appends, and sources[].onOverwrite is "error". ` +
      `Nothing was changed. ${CHOICES}`,
    { next: [`psyberg run ${process.name} --recompute`, `psyberg adopt ${process.name} --at current`] },
  );
}
