import { codePointCount, truncateString } from '../spec/bound-truncation.ts';
import type { BoundLiteral, BoundPredicate, BoundSet } from './bound-predicate.ts';
import { type ProjectedField, partitionValue } from './projected-field.ts';

/** Strings and binaries cut to their first characters: order survives but for values that share the prefix. */
export function projectThroughPrefix(leaf: BoundLiteral | BoundSet, field: ProjectedField): BoundPredicate | undefined {
  const { term, mode } = field;
  const certain = mode === 'strict';
  switch (leaf.kind) {
    case 'in':
      return certain
        ? undefined
        : { kind: 'in', term, values: leaf.values.map((value) => partitionValue(field, value)) };
    case 'not-in':
      if (!certain) return undefined;
      return { kind: 'not-in', term, values: leaf.values.map((value) => partitionValue(field, value)) };
    case 'eq':
      return certain ? undefined : { kind: 'eq', term, value: partitionValue(field, leaf.value) };
    case 'not-eq':
      return certain ? { kind: 'not-eq', term, value: partitionValue(field, leaf.value) } : undefined;
    case 'lt':
    case 'lt-eq':
      return { kind: certain ? 'lt' : 'lt-eq', term, value: partitionValue(field, leaf.value) };
    case 'gt':
    case 'gt-eq':
      return { kind: certain ? 'gt' : 'gt-eq', term, value: partitionValue(field, leaf.value) };
    case 'starts-with':
    case 'not-starts-with':
      return projectPrefix(leaf, field);
  }
}

/** A prefix shorter than the cut is still visible in the partition value; a longer one only in its first part. */
function projectPrefix(leaf: BoundLiteral, field: ProjectedField): BoundPredicate | undefined {
  const width = field.transform.kind === 'truncate' ? field.transform.width : 0;
  const prefix = leaf.value as string;
  const length = codePointCount(prefix);
  const starts = leaf.kind === 'starts-with';
  if (length < width) return { kind: starts ? 'starts-with' : 'not-starts-with', term: field.term, value: prefix };
  const whole: BoundPredicate = {
    kind: starts ? 'eq' : 'not-eq',
    term: field.term,
    value: truncateString(prefix, width),
  };
  if (length === width) return whole;
  // Rows of the partition share only the first part of the prefix: enough to exclude, not enough to include.
  return starts === (field.mode === 'inclusive') ? whole : undefined;
}
