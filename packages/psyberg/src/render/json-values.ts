import {
  type DurationUs,
  formatDuration,
  formatInstant,
  type Instant,
  type Interval,
  instantFromMs,
} from '@psyberg/core';

/** What a document is made of; nothing in it can lose digits. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** An id or sequence number: text, since JSON readers round 63-bit numbers. */
export const jsonId = (id: bigint | undefined): string | null => (id === undefined ? null : id.toString());
/** ISO, UTC. */
export const jsonInstant = (instant: Instant | undefined): string | null =>
  instant === undefined ? null : formatInstant(instant);
export const jsonTimeMs = (ms: number | undefined): string | null =>
  ms === undefined ? null : formatInstant(instantFromMs(ms));
/** ISO 8601. */
export const jsonDuration = (us: DurationUs | undefined): string | null =>
  us === undefined ? null : formatDuration(us);
export const jsonDurationMs = (ms: number): string => formatDuration(BigInt(Math.round(ms)) * 1000n);

/** Half-open. */
export function jsonInterval(interval: Interval | undefined): JsonObject | null {
  return interval === undefined ? null : { start: jsonInstant(interval.start), end: jsonInstant(interval.end) };
}

export const jsonIntervals = (intervals: readonly Interval[]): JsonValue => intervals.map(jsonInterval);

/** Any value as JSON: bigints and bytes as text, what JSON has no word for as null. */
export function toJson(value: unknown): JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : objectToJson(value);
    default:
      return null;
  }
}

function objectToJson(value: object): JsonValue {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return [...value].map(([key, entry]) => [toJson(key), toJson(entry)]);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .map(([key, entry]) => [key, toJson(entry)]),
  );
}
