/**
 * Iceberg's types, as plain values.
 *
 * @see Iceberg spec, "Schemas and Data Types"
 */
export type PrimitiveType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'int' }
  | { readonly kind: 'long' }
  | { readonly kind: 'float' }
  | { readonly kind: 'double' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'date' }
  | { readonly kind: 'time' }
  | { readonly kind: 'timestamp' }
  | { readonly kind: 'timestamptz' }
  | { readonly kind: 'timestamp_ns' }
  | { readonly kind: 'timestamptz_ns' }
  | { readonly kind: 'string' }
  | { readonly kind: 'uuid' }
  | { readonly kind: 'fixed'; readonly length: number }
  | { readonly kind: 'binary' }
  /** A type of format 3 that this library does not read (`variant`, `geometry(…)`, `unknown`); `text` is its spelling. */
  | { readonly kind: 'unsupported'; readonly text: string };

export interface NestedField {
  readonly id: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: Type;
  readonly doc?: string;
  /** Format 3 defaults and any other keys, kept as the JSON had them. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface StructType {
  readonly kind: 'struct';
  readonly fields: readonly NestedField[];
}

export interface ListType {
  readonly kind: 'list';
  readonly elementId: number;
  readonly element: Type;
  readonly elementRequired: boolean;
}

export interface MapType {
  readonly kind: 'map';
  readonly keyId: number;
  readonly key: Type;
  readonly valueId: number;
  readonly value: Type;
  readonly valueRequired: boolean;
}

export type Type = PrimitiveType | StructType | ListType | MapType;

export interface Schema {
  readonly schemaId: number;
  readonly fields: readonly NestedField[];
  readonly identifierFieldIds?: readonly number[];
}

/**
 * A single value of a primitive type, as this library holds it.
 *
 * | Iceberg type | held as |
 * | --- | --- |
 * | boolean | boolean |
 * | int, float, double | number |
 * | date | number of days since 1970-01-01 |
 * | long | bigint |
 * | time | bigint, microseconds since midnight |
 * | timestamp, timestamptz | bigint, microseconds since the epoch (UTC) |
 * | timestamp_ns, timestamptz_ns | bigint, nanoseconds since the epoch (UTC) |
 * | decimal | bigint, the unscaled value |
 * | string, uuid (lower case) | string |
 * | fixed, binary | Uint8Array |
 */
export type Value = boolean | number | bigint | string | Uint8Array;

/** A value or the data's own null. `undefined` always means "not known" or "not there". */
export type NullableValue = Value | null;
