import type { Brand } from '@psyberg/iceberg';

/** A point in time: microseconds since 1970-01-01T00:00Z. */
export type Instant = Brand<bigint, 'Instant'>;

/** A length of time in microseconds. */
export type DurationUs = bigint;

export const SECOND_US: DurationUs = 1_000_000n;
export const MINUTE_US: DurationUs = 60n * SECOND_US;
export const HOUR_US: DurationUs = 60n * MINUTE_US;
export const DAY_US: DurationUs = 24n * HOUR_US;

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

/** `2023-09-14T02:00:00Z`; a fraction of 3 or 6 digits only where there is one. */
export function formatInstant(instant: Instant): string {
  const ms = floorDiv(instant, 1000n);
  const us = instant - ms * 1000n;
  const iso = new Date(Number(ms)).toISOString();
  if (us !== 0n) return `${iso.slice(0, -1)}${us.toString().padStart(3, '0')}Z`;
  return iso.endsWith('.000Z') ? `${iso.slice(0, -5)}Z` : iso;
}

/** `2023-09-14 02:00`, with seconds only where there are some. For people. */
export function formatInstantShort(instant: Instant): string {
  const iso = formatInstant(instant).replace('T', ' ').replace('Z', '');
  return iso.endsWith(':00') ? iso.slice(0, -3) : iso;
}

const ISO = /^(\d{4,6}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/;

/**
 * Reads an ISO instant; without a zone it is UTC, without a time it is midnight. Digits beyond microseconds are cut.
 * Returns undefined for anything else.
 */
export function parseInstant(text: string): Instant | undefined {
  const match = ISO.exec(text.trim());
  if (!match) return undefined;
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = match;
  const offset = zone === 'Z' ? 'Z' : zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const ms = Date.parse(`${date}T${minutes}:${seconds}.000${offset}`);
  return Number.isNaN(ms) ? undefined : toInstant(BigInt(ms) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0')));
}
