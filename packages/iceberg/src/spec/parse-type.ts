import type { Type } from './types.ts';

declare const later: <T>() => T;
/** @throws {InvalidMetadataError} not a type of the spec's JSON */
export function parseType(json: unknown): Type {
  void json;
  return later();
}
export function typeToJson(type: Type): unknown {
  void type;
  return later();
}
/** One line for messages, e.g. `struct<1: id: required long>`. */
export function formatType(type: Type): string {
  void type;
  return later();
}
