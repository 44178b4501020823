import type { Type } from '@psyberg/iceberg';
import type { QueryResult, QueryValue } from '../engine/engine.ts';
import { DAY_US, floorDiv, formatInstant, toInstant } from '../time/instant.ts';
import type { AuditSample } from './audit-outcome.ts';

/** Rows of a result as people read them: column name to printed value. */
export function printRows({ columns, rows }: QueryResult): AuditSample {
  return rows.map((row) =>
    Object.fromEntries(columns.map(({ name, type }, i) => [name, printValue(type, row[i] ?? null)])),
  );
}

/** A value as a person would write it; null stays null, so that the text "null" is told apart. */
export function printValue(type: Type, value: QueryValue): string | null {
  if (value === null) return null;
  switch (type.kind) {
    case 'date':
      return printed(value, (days) => date(BigInt(days)));
    case 'timestamp':
      return printed(value, (us) => instant(BigInt(us)).replace(/Z$/, ''));
    case 'timestamptz':
      return printed(value, (us) => instant(BigInt(us)));
    case 'timestamp_ns':
      return printed(value, (ns) => instant(floorDiv(BigInt(ns), 1000n)).replace(/Z$/, ''));
    case 'timestamptz_ns':
      return printed(value, (ns) => instant(floorDiv(BigInt(ns), 1000n)));
    case 'time':
      return printed(value, (us) => instant(BigInt(us)).slice(11).replace(/Z$/, ''));
    case 'decimal':
      return printed(value, (unscaled) => decimal(BigInt(unscaled), type.scale));
    case 'struct':
    case 'list':
    case 'map':
      return JSON.stringify(nested(type, value));
    default:
      return plain(value);
  }
}

function nested(type: Type, value: QueryValue): unknown {
  if (value === null) return null;
  if (type.kind === 'list' && Array.isArray(value)) return value.map((item) => nested(type.element, item));
  if (type.kind === 'map' && Array.isArray(value)) {
    return value.map((pair) => [
      nested(type.key, (pair as QueryValue[])[0]!),
      nested(type.value, (pair as QueryValue[])[1]!),
    ]);
  }
  if (type.kind === 'struct') {
    const struct = value as Readonly<Record<string, QueryValue>>;
    return Object.fromEntries(type.fields.map((field) => [field.name, nested(field.type, struct[field.name] ?? null)]));
  }
  return printValue(type, value);
}

function printed(value: QueryValue, print: (value: number | bigint) => string): string {
  return typeof value === 'number' || typeof value === 'bigint' ? print(value) : plain(value);
}

function plain(value: QueryValue): string {
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`;
  return typeof value === 'object'
    ? JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part))
    : String(value);
}

const date = (days: bigint): string => instant(days * DAY_US).slice(0, -'T00:00:00Z'.length);

/** Beyond the calendar that dates can spell, microseconds since the epoch have to do. */
function instant(us: bigint): string {
  const farthest = 8_640_000_000_000_000_000n;
  return us < -farthest || us > farthest ? `${us} µs since 1970` : formatInstant(toInstant(us));
}

function decimal(unscaled: bigint, scale: number): string {
  const sign = unscaled < 0n ? '-' : '';
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
