import type { PrimitiveType, Value } from '../spec/types.ts';
import { isValueOf } from '../spec/value-check.ts';
import { type BoundLiteral, type BoundPredicate, type BoundSet, FALSE } from './bound-predicate.ts';
import { type ProjectedField, partitionValue } from './projected-field.ts';

/*
 * Truncated numbers and the time transforms keep order, and their columns have a smallest step: x < v is x <= v - 1. That makes
 * the projections as narrow as they can be: `ts < 07:00` does not touch the partition of hour 7.
 *
 * Java up to 0.10 rounded times before 1970 toward zero, so a partition value below zero may be one too high. The
 * projections allow for it, as Java's do; only values before 1970 are touched.
 */

/** Through truncate on numbers, year, month, day and hour. */
export function projectThroughOrder(leaf: BoundLiteral | BoundSet, field: ProjectedField): BoundPredicate | undefined {
  switch (leaf.kind) {
    case 'starts-with':
    case 'not-starts-with':
      return undefined;
    default:
      return field.mode === 'inclusive' ? inclusive(leaf, field) : strict(leaf, field);
  }
}

function inclusive(leaf: BoundLiteral | BoundSet, field: ProjectedField): BoundPredicate | undefined {
  switch (leaf.kind) {
    case 'lt': {
      const below = step(field.sourceType, leaf.value, -1);
      return below === undefined ? FALSE : atMost(field, below);
    }
    case 'lt-eq':
      return atMost(field, leaf.value);
    case 'gt': {
      const above = step(field.sourceType, leaf.value, 1);
      return above === undefined ? FALSE : { kind: 'gt-eq', term: field.term, value: partitionValue(field, above) };
    }
    case 'gt-eq':
      return { kind: 'gt-eq', term: field.term, value: partitionValue(field, leaf.value) };
    case 'eq':
      return { kind: 'in', term: field.term, values: candidates(field, [leaf.value]) };
    case 'in':
      return { kind: 'in', term: field.term, values: candidates(field, leaf.values) };
    default:
      return undefined;
  }
}

function strict(leaf: BoundLiteral | BoundSet, field: ProjectedField): BoundPredicate | undefined {
  switch (leaf.kind) {
    case 'lt':
      return { kind: 'lt', term: field.term, value: partitionValue(field, leaf.value) };
    case 'lt-eq': {
      const above = step(field.sourceType, leaf.value, 1);
      return above === undefined ? undefined : { kind: 'lt', term: field.term, value: partitionValue(field, above) };
    }
    case 'gt':
      return greaterThan(field, leaf.value);
    case 'gt-eq': {
      const below = step(field.sourceType, leaf.value, -1);
      return below === undefined ? undefined : greaterThan(field, below);
    }
    case 'not-eq':
      return { kind: 'not-in', term: field.term, values: candidates(field, [leaf.value]) };
    case 'not-in':
      return { kind: 'not-in', term: field.term, values: candidates(field, leaf.values) };
    default:
      return undefined;
  }
}

function atMost(field: ProjectedField, value: Value): BoundPredicate {
  const partition = partitionValue(field, value);
  const corrected = mayBeOneTooHigh(field) && (partition as number) < 0 ? (partition as number) + 1 : partition;
  return { kind: 'lt-eq', term: field.term, value: corrected };
}

function greaterThan(field: ProjectedField, value: Value): BoundPredicate {
  const partition = partitionValue(field, value);
  const corrected = mayBeOneTooHigh(field) && (partition as number) <= 0 ? (partition as number) + 1 : partition;
  return { kind: 'gt', term: field.term, value: corrected };
}

/** Every partition value that a row with one of these values may stand under. */
function candidates(field: ProjectedField, values: readonly Value[]): readonly Value[] {
  const partitions = values.flatMap((value) => {
    const partition = partitionValue(field, value);
    return mayBeOneTooHigh(field) && (partition as number) < 0 ? [partition, (partition as number) + 1] : [partition];
  });
  return [...new Set(partitions)];
}

/** Time transforms of timestamps, and years and months of dates; a date's day was never rounded. */
function mayBeOneTooHigh({ transform, sourceType }: ProjectedField): boolean {
  if (transform.kind === 'truncate') return false;
  return sourceType.kind !== 'date' || transform.kind === 'year' || transform.kind === 'month';
}

/** The next value up or down; undefined at the end of the type's range. Decimals may leave their precision: only order counts. */
function step(type: PrimitiveType, value: Value, direction: 1 | -1): Value | undefined {
  const next = typeof value === 'bigint' ? value + BigInt(direction) : (value as number) + direction;
  return type.kind === 'decimal' || isValueOf(type, next) ? next : undefined;
}
