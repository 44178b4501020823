import {
  type Cause,
  type DurationUs,
  formatDurationLong,
  formatInstantShort,
  type IntervalAction,
  type IntervalState,
  type PlannedInterval,
  plus,
} from '@psyberg/core';
import type { Screen, Tone } from './style.ts';
import { tableLines } from './table.ts';
import { counted, formatSpan } from './words.ts';

export const STATE_TONES: Readonly<Record<IntervalState, Tone>> = {
  new: 'good',
  late: 'late',
  redone: 'work',
  waiting: 'wait',
  skipped: 'bad',
  held: 'bad',
  unchanged: 'dim',
};

const ACTION_WORDS: Readonly<Record<IntervalAction, string>> = { append: 'append', overwrite: 'overwrite', none: '' };

/** A run of intervals that are told in one line. */
interface IntervalRun {
  readonly intervals: readonly PlannedInterval[];
}

export interface IntervalLinesOptions {
  /** Length of one interval. */
  readonly lengthUs: DurationUs;
  /** Rows written by interval start, after a run. */
  readonly rows?: ReadonlyMap<bigint, number>;
  readonly indent: string;
  /** More lines than this are shortened. */
  readonly maxLines: number;
}

/**
 * One line for each interval that something happens to: state, action, how late, and why. Neighbours for which the same is
 * true share a line; where that is still too long, neighbours of one state do, and then the rest is counted.
 */
export function intervalLines(
  intervals: readonly PlannedInterval[],
  options: IntervalLinesOptions,
  screen: Screen,
): string[] {
  const told = intervals.filter((interval) => interval.state !== 'unchanged');
  const fine = groupRuns(told, options.lengthUs, fineKey);
  const runs = fine.length <= options.maxLines ? fine : groupRuns(told, options.lengthUs, coarseKey);
  const shown = runs.length <= options.maxLines ? runs : runs.slice(0, options.maxLines - 1);
  const lines = tableLines(
    shown.map((run) => runCells(run, options, screen)),
    { indent: options.indent },
  );
  const rest = runs.slice(shown.length).flatMap((run) => run.intervals);
  if (rest.length > 0) {
    const last = rest[rest.length - 1]!;
    const until = formatInstantShort(plus(last.start, options.lengthUs));
    lines.push(
      `${options.indent}${screen.paint('dim', `… and ${counted(rest.length, 'interval')} more, until ${until}`)}`,
    );
  }
  return lines;
}

function groupRuns(
  intervals: readonly PlannedInterval[],
  lengthUs: DurationUs,
  key: (interval: PlannedInterval) => string,
): IntervalRun[] {
  const runs: PlannedInterval[][] = [];
  let lastKey = '';
  for (const interval of intervals) {
    const run = runs[runs.length - 1];
    const previous = run?.[run.length - 1];
    const touches = previous !== undefined && previous.start + lengthUs === interval.start;
    if (run !== undefined && touches && lastKey === key(interval)) run.push(interval);
    else runs.push([interval]);
    lastKey = key(interval);
  }
  return runs.map((run) => ({ intervals: run }));
}

/** Intervals with causes of their own stand alone; those that only follow from others are told together. */
function fineKey(interval: PlannedInterval): string {
  const own = interval.state === 'waiting' ? '' : interval.causes.map(causeText).join();
  const late = interval.lateByUs === undefined ? '' : String(interval.start);
  return own === '' ? coarseKey(interval) : `${coarseKey(interval)}|${own}|${late}`;
}

const coarseKey = (interval: PlannedInterval): string =>
  `${interval.state}|${interval.action}|${interval.waitingFor?.join() ?? ''}`;

function runCells(run: IntervalRun, options: IntervalLinesOptions, screen: Screen): string[] {
  const first = run.intervals[0]!;
  const last = run.intervals[run.intervals.length - 1]!;
  const when =
    run.intervals.length === 1
      ? formatInstantShort(first.start)
      : formatSpan({ start: first.start, end: plus(last.start, options.lengthUs) });
  const cells = [when, screen.paint(STATE_TONES[first.state], stateText(run)), ACTION_WORDS[first.action]];
  if (options.rows !== undefined) cells.push(rowsText(run, options.rows));
  cells.push(screen.paint('dim', reasonText(run)));
  return cells;
}

function stateText(run: IntervalRun): string {
  const first = run.intervals[0]!;
  const late = run.intervals.reduce<DurationUs>((most, { lateByUs = 0n }) => (lateByUs > most ? lateByUs : most), 0n);
  if (late === 0n) return first.state;
  const upTo = run.intervals.length > 1 ? 'up to ' : '';
  return `${first.state} by ${upTo}${formatDurationLong(late)}`;
}

function rowsText(run: IntervalRun, rows: ReadonlyMap<bigint, number>): string {
  if (run.intervals[0]!.action === 'none') return '';
  return counted(
    run.intervals.reduce((sum, interval) => sum + (rows.get(interval.start) ?? 0), 0),
    'row',
  );
}

function reasonText(run: IntervalRun): string {
  const first = run.intervals[0]!;
  if (first.state === 'waiting') return `for ${(first.waitingFor ?? []).join(', ')}`;
  if (run.intervals.length === 1) return first.causes.map(causeText).join('; ');
  return summedCauses(run.intervals.flatMap((interval) => interval.causes));
}

/** `raw.signups: 2 files, 140 rows in snapshot 8123…`, or whose output is expected. */
export function causeText(cause: Cause): string {
  if (cause.predicted === true) {
    return `${cause.table}: predicted${cause.process === undefined ? '' : ` from ${cause.process}`}`;
  }
  const snapshot = cause.snapshotId === undefined ? '' : ` in snapshot ${cause.snapshotId}`;
  return `${cause.table}: ${counted(cause.files, 'file')}, ${counted(cause.rows, 'row')}${snapshot}`;
}

/** By table, rows only: one file may count in several intervals. */
function summedCauses(causes: readonly Cause[]): string {
  const byTable = new Map<string, { rows: number; predicted: boolean }>();
  for (const cause of causes) {
    const sum = byTable.get(cause.table) ?? { rows: 0, predicted: false };
    byTable.set(cause.table, { rows: sum.rows + cause.rows, predicted: sum.predicted || cause.predicted === true });
  }
  return [...byTable]
    .map(([table, { rows, predicted }]) => `${table}: ${predicted ? 'predicted' : counted(rows, 'row')}`)
    .join('; ');
}
