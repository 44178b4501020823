import {
  DAY_US,
  type DurationUs,
  formatInstant,
  HOUR_US,
  type IntervalState,
  type PlannedInterval,
  plus,
} from '@psyberg/core';
import { STATE_TONES } from './interval-lines.ts';
import { type Paint, type Screen, visibleWidth } from './style.ts';

const LETTERS: Readonly<Record<IntervalState, string>> = {
  new: 'N',
  late: 'L',
  redone: 'R',
  waiting: 'w',
  skipped: 's',
  held: 'H',
  unchanged: '·',
};

/** One line of the grid. */
export interface GridRow {
  readonly name: string;
  readonly intervals: readonly PlannedInterval[];
}

/**
 * Processes by intervals, one letter each; empty when there is nothing in it or it would not fit the screen.
 *
 * All rows share one interval length.
 */
export function gridLines(rows: readonly GridRow[], lengthUs: DurationUs, screen: Screen): string[] {
  const starts = rows.flatMap((row) => row.intervals).map((interval) => interval.start);
  if (starts.length === 0) return [];
  const first = starts.reduce((least, start) => (start < least ? start : least));
  const last = starts.reduce((most, start) => (start > most ? start : most));
  const columns = Number((last - first) / lengthUs) + 1;
  const label = lengthUs % DAY_US === 0n ? dayLabel : lengthUs % HOUR_US === 0n ? hourLabel : minuteLabel;
  const cellWidth = label(first).length + 1;
  const nameWidth = Math.max(...rows.map((row) => row.name.length));
  if (nameWidth + 1 + columns * cellWidth > screen.width) return [];
  const axis = Array.from({ length: columns }, (_, column) => plus(first, lengthUs * BigInt(column)));
  const lines = [
    ...(lengthUs % DAY_US === 0n
      ? []
      : [`${' '.repeat(nameWidth + 2)}${screen.paint('dim', dateLine(axis, cellWidth))}`]),
    `${' '.repeat(nameWidth + 1)}${screen.paint('dim', axis.map((start) => label(start).padStart(cellWidth)).join(''))}`,
  ];
  for (const row of rows) {
    const states = new Map(row.intervals.map((interval) => [interval.start, interval.state]));
    const cells = axis.map((start) => cellText(states.get(start), cellWidth, screen.paint));
    lines.push(`${row.name.padEnd(nameWidth + 1)}${cells.join('')}`);
  }
  lines.push(legendLine(rows, screen.paint));
  return lines.map((line) => line.trimEnd());
}

function cellText(state: IntervalState | undefined, width: number, paint: Paint): string {
  const shown = state ?? 'unchanged';
  return ' '.repeat(width - 1) + paint(STATE_TONES[shown], LETTERS[shown]);
}

/** Each date above the first column of its day, where there is room. */
function dateLine(axis: readonly bigint[], cellWidth: number): string {
  let line = '';
  let previous = '';
  axis.forEach((start, column) => {
    const date = isoOf(start).slice(0, 10);
    const at = column * cellWidth;
    if (date !== previous && visibleWidth(line) <= at) line = line.padEnd(at) + date;
    previous = date;
  });
  return line;
}

function legendLine(rows: readonly GridRow[], paint: Paint): string {
  const present = new Set(rows.flatMap((row) => row.intervals.map((interval) => interval.state)));
  const entries = (Object.keys(LETTERS) as IntervalState[])
    .filter((state) => state !== 'unchanged' && present.has(state))
    .map((state) => `${paint(STATE_TONES[state], LETTERS[state])} ${paint('dim', state)}`);
  return entries.join('   ');
}

const isoOf = (start: bigint): string => formatInstant(start as Parameters<typeof formatInstant>[0]);
const dayLabel = (start: bigint): string => isoOf(start).slice(5, 10);
const hourLabel = (start: bigint): string => isoOf(start).slice(11, 13);
const minuteLabel = (start: bigint): string => isoOf(start).slice(11, 16);
