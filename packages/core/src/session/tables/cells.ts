import { floorDiv, HOUR_US, type Instant, instantFromMs } from '../../time/instant.ts';
import type { IntervalSet } from '../../time/interval-set.ts';
import type { Cell } from './own-columns.ts';

/** How our values become cells of the typed columns. What is absent is null. */

const LONG_MIN = -(2n ** 63n);
const LONG_MAX = 2n ** 63n - 1n;

export const orNull = <T extends Cell>(value: T | undefined): T | null => value ?? null;

/** Widened intervals at the ends of the axis would not fit a long; they are cut to it. The exact ones are in the plan. */
export function instantCell(value: Instant | undefined): Cell {
  if (value === undefined) return null;
  return value < LONG_MIN ? LONG_MIN : value > LONG_MAX ? LONG_MAX : value;
}

export const msCell = (ms: number | undefined): Cell => (ms === undefined ? null : instantFromMs(ms));
export const countCell = (count: number | undefined): Cell => (count === undefined ? null : BigInt(Math.trunc(count)));

export const intervalsCell = (set: IntervalSet): Cell =>
  set.map(({ start, end }) => ({ starts_at: instantCell(start), ends_before: instantCell(end) }));

const LAST_MS = 8_640_000_000_000_000n;

/** `20230914` and `6`, in UTC; both null for an instant that no calendar reaches. */
export function dateHour(instant: Instant | undefined): { readonly date: Cell; readonly hour: Cell } {
  if (instant === undefined) return { date: null, hour: null };
  const ms = floorDiv(instant, HOUR_US) * 3_600_000n;
  if (ms < -LAST_MS || ms > LAST_MS) return { date: null, hour: null };
  const date = new Date(Number(ms));
  const year = date.getUTCFullYear();
  if (year < 0 || year > 9999) return { date: null, hour: null };
  return { date: year * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate(), hour: date.getUTCHours() };
}
