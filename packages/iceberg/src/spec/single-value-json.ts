import type { PrimitiveType, Value } from './types.ts';

declare const later: <T>() => T;
/** @see Iceberg spec, "JSON single-value serialization" */
export function singleValueToJson(type: PrimitiveType, value: Value): unknown {
  void type;
  void value;
  return later();
}
/** @throws {InvalidArgumentError} */
export function singleValueFromJson(type: PrimitiveType, json: unknown): Value {
  void type;
  void json;
  return later();
}
