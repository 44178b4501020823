import { compareValues } from '../spec/compare-values.ts';
import { decodeSingleValue } from '../spec/single-values.ts';
import type { PrimitiveType, Value } from '../spec/types.ts';
import type { BoundLiteral, BoundSet } from './bound-predicate.ts';
import { orderMatches } from './evaluate-row.ts';

/** More literals than this are not worth comparing with every range, as Java has it. */
const IN_LIMIT = 200;

/** Bounds of a column's values, both ends included. An absent end is not known. */
export interface ValueRange {
  readonly type: PrimitiveType;
  readonly lower?: Value;
  readonly upper?: Value;
}

/** A NaN bound, which old writers made, tells nothing and counts as absent. */
export function toRange(
  type: PrimitiveType,
  lowerBound: Uint8Array | undefined,
  upperBound: Uint8Array | undefined,
): ValueRange {
  const lower = lowerBound === undefined ? undefined : decodeSingleValue(type, lowerBound);
  const upper = upperBound === undefined ? undefined : decodeSingleValue(type, upperBound);
  return {
    type,
    ...(lower === undefined || Number.isNaN(lower) ? {} : { lower }),
    ...(upper === undefined || Number.isNaN(upper) ? {} : { upper }),
  };
}

/** Whether a value in the range may satisfy a comparison. `not-*` operators always may: a range is no list of values. */
export function rangeMayMatch(leaf: BoundLiteral | BoundSet, range: ValueRange): boolean {
  switch (leaf.kind) {
    case 'lt':
    case 'lt-eq':
      return range.lower === undefined || orderMatches(leaf.kind, compareValues(range.type, range.lower, leaf.value));
    case 'gt':
    case 'gt-eq':
      return range.upper === undefined || orderMatches(leaf.kind, compareValues(range.type, range.upper, leaf.value));
    case 'eq':
      return mayHold(range, leaf.value);
    case 'in':
      return leaf.values.length > IN_LIMIT || leaf.values.some((value) => mayHold(range, value));
    case 'starts-with':
      return mayStartWith(range, leaf.value as string);
    default:
      return true;
  }
}

/** Whether every value in the range satisfies a comparison. */
export function rangeMustMatch(leaf: BoundLiteral | BoundSet, range: ValueRange): boolean {
  switch (leaf.kind) {
    case 'lt':
    case 'lt-eq':
      return range.upper !== undefined && orderMatches(leaf.kind, compareValues(range.type, range.upper, leaf.value));
    case 'gt':
    case 'gt-eq':
      return range.lower !== undefined && orderMatches(leaf.kind, compareValues(range.type, range.lower, leaf.value));
    case 'eq':
      return isOnly(range, leaf.value);
    case 'in':
      return leaf.values.some((value) => isOnly(range, value));
    case 'not-eq':
      return !mayHold(range, leaf.value);
    case 'not-in':
      return !leaf.values.some((value) => mayHold(range, value));
    case 'starts-with':
      return bothStartWith(range, leaf.value as string);
    case 'not-starts-with':
      return !mayStartWith(range, leaf.value as string);
  }
}

/** All strings between two that share a prefix share it too. */
export function bothStartWith(range: ValueRange, prefix: string): boolean {
  const starts = (bound: Value | undefined): boolean => typeof bound === 'string' && bound.startsWith(prefix);
  return starts(range.lower) && starts(range.upper);
}

/** The range holds this one value and nothing else. */
export function isOnly({ type, lower, upper }: ValueRange, value: Value): boolean {
  if (lower === undefined || upper === undefined) return false;
  return compareValues(type, lower, value) === 0 && compareValues(type, upper, value) === 0;
}

function mayHold({ type, lower, upper }: ValueRange, value: Value): boolean {
  if (lower !== undefined && compareValues(type, lower, value) > 0) return false;
  return upper === undefined || compareValues(type, upper, value) >= 0;
}

function mayStartWith({ type, lower, upper }: ValueRange, prefix: string): boolean {
  const start = (bound: Value): string => (bound as string).slice(0, prefix.length);
  if (lower !== undefined && compareValues(type, start(lower), prefix) > 0) return false;
  return upper === undefined || compareValues(type, start(upper), prefix) >= 0;
}
