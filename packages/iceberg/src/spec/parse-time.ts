import { civilFromDays, daysFromCivil } from './civil-time.ts';

const DATE = /^([+-]?\d{4,10})-(\d\d)-(\d\d)$/;
const CLOCK = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const NS_PER_DAY = 86_400_000_000_000n;

/** Days since 1970-01-01 of an ISO date; undefined when it is none. */
export function parseDate(text: string): number | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const date = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  if (date.month < 1 || date.month > 12 || date.day < 1) return undefined;
  const days = daysFromCivil(date);
  // The 30th of February becomes a day of March, which is how it is caught.
  return civilFromDays(days).day === date.day ? days : undefined;
}

/** Nanoseconds since midnight of an ISO time; undefined when it is none. */
export function parseTimeNs(text: string): bigint | undefined {
  const match = CLOCK.exec(text);
  if (match === null) return undefined;
  const [hours, minutes, seconds] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const fraction = BigInt((match[4] ?? '').padEnd(9, '0'));
  return BigInt(hours * 3600 + minutes * 60 + seconds) * 1_000_000_000n + fraction;
}

/** Nanoseconds since the epoch of an ISO date and time without a zone; undefined when it is none. */
export function parseTimestampNs(text: string): bigint | undefined {
  const [date, clock, ...rest] = text.split('T');
  const days = parseDate(date ?? '');
  const timeNs = parseTimeNs(clock ?? '');
  if (days === undefined || timeNs === undefined || rest.length > 0) return undefined;
  return BigInt(days) * NS_PER_DAY + timeNs;
}
