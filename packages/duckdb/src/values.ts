import type { DuckDBValue } from '@duckdb/node-api';
import type { QueryValue } from '@psyberg/core';
import type { NullableValue, PrimitiveType, Type, Value } from '@psyberg/iceberg';

/** A value that DuckDB returned as the library holds values of the type; structs by name, maps as pairs. */
export function queryValue(value: DuckDBValue | undefined, type: Type): QueryValue {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'struct': {
      const entries = (value as { entries: Readonly<Record<string, DuckDBValue>> }).entries;
      return Object.fromEntries(type.fields.map((field) => [field.name, queryValue(entries[field.name], field.type)]));
    }
    case 'list':
      return (value as { items: readonly DuckDBValue[] }).items.map((item) => queryValue(item, type.element));
    case 'map':
      return (value as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] }).entries.map((entry) => [
        queryValue(entry.key, type.key),
        queryValue(entry.value, type.value),
      ]);
    default:
      return primitive(value, type);
  }
}

/** The same for a type without parts. */
export function singleValue(value: DuckDBValue | undefined, type: PrimitiveType): NullableValue {
  return value === null || value === undefined ? null : primitive(value, type);
}

function primitive(value: NonNullable<DuckDBValue>, type: PrimitiveType): Value {
  switch (type.kind) {
    case 'boolean':
      return value as boolean;
    case 'int':
    case 'float':
    case 'double':
      return Number(value);
    case 'long':
      return BigInt(value as number | bigint);
    case 'date':
      return (value as { days: number }).days;
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return microseconds(value);
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return (value as { nanos: bigint }).nanos;
    case 'decimal':
      return typeof value === 'bigint' ? value : (value as { value: bigint }).value;
    case 'fixed':
    case 'binary':
      // A Buffer that shares DuckDB's memory otherwise.
      return new Uint8Array((value as { bytes: Uint8Array }).bytes);
    default:
      return value.toString();
  }
}

function microseconds(value: NonNullable<DuckDBValue>): bigint {
  if (typeof value !== 'object') return BigInt(value as number | bigint);
  if ('micros' in value) return value.micros;
  if ('millis' in value) return (value as { millis: bigint }).millis * 1000n;
  return (value as { seconds: bigint }).seconds * 1_000_000n;
}
