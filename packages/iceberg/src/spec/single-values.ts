import type { PrimitiveType, Value } from './types.ts';

declare const later: <T>() => T;
/** @see Iceberg spec, "Binary single-value serialization" */
export function encodeSingleValue(type: PrimitiveType, value: Value): Uint8Array {
  void type;
  void value;
  return later();
}
/** Shorter bytes of a column promoted since (int to long, float to double) are widened. @throws {InvalidMetadataError} */
export function decodeSingleValue(type: PrimitiveType, bytes: Uint8Array): Value {
  void type;
  void bytes;
  return later();
}
/** Negative, zero or positive. NaN is the greatest; strings compare by code point as UTF-8 bytes do. */
export function compareValues(type: PrimitiveType, a: Value, b: Value): number {
  void type;
  void a;
  void b;
  return later();
}
