import type { PartitionSpec } from './partition-spec.ts';
import type { NullableValue, Schema } from './types.ts';

declare const later: <T>() => T;
/** `name=value/name=value`, encoded as Java does; empty when unpartitioned. Cosmetic: values are never read back from it. */
export function partitionPath(spec: PartitionSpec, schema: Schema, partition: readonly NullableValue[]): string {
  void spec;
  void schema;
  void partition;
  return later();
}
