import type { Grain } from '../history.ts';

/** The little arithmetic of intervals that the oracle needs, on whole minutes. */
export const lengthOf = (grain: Grain): number => ({ '15m': 15, hour: 60, day: 1440 })[grain];

export const floorTo = (length: number, minute: number): number => Math.floor(minute / length) * length;
export const ceilTo = (length: number, minute: number): number => Math.ceil(minute / length) * length;

/** A piece of the time axis that something changed in. `end` is exclusive, but an instant is written as [t, t]. */
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
  const first = floorTo(length, span.start - after);
  const last = span.end + before;
  const slots = slotsBetween(length, first, last);
  return slots.length > 0 ? slots : [first];
}
