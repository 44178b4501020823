import {
  floorDiv,
  formatDurationLong,
  formatInstantShort,
  type Instant,
  type Interval,
  SECOND_US,
  toInstant,
} from '@psyberg/core';

/** `1,234` */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `1 file`, `1,234 rows` */
export const counted = (count: number, noun: string): string =>
  `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `12.4 kB`, decimal units. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** `40 ms`, `1.2 s`, `2 min 5 s` */
export function formatElapsed(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `2023-09-14 02:00 → 07:00 (5 hours)`; the day is said again only when it is another one. Half-open, UTC. */
export function formatSpan(interval: Interval): string {
  return `${formatBounds(interval)} (${formatDurationLong(interval.end - interval.start)})`;
}

/** The same without the length. */
export function formatBounds(interval: Interval): string {
  const start = formatInstantShort(interval.start);
  const end = formatInstantShort(interval.end);
  const sameDay = start.slice(0, 10) === end.slice(0, 10);
  return `${start} → ${sameDay ? end.slice(11) : end}`;
}

/** To the second: "seen until" lies one microsecond behind the last value, which nobody wants to read. */
export function formatWhen(instant: Instant | undefined): string {
  return instant === undefined ? '-' : formatInstantShort(toInstant(floorDiv(instant, SECOND_US) * SECOND_US));
}

/** `signups, cancels and refunds` */
export function listed(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}
