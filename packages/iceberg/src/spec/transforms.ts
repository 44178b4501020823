import { truncateString } from './bound-truncation.ts';
import { bucketHash } from './bucket-hash.ts';
import { civilFromDays, floorDiv } from './civil-time.ts';
import type { Transform } from './partition-spec.ts';
import { refuseTransform, resultType } from './result-type.ts';
import type { NullableValue, PrimitiveType, Value } from './types.ts';

const US_PER_HOUR = 3_600_000_000n;

/**
 * The partition value of a column value; null for null. Times round down, also before 1970, and are taken in UTC.
 *
 * @throws {InvalidArgumentError} the transform does not take this type, or is not known
 */
export function applyTransform(transform: Transform, sourceType: PrimitiveType, value: NullableValue): NullableValue {
  resultType(transform, sourceType);
  if (transform.kind === 'unknown') return refuseTransform(transform, sourceType);
  if (value === null || transform.kind === 'void') return null;
  switch (transform.kind) {
    case 'identity':
      return value;
    case 'bucket':
      return (bucketHash(sourceType, value) & 0x7fffffff) % transform.count;
    case 'truncate':
      return truncate(transform.width, sourceType, value);
    case 'hour':
      return Number(floorDiv(toMicros(sourceType, value), US_PER_HOUR));
    case 'day':
      return toDays(sourceType, value);
    case 'month': {
      const { year, month } = civilFromDays(toDays(sourceType, value));
      return (year - 1970) * 12 + month - 1;
    }
    case 'year':
      return civilFromDays(toDays(sourceType, value)).year - 1970;
  }
}

/** Integers wrap at the end of their range, as Java's do: the result is what other writers put into the same place. */
function truncate(width: number, type: PrimitiveType, value: Value): Value {
  if (typeof value === 'number') return (value - (((value % width) + width) % width)) | 0;
  if (typeof value === 'bigint') {
    const step = BigInt(width);
    const truncated = value - (((value % step) + step) % step);
    return type.kind === 'long' ? BigInt.asIntN(64, truncated) : truncated;
  }
  return typeof value === 'string' ? truncateString(value, width) : (value as Uint8Array).slice(0, width);
}

function toDays(type: PrimitiveType, value: Value): number {
  return type.kind === 'date' ? (value as number) : Number(floorDiv(toMicros(type, value), 24n * US_PER_HOUR));
}

function toMicros(type: PrimitiveType, value: Value): bigint {
  const nanos = type.kind === 'timestamp_ns' || type.kind === 'timestamptz_ns';
  return nanos ? floorDiv(value as bigint, 1000n) : (value as bigint);
}
