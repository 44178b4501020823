import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { NullableValue, Schema } from '../spec/types.ts';
import type { BoundPredicate } from './bound-predicate.ts';

declare const later: <T>() => T;
/** Whether a row of this partition may match. */
export function partitionMayMatch(
  bound: BoundPredicate,
  spec: PartitionSpec,
  schema: Schema,
  partition: readonly NullableValue[],
): boolean {
  void bound;
  void spec;
  void schema;
  void partition;
  return later();
}
/** Whether every row of this partition matches. */
export function partitionMustMatch(
  bound: BoundPredicate,
  spec: PartitionSpec,
  schema: Schema,
  partition: readonly NullableValue[],
): boolean {
  void bound;
  void spec;
  void schema;
  void partition;
  return later();
}
