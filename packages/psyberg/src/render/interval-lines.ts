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
 * One line for each interval that something happens to: state, action, how late, and why. Neighbours of one state share a line
 * unless each has something to tell; where that is still too long all of them do, and then the rest is counted.
 */
export function intervalLines(
  intervals: readonly PlannedInterval[],
  options: IntervalLinesOptions,
  screen: Screen,
): string[] {
  const told = intervals.filter((interval) => interval.state !== 'unchanged');
  const coarse = groupRuns(told, options.lengthUs);
  const fine = coarse.flatMap(splitRun);
  const runs = fine.length <= options.maxLines ? fine : coarse;
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

/** Neighbours of one state, action and reason to wait. */
function groupRuns(intervals: readonly PlannedInterval[], lengthUs: DurationUs): IntervalRun[] {
  const runs: PlannedInterval[][] = [];
  for (const interval of intervals) {
    const run = runs[runs.length - 1];
    const previous = run?.[run.length - 1];
    const touches = previous !== undefined && previous.start + lengthUs === interval.start;
    if (run !== undefined && touches && kindOf(previous) === kindOf(interval)) run.push(interval);
    else runs.push([interval]);
  }
  return runs.map((run) => ({ intervals: run }));
}

const kindOf = (interval: PlannedInterval): string =>
  `${interval.state}|${interval.action}|${interval.waitingFor?.join() ?? ''}`;

/** What is late is told interval by interval, and so is a handful of new ones: each has a cause of its own. */
function splitRun(run: IntervalRun): IntervalRun[] {
  const [first] = run.intervals;
  const worth = first!.state === 'new' ? run.intervals.length <= 3 : ['late', 'skipped', 'held'].includes(first!.state);
  return worth ? run.intervals.map((interval) => ({ intervals: [interval] })) : [run];
}

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

/** By table, without files and rows: a file that spans several intervals is a cause of each of them, with all of its rows. */
function summedCauses(causes: readonly Cause[]): string {
  const byTable = new Map<string, Cause[]>();
  for (const cause of causes) byTable.set(cause.table, [...(byTable.get(cause.table) ?? []), cause]);
  return [...byTable].map(([table, own]) => `${table}: ${originText(own)}`).join('; ');
}

function originText(causes: readonly Cause[]): string {
  const forecast = causes.find((cause) => cause.predicted === true);
  if (forecast !== undefined)
    return forecast.process === undefined ? 'predicted' : `predicted from ${forecast.process}`;
  const snapshots = new Set(causes.map((cause) => cause.snapshotId));
  const [only] = snapshots;
  return snapshots.size === 1 && only !== undefined ? `snapshot ${only}` : counted(snapshots.size, 'snapshot');
}
