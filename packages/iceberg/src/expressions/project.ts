import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { Schema } from '../spec/types.ts';
import type { BoundPredicate } from './bound-predicate.ts';

declare const later: <T>() => T;
/** A predicate on partition values that is true wherever a row of the partition may match. */
export function projectInclusive(bound: BoundPredicate, spec: PartitionSpec, schema: Schema): BoundPredicate {
  void bound;
  void spec;
  void schema;
  return later();
}
/** A predicate on partition values that is true only where every row of the partition matches. */
export function projectStrict(bound: BoundPredicate, spec: PartitionSpec, schema: Schema): BoundPredicate {
  void bound;
  void spec;
  void schema;
  return later();
}
