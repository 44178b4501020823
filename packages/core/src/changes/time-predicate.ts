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
  if (type === 'timestamp_ns' || type === 'timestamptz_ns') return [interval.start * 1000n, interval.end * 1000n];
  return [interval.start, interval.end];
}

function dateValue(schema: Schema, column: string, instant: Instant): Value {
  const date = new Date(Number(floorDiv(instant, 1000n)));
  const number = date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
  return fieldByName(schema, column)?.type.kind === 'long' ? BigInt(number) : number;
}
