import { InvalidArgumentError } from '../errors.ts';
import { formatType } from './parse-type.ts';
import type { PrimitiveType, Value } from './types.ts';
import { bytesFromUuid } from './value-bytes.ts';

const INT_MIN = -0x80000000;
const INT_MAX = 0x7fffffff;

/** Whether the value is held as values of this type are, and in its range. */
export function isValueOf(type: PrimitiveType, value: unknown): value is Value {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
    case 'date':
      return Number.isInteger(value) && (value as number) >= INT_MIN && (value as number) <= INT_MAX;
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value;
    case 'decimal':
      return typeof value === 'bigint' && (value < 0n ? -value : value) < 10n ** BigInt(type.precision);
    case 'string':
      return typeof value === 'string';
    case 'uuid':
      return typeof value === 'string' && bytesFromUuid(value) !== undefined;
    case 'fixed':
      return value instanceof Uint8Array && value.length === type.length;
    case 'binary':
      return value instanceof Uint8Array;
    case 'unsupported':
      return false;
  }
}

/** @throws {InvalidArgumentError} names `what`, the value and the type */
export function assertValueOf(type: PrimitiveType, value: unknown, what: string): asserts value is Value {
  if (isValueOf(type, value)) return;
  throw new InvalidArgumentError(
    `${what}: ${describeValue(value)} is not a value of type ${formatType(type)}. Nothing was done. ` +
      'Longs, times, timestamps and unscaled decimals are bigint; dates are days since 1970-01-01.',
  );
}

/** Short text of a value for messages. */
export function describeValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}
