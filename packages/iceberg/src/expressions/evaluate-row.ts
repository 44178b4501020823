import { compareValues } from '../spec/compare-values.ts';
import type { NullableValue, PrimitiveType, Value } from '../spec/types.ts';
import { type BoundLeaf, type BoundLiteral, type BoundPredicate, evaluateWith } from './bound-predicate.ts';

/** Whether a row matches. Values by field id; a missing one is null. */
export function evaluateRow(bound: BoundPredicate, row: ReadonlyMap<number, NullableValue>): boolean {
  return evaluateWith(bound, (leaf) => leafMatches(leaf, row.get(leaf.term.fieldId) ?? null));
}

/** One leaf on one value, by the rules that `Predicate` states for null and NaN. */
export function leafMatches(leaf: BoundLeaf, value: NullableValue): boolean {
  switch (leaf.kind) {
    case 'is-null':
      return value === null;
    case 'not-null':
      return value !== null;
    case 'is-nan':
      return Number.isNaN(value);
    case 'not-nan':
      return !Number.isNaN(value);
    case 'in':
      return isComparable(value) && contains(leaf.term.type, leaf.values, value);
    case 'not-in':
      return !isComparable(value) || !contains(leaf.term.type, leaf.values, value);
    case 'not-eq':
    case 'not-starts-with':
      return !isComparable(value) || literalMatches(leaf, value);
    default:
      return isComparable(value) && literalMatches(leaf, value);
  }
}

/** Whether an order that came out of a comparison is what the operator asks for. */
export function orderMatches(kind: 'eq' | 'not-eq' | 'lt' | 'lt-eq' | 'gt' | 'gt-eq', order: number): boolean {
  switch (kind) {
    case 'eq':
      return order === 0;
    case 'not-eq':
      return order !== 0;
    case 'lt':
      return order < 0;
    case 'lt-eq':
      return order <= 0;
    case 'gt':
      return order > 0;
    case 'gt-eq':
      return order >= 0;
  }
}

function literalMatches(leaf: BoundLiteral, value: Value): boolean {
  switch (leaf.kind) {
    case 'starts-with':
      return (value as string).startsWith(leaf.value as string);
    case 'not-starts-with':
      return !(value as string).startsWith(leaf.value as string);
    default:
      return orderMatches(leaf.kind, compareValues(leaf.term.type, value, leaf.value));
  }
}

function contains(type: PrimitiveType, values: readonly Value[], value: Value): boolean {
  return values.some((candidate) => compareValues(type, candidate, value) === 0);
}

function isComparable(value: NullableValue): value is Value {
  return value !== null && !Number.isNaN(value);
}
