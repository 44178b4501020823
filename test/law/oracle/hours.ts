import type { Grain } from '../history.ts';

/** The little arithmetic of intervals that the oracle needs, on minutes. */
export const lengthOf = (grain: Grain): number => ({ '15m': 15, hour: 60, day: 1440 })[grain];

export const floorTo = (length: number, minute: number): number => Math.floor(minute / length) * length;
export const ceilTo = (length: number, minute: number): number => Math.ceil(minute / length) * length;

/** How long an instant lasts: less than anything else here, but not nothing, as its span ends after it. Exact beside whole minutes. */
export const MOMENT = 2 ** -20;

/** When rows land while a history is told: so late that nothing else lies there. */
export const LANDED = 10 * 366 * 1440;

/** A piece of the time axis that something changed in: [start, end). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Starts of all intervals in [start, end), both aligned. */
export function slotsBetween(length: number, start: number, end: number): number[] {
  const slots: number[] = [];
  for (let slot = start; slot < end; slot += length) slots.push(slot);
  return slots;
}

/** Starts of the target intervals [a, a + length) that a change in `span` touches: those that begin before end + before and end after start - after. */
export function touchedSlots(length: number, span: Span, before: number, after: number): number[] {
  return slotsBetween(length, floorTo(length, span.start - after), span.end + before);
}

/** Undefined when there is none. */
export function leastOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

export function greatestOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
