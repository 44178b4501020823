import { DAY_US } from '@psyberg/core';
import type { PrimitiveType, Value } from '@psyberg/iceberg';

/**
 * A value from the text that DuckDB gives in its file statistics.
 *
 * Strict: undefined for anything not known to be exact, infinities included, so that a bound is left out rather than wrong.
 */
export function parseBoundText(text: string, type: PrimitiveType): Value | undefined {
  switch (type.kind) {
    case 'boolean':
      return text === '0' || text === 'false' ? false : text === '1' || text === 'true' ? true : undefined;
    case 'int':
      return /^-?\d+$/.test(text) ? Number(text) : undefined;
    case 'long':
      return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
    case 'float':
    case 'double':
      return parseFloating(text);
    case 'decimal':
      return parseDecimal(text, type.scale);
    case 'date': {
      const days = parseDate(text);
      return days === undefined ? undefined : Number(days);
    }
    case 'time':
      return parseTime(text);
    case 'timestamp':
      return parseTimestamp(text, 6);
    case 'timestamptz':
      return text.endsWith('+00') ? parseTimestamp(text.slice(0, -3), 6) : undefined;
    case 'timestamp_ns':
      return parseTimestamp(text, 9);
    case 'string':
      return text;
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined;
    case 'fixed':
    case 'binary':
      return /^([0-9A-F]{2})*$/.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : undefined;
    default:
      return undefined;
  }
}

function parseFloating(text: string): number | undefined {
  if (text === 'inf') return Number.POSITIVE_INFINITY;
  if (text === '-inf') return Number.NEGATIVE_INFINITY;
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^(-?)(\d*)(?:\.(\d+))?$/.exec(text);
  if (match === null || (match[3] ?? '').length !== scale || `${match[2]}${match[3] ?? ''}` === '') return undefined;
  const unscaled = BigInt(`${match[2]}${match[3] ?? ''}`);
  return match[1] === '-' ? -unscaled : unscaled;
}

/** Days since 1970; years before Christ end in `(BC)`, 1 BC being the year 0. */
function parseDate(text: string): bigint | undefined {
  const match = /^(\d{4,6})-(\d{2})-(\d{2})( \(BC\))?$/.exec(text);
  if (match === null) return undefined;
  const year = match[4] === undefined ? Number(match[1]) : 1 - Number(match[1]);
  const date = new Date(0);
  date.setUTCFullYear(year, Number(match[2]) - 1, Number(match[3]));
  const ms = date.getTime();
  return Number.isNaN(ms) || date.getUTCDate() !== Number(match[3]) ? undefined : BigInt(ms / 86_400_000);
}

function parseTime(text: string, digits = 6): bigint | undefined {
  const match = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null || (match[4] ?? '').length > digits) return undefined;
  const seconds = BigInt(match[1]!) * 3600n + BigInt(match[2]!) * 60n + BigInt(match[3]!);
  return seconds * 10n ** BigInt(digits) + BigInt((match[4] ?? '').padEnd(digits, '0'));
}

function parseTimestamp(text: string, digits: number): bigint | undefined {
  const match = /^(\S+) (\S+)( \(BC\))?$/.exec(text);
  if (match === null) return undefined;
  const days = parseDate(`${match[1]}${match[3] ?? ''}`);
  const time = parseTime(match[2]!, digits);
  if (days === undefined || time === undefined) return undefined;
  return days * DAY_US * (digits === 9 ? 1000n : 1n) + time;
}
