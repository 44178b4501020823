import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { NullableValue, Schema } from '../spec/types.ts';
import { type BoundPredicate, evaluateWith } from './bound-predicate.ts';
import { leafMatches } from './evaluate-row.ts';
import { projectInclusive, projectStrict } from './project.ts';

export type PartitionFilter = (partition: readonly NullableValue[]) => boolean;

/** Whether a row of a partition may match; for asking about many partitions of one spec. */
export function inclusivePartitionFilter(bound: BoundPredicate, spec: PartitionSpec, schema: Schema): PartitionFilter {
  return partitionFilter(projectInclusive(bound, spec, schema), spec);
}

/** Whether every row of a partition matches; for asking about many partitions of one spec. */
export function strictPartitionFilter(bound: BoundPredicate, spec: PartitionSpec, schema: Schema): PartitionFilter {
  return partitionFilter(projectStrict(bound, spec, schema), spec);
}

/** Whether a row of this partition may match. */
export function partitionMayMatch(
  bound: BoundPredicate,
  spec: PartitionSpec,
  schema: Schema,
  partition: readonly NullableValue[],
): boolean {
  return inclusivePartitionFilter(bound, spec, schema)(partition);
}

/** Whether every row of this partition matches. */
export function partitionMustMatch(
  bound: BoundPredicate,
  spec: PartitionSpec,
  schema: Schema,
  partition: readonly NullableValue[],
): boolean {
  return strictPartitionFilter(bound, spec, schema)(partition);
}

function partitionFilter(projected: BoundPredicate, spec: PartitionSpec): PartitionFilter {
  const positions = new Map(spec.fields.map((field, position) => [field.fieldId, position]));
  return (partition) =>
    evaluateWith(projected, (leaf) => leafMatches(leaf, partition[positions.get(leaf.term.fieldId)!] ?? null));
}
