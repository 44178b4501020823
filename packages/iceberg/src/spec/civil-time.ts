/** A date of the proleptic Gregorian calendar; month and day count from 1. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const DAYS_PER_ERA = 146_097;
const DAYS_BEFORE_EPOCH = 719_468;
const US_PER_DAY = 86_400_000_000n;

/**
 * The date so many days after 1970-01-01. Exact for every 32-bit number of days, which `Date` is not.
 * Years are counted from March here, so that the leap day is the last one of its year.
 */
export function civilFromDays(days: number): CivilDate {
  const shifted = days + DAYS_BEFORE_EPOCH;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** The inverse of {@link civilFromDays}. */
export function daysFromCivil({ year, month, day }: CivilDate): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - DAYS_BEFORE_EPOCH;
}

/** Division that rounds down, also below zero. */
export function floorDiv(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value % divisor < 0n ? quotient - 1n : quotient;
}

/** `2026-01-05`; years outside 0 to 9999 as Java prints them (`+10000`, `-0001`). */
export function formatDate(days: number): string {
  const { year, month, day } = civilFromDays(days);
  return `${formatYear(year)}-${pad(month, 2)}-${pad(day, 2)}`;
}

export function formatYear(year: number): string {
  if (year < 0) return `-${pad(-year, 4)}`;
  return year > 9999 ? `+${year}` : pad(year, 4);
}

/** `07:00:00.000001`. Exactly `digits` digits of the second, or as many as are needed when absent. */
export function formatTime(timeUs: bigint, digits?: number): string {
  return formatClock(timeUs, 6, digits);
}

/** `2026-01-05T07:00:00.000001`, in UTC and without a zone. */
export function formatTimestamp(timestampUs: bigint, digits?: number): string {
  const days = floorDiv(timestampUs, US_PER_DAY);
  return `${formatDate(Number(days))}T${formatClock(timestampUs - days * US_PER_DAY, 6, digits)}`;
}

/** As {@link formatTimestamp}, from nanoseconds. */
export function formatTimestampNs(timestampNs: bigint, digits?: number): string {
  const days = floorDiv(timestampNs, US_PER_DAY * 1000n);
  return `${formatDate(Number(days))}T${formatClock(timestampNs - days * US_PER_DAY * 1000n, 9, digits)}`;
}

function formatClock(timeOfDay: bigint, unitDigits: number, digits: number | undefined): string {
  const unitsPerSecond = 10n ** BigInt(unitDigits);
  const seconds = Number(timeOfDay / unitsPerSecond);
  const fraction = pad(Number(timeOfDay % unitsPerSecond), unitDigits);
  const shown = digits === undefined ? fraction.replace(/0+$/, '') : fraction.slice(0, digits);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return clock.map((part) => pad(part, 2)).join(':') + (shown === '' ? '' : `.${shown}`);
}

const pad = (value: number, length: number): string => String(value).padStart(length, '0');
