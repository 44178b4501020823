import type { Schema } from './types.ts';

declare const later: <T>() => T;
/** A missing `schema-id` (v1) reads as 0. @throws {InvalidMetadataError} */
export function schemaFromJson(json: unknown): Schema {
  void json;
  return later();
}
export function schemaToJson(schema: Schema): Record<string, unknown> {
  void schema;
  return later();
}
