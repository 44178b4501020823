import type { BoundLiteral, BoundPredicate, BoundSet } from './bound-predicate.ts';
import { type ProjectedField, partitionValue } from './projected-field.ts';

/** Buckets keep no order: only equality may match, and only inequality is certain. */
export function projectThroughBucket(leaf: BoundLiteral | BoundSet, field: ProjectedField): BoundPredicate | undefined {
  const certain = field.mode === 'strict';
  switch (leaf.kind) {
    case 'eq':
      return certain ? undefined : { kind: 'eq', term: field.term, value: partitionValue(field, leaf.value) };
    case 'in':
      return certain ? undefined : { kind: 'in', term: field.term, values: bucketsOf(leaf, field) };
    case 'not-eq':
      return certain ? { kind: 'not-eq', term: field.term, value: partitionValue(field, leaf.value) } : undefined;
    case 'not-in':
      return certain ? { kind: 'not-in', term: field.term, values: bucketsOf(leaf, field) } : undefined;
    default:
      return undefined;
  }
}

const bucketsOf = (leaf: BoundSet, field: ProjectedField) => [
  ...new Set(leaf.values.map((value) => partitionValue(field, value))),
];
