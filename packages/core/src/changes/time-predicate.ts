import {
  alwaysTrue,
  and,
  fieldByName,
  greaterThanOrEqual,
  lessThan,
  lessThanOrEqual,
  type Predicate,
  type Schema,
  type Value,
} from '@psyberg/iceberg';
import type { TimeColumn } from '../process/time-column.ts';
import { DAY_US, floorDiv, type Instant } from '../time/instant.ts';
import type { Interval } from '../time/interval-set.ts';
import { EPOCH_UNIT_US } from './time-span.ts';

/**
 * A predicate that every row whose time starts within [start, end) satisfies; it may let more rows through. For pruning files.
 */
export function timePredicate(schema: Schema, time: TimeColumn, interval: Interval): Predicate {
  if (time.kind === 'date-hour') {
    return and(
      greaterThanOrEqual(time.dateColumn, dateValue(schema, time.dateColumn, interval.start)),
      lessThanOrEqual(time.dateColumn, dateValue(schema, time.dateColumn, interval.end)),
    );
  }
  const type = fieldByName(schema, time.column)?.type.kind;
  if (type === undefined) return alwaysTrue;
  const [start, end] = literals(type, time, interval);
  return and(greaterThanOrEqual(time.column, start), lessThan(time.column, end));
}

function literals(type: string, time: Exclude<TimeColumn, { kind: 'date-hour' }>, interval: Interval): [Value, Value] {
  const ceil = (value: bigint, unit: bigint): bigint => -floorDiv(-value, unit);
  if (time.kind === 'epoch') {
    const unit = EPOCH_UNIT_US[time.unit];
    const pair: [bigint, bigint] = [floorDiv(interval.start, unit), ceil(interval.end, unit)];
    return type === 'int' ? [Number(pair[0]), Number(pair[1])] : pair;
  }
  if (type === 'date') return [Number(floorDiv(interval.start, DAY_US)), Number(ceil(interval.end, DAY_US))];
  if (type === 'timestamp_ns' || type === 'timestamptz_ns') return [inNanos(interval.start), inNanos(interval.end)];
  return [interval.start, interval.end];
}

/** The ends of time lie beyond what 64 bits can count in nanoseconds. */
function inNanos(instant: Instant): bigint {
  const nanos = instant * 1000n;
  const most = 2n ** 63n - 1n;
  return nanos > most ? most : nanos < -most ? -most : nanos;
}

/** The years that a date written as 20230914 can have. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_MS = Date.parse('9999-12-31T00:00:00Z');

function dateValue(schema: Schema, column: string, instant: Instant): Value {
  const ms = Number(floorDiv(instant, 1000n));
  const date = new Date(Math.min(Math.max(ms, FIRST_MS), LAST_MS));
  const number = date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  return fieldByName(schema, column)?.type.kind === 'long' ? BigInt(number) : number;
}
