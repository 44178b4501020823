import {
  type DataFile,
  decodeSingleValue,
  fieldByName,
  isPrimitive,
  type NestedField,
  type PartitionSpec,
  type Schema,
  type Value,
} from '@psyberg/iceberg';
import type { TimeColumn } from '../process/time-column.ts';
import { DAY_US, floorDiv, HOUR_US, type Instant, toInstant } from '../time/instant.ts';
import type { Interval } from '../time/interval-set.ts';

/**
 * Where a data file's rows lie on a time axis, as far as its metadata tells.
 *
 * - `span`: all rows with a time lie in it; `end` is the end of the latest value's own span (an instant, an hour, a day)
 * - `empty`: no row has a time
 * - `unknown`: neither bounds nor partition tell; only a look at the data will
 */
export type FileSpan =
  | {
      readonly kind: 'span';
      readonly span: Interval;
      readonly nullRows: number | undefined;
      /** The span begins and ends with values that are there; otherwise it is only known to hold them all. */
      readonly tight: boolean;
    }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unknown' };

/** Microseconds in one unit of an integer time column. */
export const EPOCH_UNIT_US = { s: 1_000_000n, ms: 1_000n, us: 1n } as const;

/** Pure; reads bounds first, the partition tuple where they are missing. */
export function fileSpan(schema: Schema, spec: PartitionSpec, time: TimeColumn, file: DataFile): FileSpan {
  if (file.recordCount === 0) return { kind: 'empty' };
  return time.kind === 'date-hour'
    ? dateHourSpan(schema, time.dateColumn, time.hourColumn, spec, file)
    : columnSpan(schema, time, spec, file);
}

function columnSpan(
  schema: Schema,
  time: Exclude<TimeColumn, { kind: 'date-hour' }>,
  spec: PartitionSpec,
  file: DataFile,
): FileSpan {
  const field = fieldByName(schema, time.column);
  // A file older than the column has no value for it.
  if (field === undefined) return { kind: 'unknown' };
  const nullRows = file.nullValueCounts?.get(field.id);
  if (nullRows === file.recordCount) return { kind: 'empty' };
  const bounds = boundsOf(field, file);
  const toSpan = (value: Value): Interval | undefined => valueSpan(field, time, value);
  const low = bounds && toSpan(bounds.lower);
  const high = bounds && toSpan(bounds.upper);
  if (low && high) return { kind: 'span', span: { start: low.start, end: high.end }, nullRows, tight: true };
  const partition = partitionSpan(field, time, spec, file);
  return partition ? { kind: 'span', span: partition, nullRows, tight: false } : { kind: 'unknown' };
}

/** The instants that one value of the time column stands for: a microsecond, or a whole day for a date. */
function valueSpan(
  field: NestedField,
  time: Exclude<TimeColumn, { kind: 'date-hour' }>,
  value: Value,
): Interval | undefined {
  if (time.kind === 'epoch') {
    if (typeof value !== 'bigint' && typeof value !== 'number') return undefined;
    const start = BigInt(value) * EPOCH_UNIT_US[time.unit];
    return { start: toInstant(start), end: toInstant(start + EPOCH_UNIT_US[time.unit]) };
  }
  switch (field.type.kind) {
    case 'timestamp':
    case 'timestamptz':
      return { start: toInstant(value as bigint), end: toInstant((value as bigint) + 1n) };
    case 'timestamp_ns':
    case 'timestamptz_ns': {
      const us = floorDiv(value as bigint, 1000n);
      return { start: toInstant(us), end: toInstant(us + 1n) };
    }
    case 'date': {
      const start = BigInt(value as number) * DAY_US;
      return { start: toInstant(start), end: toInstant(start + DAY_US) };
    }
    default:
      return undefined;
  }
}

function boundsOf(field: NestedField, file: DataFile): { lower: Value; upper: Value } | undefined {
  const lower = file.lowerBounds?.get(field.id);
  const upper = file.upperBounds?.get(field.id);
  if (lower === undefined || upper === undefined || !isPrimitive(field.type)) return undefined;
  return { lower: decodeSingleValue(field.type, lower), upper: decodeSingleValue(field.type, upper) };
}

function partitionSpan(
  field: NestedField,
  time: Exclude<TimeColumn, { kind: 'date-hour' }>,
  spec: PartitionSpec,
  file: DataFile,
): Interval | undefined {
  for (const [position, partitionField] of spec.fields.entries()) {
    const value = file.partition[position];
    if (partitionField.sourceId !== field.id || value === null || value === undefined) continue;
    const transform = partitionField.transform;
    if (transform.kind === 'identity') return valueSpan(field, time, value);
    if (time.kind !== 'column' || typeof value !== 'number') continue;
    switch (transform.kind) {
      case 'hour':
        return { start: toInstant(BigInt(value) * HOUR_US), end: toInstant(BigInt(value + 1) * HOUR_US) };
      case 'day':
        return { start: toInstant(BigInt(value) * DAY_US), end: toInstant(BigInt(value + 1) * DAY_US) };
      case 'month':
        return { start: monthStart(value), end: monthStart(value + 1) };
      case 'year':
        return { start: monthStart(value * 12), end: monthStart((value + 1) * 12) };
      default:
    }
  }
  return undefined;
}

const monthStart = (months: number): Instant => toInstant(BigInt(Date.UTC(1970, months)) * 1000n);

/** The instant at which `20230914` begins; undefined when the number is no date. */
function dateNumberStart(date: number): Instant | undefined {
  const year = Math.floor(date / 10_000);
  const month = Math.floor(date / 100) % 100;
  const ms = Date.UTC(year, month - 1, date % 100);
  const back = new Date(ms);
  const valid = back.getUTCFullYear() === year && back.getUTCMonth() === month - 1 && back.getUTCDate() === date % 100;
  return valid ? toInstant(BigInt(ms) * 1000n) : undefined;
}

/** Bounds of two columns say little about pairs: only where all rows are of one date do the hours narrow the span. */
function dateHourSpan(
  schema: Schema,
  dateColumn: string,
  hourColumn: string,
  spec: PartitionSpec,
  file: DataFile,
): FileSpan {
  const dateField = fieldByName(schema, dateColumn);
  const hourField = fieldByName(schema, hourColumn);
  if (dateField === undefined || hourField === undefined) return { kind: 'unknown' };
  const nullDates = file.nullValueCounts?.get(dateField.id);
  const nullHours = file.nullValueCounts?.get(hourField.id);
  if (nullDates === file.recordCount || nullHours === file.recordCount) return { kind: 'empty' };
  const dates = boundsOf(dateField, file) ?? identityPartition(dateField, spec, file);
  if (dates === undefined) return { kind: 'unknown' };
  const low = dateNumberStart(Number(dates.lower));
  const high = dateNumberStart(Number(dates.upper));
  if (low === undefined || high === undefined) return { kind: 'unknown' };
  const nullRows = nullDates === undefined || nullHours === undefined ? undefined : nullDates + nullHours;
  const hours = boundsOf(hourField, file) ?? identityPartition(hourField, spec, file);
  if (low === high && hours !== undefined) {
    const start = toInstant(low + BigInt(Number(hours.lower)) * HOUR_US);
    const end = toInstant(low + BigInt(Number(hours.upper) + 1) * HOUR_US);
    return { kind: 'span', span: { start, end }, nullRows, tight: true };
  }
  return { kind: 'span', span: { start: low, end: toInstant(high + DAY_US) }, nullRows, tight: false };
}

function identityPartition(
  field: NestedField,
  spec: PartitionSpec,
  file: DataFile,
): { lower: Value; upper: Value } | undefined {
  const position = spec.fields.findIndex((f) => f.sourceId === field.id && f.transform.kind === 'identity');
  const value = position < 0 ? null : file.partition[position];
  return value === null || value === undefined ? undefined : { lower: value, upper: value };
}
