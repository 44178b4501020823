import type { Brand } from '@psyberg/iceberg';

/** A point in time: microseconds since 1970-01-01T00:00Z. */
export type Instant = Brand<bigint, 'Instant'>;

/** A length of time in microseconds. */
export type DurationUs = bigint;

export const SECOND_US: DurationUs = 1_000_000n;
export const MINUTE_US: DurationUs = 60n * SECOND_US;
export const HOUR_US: DurationUs = 60n * MINUTE_US;
export const DAY_US: DurationUs = 24n * HOUR_US;

/** Before everything that a 64-bit count of microseconds can hold. */
export const BEGINNING_OF_TIME: Instant = -(2n ** 63n) as Instant;
/** After every value of a time column. */
export const END_OF_TIME: Instant = (2n ** 63n - 1n) as Instant;

export const toInstant = (us: bigint): Instant => us as Instant;
export const instantFromMs = (ms: number): Instant => (BigInt(Math.trunc(ms)) * 1000n) as Instant;
export const plus = (instant: Instant, us: DurationUs): Instant => (instant + us) as Instant;
export const earliest = (a: Instant, b: Instant): Instant => (a < b ? a : b);
export const latest = (a: Instant, b: Instant): Instant => (a > b ? a : b);
export const compareInstants = (a: Instant, b: Instant): number => (a < b ? -1 : a > b ? 1 : 0);

/** Division that rounds toward minus infinity; BigInt's own rounds toward zero, which is wrong before 1970. */
export function floorDiv(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

// The Gregorian calendar repeats itself after 400 years. Moving an instant by whole cycles into the years that `Date` knows lets
// every 64-bit value be written, also the nonsense that a broken file may hold.
const CYCLE_MS = 146_097n * 86_400_000n;

/** `2023-09-14T02:00:00Z`; a fraction of 3 or 6 digits only where there is one. Years beyond 0 to 9999 as ISO has them: `+012023-…`. */
export function formatInstant(instant: Instant): string {
  const ms = floorDiv(instant, 1000n);
  const us = instant - ms * 1000n;
  const cycles = floorDiv(ms, CYCLE_MS);
  const inCycle = new Date(Number(ms - cycles * CYCLE_MS));
  const year = inCycle.getUTCFullYear() + Number(cycles) * 400;
  const iso = `${formatYear(year)}${inCycle.toISOString().slice(4)}`;
  if (us !== 0n) return `${iso.slice(0, -1)}${us.toString().padStart(3, '0')}Z`;
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso;
}

function formatYear(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0');
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`;
}

/** `2023-09-14 02:00`, with seconds only where there are some. For people. */
export function formatInstantShort(instant: Instant): string {
  const iso = formatInstant(instant).replace('T', ' ').replace('Z', '');
  return iso.endsWith(':00') ? iso.slice(0, -3) : iso;
}

const ISO =
  /^(\d{4}|[+-]\d{6})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|([+-])(\d{2}):?(\d{2}))?$/;

/**
 * Reads an ISO instant; without a zone it is UTC, without a time it is midnight. Digits beyond microseconds are cut.
 * Returns undefined for anything else, days that no calendar has included.
 */
export function parseInstant(text: string): Instant | undefined {
  const match = ISO.exec(text.trim());
  if (!match) return undefined;
  const numberAt = (group: number): number => Number(match[group] ?? 0);
  const [year, month, day] = [numberAt(1), numberAt(2), numberAt(3)];
  const [hour, minute, second] = [numberAt(4), numberAt(5), numberAt(6)];
  const [zoneHour, zoneMinute] = [numberAt(10), numberAt(11)];
  if (hour > 23 || minute > 59 || second > 59 || zoneHour > 23 || zoneMinute > 59) return undefined;
  const cycles = Math.floor((year - 2000) / 400);
  const date = new Date(Date.UTC(year - cycles * 400, month - 1, day, hour, minute, second));
  // `Date` turns 30 February into 2 March; a typo must not become another day.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const zone = BigInt(zoneHour * 60 + zoneMinute) * MINUTE_US * (match[9] === '-' ? -1n : 1n);
  const ms = BigInt(date.getTime()) + BigInt(cycles) * CYCLE_MS;
  return toInstant(ms * 1000n + BigInt((match[7] ?? '').slice(0, 6).padEnd(6, '0')) - zone);
}
