import type { PartitionSpec, Transform } from './partition-spec.ts';
import type { NullableValue, PrimitiveType, Schema, StructType } from './types.ts';

declare const later: <T>() => T;
/** @throws {InvalidArgumentError} the transform cannot be applied to the type */
export function resultType(transform: Transform, sourceType: PrimitiveType): PrimitiveType {
  void transform;
  void sourceType;
  return later();
}
export function applyTransform(transform: Transform, sourceType: PrimitiveType, value: NullableValue): NullableValue {
  void transform;
  void sourceType;
  void value;
  return later();
}
/** Optional fields, in spec order, ids of the partition fields. */
export function partitionType(spec: PartitionSpec, schema: Schema): StructType {
  void spec;
  void schema;
  return later();
}
