import type { PartitionField, PartitionSpec } from './partition-spec.ts';

declare const later: <T>() => T;
export function partitionSpecFromJson(json: unknown): PartitionSpec {
  void json;
  return later();
}
export function partitionSpecToJson(spec: PartitionSpec): Record<string, unknown> {
  void spec;
  return later();
}
/** The bare array of v1 metadata and manifest headers; without any `field-id` they become 1000, 1001, … */
export function partitionFieldsFromJson(json: unknown): PartitionField[] {
  void json;
  return later();
}
export function partitionFieldsToJson(fields: readonly PartitionField[]): Record<string, unknown>[] {
  void fields;
  return later();
}
