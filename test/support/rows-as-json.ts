import type { QueryValue } from '@psyberg/core';
import type { Schema, Type } from '@psyberg/iceberg';

/** The counterpart of `fixtures/pyiceberg/rows_as_json.py`: the same row gives the same JSON, whoever reads it. */
export function rowAsJson(schema: Schema, row: readonly QueryValue[]): Record<string, unknown> {
  return Object.fromEntries(schema.fields.map((field, n) => [field.name, valueAsJson(field.type, row[n] ?? null)]));
}

/** Rows as sorted texts: two readers agree when these are equal. */
export function comparable(rows: readonly object[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}

function valueAsJson(type: Type, value: QueryValue): unknown {
  if (value === null) return null;
  switch (type.kind) {
    case 'long':
      return String(value);
    case 'float':
    case 'double':
      return floatAsJson(value as number);
    case 'decimal':
      return decimalText(value as bigint, type.scale);
    case 'date':
      return new Date((value as number) * 86_400_000).toISOString().slice(0, 10);
    case 'time':
      return isoMicros(value as bigint).slice(11);
    case 'timestamp':
      return isoMicros(value as bigint);
    case 'timestamptz':
      return `${isoMicros(value as bigint)}Z`;
    case 'fixed':
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('hex');
    case 'struct': {
      const struct = value as Readonly<Record<string, QueryValue>>;
      return Object.fromEntries(
        type.fields.map((field) => [field.name, valueAsJson(field.type, struct[field.name] ?? null)]),
      );
    }
    case 'list':
      return (value as readonly QueryValue[]).map((element) => valueAsJson(type.element, element));
    case 'map':
      return (value as readonly (readonly [QueryValue, QueryValue])[]).map(([key, item]) => [
        valueAsJson(type.key, key),
        valueAsJson(type.value, item),
      ]);
    default:
      return value;
  }
}

function floatAsJson(value: number): number | string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

function decimalText(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return unscaled < 0n ? `-${text}` : text;
}

/** `2023-09-14T02:00:00.000042`; only years 1 to 9999, as Python has no others. */
function isoMicros(micros: bigint): string {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const iso = new Date(Number((micros - rest) / 1000n)).toISOString();
  return `${iso.slice(0, -1)}${rest.toString().padStart(3, '0')}`;
}
