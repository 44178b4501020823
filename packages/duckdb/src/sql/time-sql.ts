import {
  DAY_US,
  EngineFailedError,
  floorDiv,
  formatTimeColumn,
  HOUR_US,
  hull,
  type Interval,
  type IntervalSet,
  type TimeColumn,
} from '@psyberg/core';
import type { NestedField, Schema } from '@psyberg/iceberg';
import { quoteName } from './quote.ts';

/**
 * A table's time as SQL.
 *
 * Infinite timestamps, dates that do not exist and values too large for an instant have no place on the axis and count as NULL.
 */
export interface TimeSql {
  /** BIGINT expression: start of the value in microseconds since the epoch; NULL where there is none. */
  readonly startUs: string;
  /** Boolean expression, true for rows whose time starts within; NULL or false for the others. Written so that row groups are skipped. */
  within(set: IntervalSet): string;
}

/** More ranges than this are looked up in a set instead of being compared one by one. */
const RANGES_COMPARED_MAX = 24;
const BUCKETS_MAX = 200_000n;
/** DuckDB's own least and greatest finite timestamps. */
const LEAST_US = -9_223_372_022_400_000_000n;
const GREATEST_US = 9_223_372_036_854_775_806n;
const EPOCH_UNIT_US = { s: 1_000_000n, ms: 1_000n, us: 1n } as const;

/** @throws {EngineFailedError} the schema lacks the column, or its type cannot be a time */
export function timeSql(time: TimeColumn, schema: Schema): TimeSql {
  switch (time.kind) {
    case 'column':
      return columnTime(time, schema);
    case 'epoch':
      return epochTime(time, schema);
    case 'date-hour':
      return dateHourTime(time, schema);
  }
}

/** BIGINT expression: start of the interval of `lengthUs` that holds `us`. */
export const floorSql = (us: string, lengthUs: bigint): string =>
  `(${us} - ((${us} % ${lengthUs}) + ${lengthUs}) % ${lengthUs})`;

function columnTime(time: Extract<TimeColumn, { kind: 'column' }>, schema: Schema): TimeSql {
  const field = timeField(time.column, time, schema);
  const column = quoteName(field.name);
  switch (field.type.kind) {
    case 'timestamp':
      return native(`epoch_us(${column})`, column, (us) => `make_timestamp(${clampUs(us)})`);
    case 'timestamptz':
      return native(`epoch_us(${column})`, column, (us) => `make_timestamptz(${clampUs(us)})`);
    case 'timestamp_ns':
      // epoch_us() rounds nanoseconds to the nearest microsecond; an instant is the floor.
      return native(
        `(${floorSql(`epoch_ns(${column})`, 1000n)} // 1000)`,
        column,
        (us) => `make_timestamp_ns(${clampNs(us)})`,
      );
    case 'date':
      return native(`epoch_us(${column})`, column, (us) => `(DATE '1970-01-01' + ${ceilDiv(us, DAY_US)})`);
    default:
      throw notATime(field, time);
  }
}

function epochTime(time: Extract<TimeColumn, { kind: 'epoch' }>, schema: Schema): TimeSql {
  const field = timeField(time.column, time, schema);
  if (field.type.kind !== 'int' && field.type.kind !== 'long') throw notATime(field, time);
  const column = quoteName(field.name);
  const unitUs = EPOCH_UNIT_US[time.unit];
  const startUs =
    unitUs === 1n ? `CAST(${column} AS BIGINT)` : `TRY_CAST(CAST(${column} AS HUGEINT) * ${unitUs} AS BIGINT)`;
  return native(startUs, column, (us) => `CAST(${clampUs(ceilDiv(us, unitUs))} AS BIGINT)`);
}

function dateHourTime(time: Extract<TimeColumn, { kind: 'date-hour' }>, schema: Schema): TimeSql {
  const dateField = timeField(time.dateColumn, time, schema);
  const hourField = timeField(time.hourColumn, time, schema);
  const date = quoteName(dateField.name);
  const hour = `TRY_CAST(${quoteName(hourField.name)} AS BIGINT)`;
  const day =
    dateField.type.kind === 'date'
      ? `CAST(${date} AS TIMESTAMP)`
      : `try_strptime(replace(CAST(${date} AS VARCHAR), '-', ''), '%Y%m%d')`;
  const startUs = `CASE WHEN ${hour} BETWEEN 0 AND 23 THEN epoch_us(${day}) + ${hour} * ${HOUR_US} END`;
  const isNumber = dateField.type.kind === 'int' || dateField.type.kind === 'long';
  return {
    startUs,
    within: (set) => {
      const whole = hull(set);
      if (whole === undefined) return 'false';
      const exact = ranges(startUs, set, (us) => `${us}`, startUs);
      if (!isNumber) return exact;
      return `(${date} BETWEEN ${yyyymmdd(whole.start)} AND ${yyyymmdd(whole.end - 1n)} AND ${exact})`;
    },
  };
}

function native(startUs: string, column: string, literal: (us: bigint) => string): TimeSql {
  return { startUs, within: (set) => ranges(column, set, literal, startUs) };
}

function ranges(column: string, set: IntervalSet, literal: (us: bigint) => string, startUs: string): string {
  const whole = hull(set);
  if (whole === undefined) return 'false';
  const range = (interval: Interval): string =>
    `(${column} >= ${literal(interval.start)} AND ${column} < ${literal(interval.end)})`;
  if (set.length === 1) return range(whole);
  const buckets = set.length > RANGES_COMPARED_MAX ? bucketsOf(set) : undefined;
  if (buckets === undefined) return `(${range(whole)} AND (${set.map(range).join(' OR ')}))`;
  return `(${range(whole)} AND ${floorSql(startUs, buckets.lengthUs)} IN (SELECT unnest([${buckets.starts.join(',')}]::BIGINT[])))`;
}

/** The set as equally long, aligned pieces; undefined when they are too many. */
function bucketsOf(set: IntervalSet): { readonly lengthUs: bigint; readonly starts: readonly bigint[] } | undefined {
  const lengthUs = set.reduce((divisor, { start, end }) => gcd(gcd(divisor, start), end), 0n);
  if (lengthUs === 0n) return undefined;
  const count = set.reduce((sum, { start, end }) => sum + (end - start) / lengthUs, 0n);
  if (count > BUCKETS_MAX) return undefined;
  const starts: bigint[] = [];
  for (const { start, end } of set) for (let at: bigint = start; at < end; at += lengthUs) starts.push(at);
  return { lengthUs, starts };
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

const ceilDiv = (value: bigint, divisor: bigint): bigint => -floorDiv(-value, divisor);

const clampUs = (us: bigint): bigint => (us < LEAST_US ? LEAST_US : us > GREATEST_US ? GREATEST_US : us);

const clampNs = (us: bigint): bigint => clampUs(us * 1000n);

/** Years 0 to 9999 only; beyond them the number of that end, which is as good for a hull. */
function yyyymmdd(us: bigint): string {
  const days = Math.min(Math.max(Number(floorDiv(us, DAY_US)), -719_528), 2_932_896);
  const date = new Date(days * 86_400_000);
  const year = date.getUTCFullYear();
  return `${year * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate()}`;
}

function timeField(name: string, time: TimeColumn, schema: Schema): NestedField {
  const field = schema.fields.find((candidate) => candidate.name === name);
  if (field !== undefined) return field;
  throw new EngineFailedError(
    `The time column ${name} (of ${formatTimeColumn(time)}) is not among the columns ${schema.fields.map((f) => f.name).join(', ')}. ` +
      'Nothing was read. Name an existing top-level column as time.',
  );
}

function notATime(field: NestedField, time: TimeColumn): EngineFailedError {
  return new EngineFailedError(
    `Column ${field.name} of type ${field.type.kind} cannot be the time ${formatTimeColumn(time)}. Nothing was read. ` +
      'A time is a timestamp or date column, an integer with a unit, or a date and hour pair.',
  );
}
