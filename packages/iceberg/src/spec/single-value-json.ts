import { InvalidArgumentError } from '../errors.ts';
import { formatDate, formatTime, formatTimestamp, formatTimestampNs } from './civil-time.ts';
import { parseDate, parseTimeNs, parseTimestampNs } from './parse-time.ts';
import { formatType } from './parse-type.ts';
import type { PrimitiveType, Value } from './types.ts';
import { bytesFromHex, hexFromBytes } from './value-bytes.ts';
import { assertValueOf, describeValue, isValueOf } from './value-check.ts';

/**
 * A single value as JSON; longs beyond 2^53 as bigint, which this library's JSON printer knows.
 *
 * @throws {InvalidArgumentError} the value is not of the type
 * @see Iceberg spec, "Appendix D: Single-value serialization", "JSON single-value serialization"
 */
export function singleValueToJson(type: PrimitiveType, value: Value): unknown {
  assertValueOf(type, value, 'A single value');
  switch (type.kind) {
    case 'long':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case 'date':
      return formatDate(value as number);
    case 'time':
      return formatTime(value as bigint, 6);
    case 'timestamp':
      return formatTimestamp(value as bigint, 6);
    case 'timestamptz':
      return `${formatTimestamp(value as bigint, 6)}+00:00`;
    case 'timestamp_ns':
      return formatTimestampNs(value as bigint, 9);
    case 'timestamptz_ns':
      return `${formatTimestampNs(value as bigint, 9)}+00:00`;
    case 'decimal':
      return formatDecimal(value as bigint, type.scale);
    case 'uuid':
      return (value as string).toLowerCase();
    case 'fixed':
    case 'binary':
      return hexFromBytes(value as Uint8Array);
    default:
      return value;
  }
}

/** The inverse of {@link singleValueToJson}. @throws {InvalidArgumentError} not the JSON of such a value */
export function singleValueFromJson(type: PrimitiveType, json: unknown): Value {
  const value = typeof json === 'string' ? valueFromText(type, json) : valueFromScalar(type, json);
  if (value !== undefined && isValueOf(type, value)) return value;
  throw new InvalidArgumentError(
    `${describeValue(json)} does not spell a value of type ${formatType(type)}. Nothing was done. ` +
      'Dates are "2026-01-05", timestamps "2026-01-05T07:00:00.000000" (with "+00:00" for timestamptz), decimals "14.20", binaries hex.',
  );
}

/** `14.20`, with exactly `scale` digits after the point. */
export function formatDecimal(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return (unscaled < 0n ? '-' : '') + (scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`);
}

function valueFromText(type: PrimitiveType, text: string): Value | undefined {
  switch (type.kind) {
    case 'string':
      return text;
    case 'uuid':
      return text.toLowerCase();
    case 'date':
      return parseDate(text);
    case 'time':
      return toMicros(parseTimeNs(text));
    case 'timestamp':
      return toMicros(parseTimestampNs(text));
    case 'timestamptz':
      return toMicros(parseTimestampNs(withoutUtc(text)));
    case 'timestamp_ns':
      return parseTimestampNs(text);
    case 'timestamptz_ns':
      return parseTimestampNs(withoutUtc(text));
    case 'decimal':
      return parseDecimal(text, type.scale);
    case 'fixed':
    case 'binary':
      return bytesFromHex(text);
    default:
      return undefined;
  }
}

function valueFromScalar(type: PrimitiveType, json: unknown): Value | undefined {
  if (type.kind === 'long' && Number.isSafeInteger(json)) return BigInt(json as number);
  const plain = ['boolean', 'int', 'long', 'float', 'double'].includes(type.kind);
  return plain && isValueOf(type, json) ? json : undefined;
}

/** undefined when digits below a microsecond would be lost. */
function toMicros(ns: bigint | undefined): bigint | undefined {
  return ns === undefined || ns % 1000n !== 0n ? undefined : ns / 1000n;
}

/** Only UTC is a legal zone; anything else is left in place and then fails to parse. */
const withoutUtc = (text: string): string => (/(\+00:00|Z)$/.test(text) ? text.replace(/(\+00:00|Z)$/, '') : 'no zone');

function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d*))?$/.exec(text);
  const fraction = match?.[3] ?? '';
  if (match === null || fraction.length > scale) return undefined;
  const unscaled = BigInt(match[2] + fraction.padEnd(scale, '0'));
  return match[1] === '-' ? -unscaled : unscaled;
}
