import { isPrimitive } from '../spec/type-kinds.ts';
import type { Schema } from '../spec/types.ts';
import {
  type BoundLeaf,
  type BoundLiteral,
  type BoundPredicate,
  type BoundSet,
  type BoundTerm,
  evaluateWith,
} from './bound-predicate.ts';
import { bothStartWith, rangeMayMatch, rangeMustMatch, toRange, type ValueRange } from './value-range.ts';

/** The part of a data file's description that pruning looks at; `DataFile` is one. */
export interface FileMetrics {
  readonly recordCount: number;
  readonly valueCounts?: ReadonlyMap<number, number>;
  readonly nullValueCounts?: ReadonlyMap<number, number>;
  readonly nanValueCounts?: ReadonlyMap<number, number>;
  readonly lowerBounds?: ReadonlyMap<number, Uint8Array>;
  readonly upperBounds?: ReadonlyMap<number, Uint8Array>;
}

/**
 * Whether a file may hold a matching row, by its column metrics. Bounds are bounds, not extremes; what a file does not say
 * counts as unknown. A negative record count, which old writers made, prunes nothing by itself.
 *
 * @see Iceberg spec, "Scan Planning"
 */
export function fileMayMatch(bound: BoundPredicate, schema: Schema, file: FileMetrics): boolean {
  if (file.recordCount === 0) return false;
  return evaluateWith(bound, (leaf) => leafMayMatch(leaf, schema, file));
}

/**
 * Whether every row of a file matches, by its column metrics. A column that may hold null or NaN never satisfies a comparison
 * for certain, `notEqual` and its like included: SQL engines say that rows with null do not match.
 */
export function fileMustMatch(bound: BoundPredicate, schema: Schema, file: FileMetrics): boolean {
  if (file.recordCount === 0) return true;
  return evaluateWith(bound, (leaf) => leafMustMatch(leaf, schema, file));
}

function leafMayMatch(leaf: BoundLeaf, schema: Schema, file: FileMetrics): boolean {
  const id = leaf.term.fieldId;
  switch (leaf.kind) {
    case 'is-null':
      return mayHoldNull(leaf.term, schema, file);
    case 'not-null':
      return !holdsOnlyNulls(id, file);
    case 'is-nan':
      return file.nanValueCounts?.get(id) !== 0 && !holdsOnlyNulls(id, file);
    case 'not-nan':
      return !holdsOnlyNans(id, file);
    case 'not-eq':
    case 'not-in':
      return true;
    case 'not-starts-with':
      return mayHoldNull(leaf.term, schema, file) || !bothStartWith(rangeOf(leaf, file), leaf.value as string);
    default:
      return !isWithoutValues(id, file) && rangeMayMatch(leaf, rangeOf(leaf, file));
  }
}

function leafMustMatch(leaf: BoundLeaf, schema: Schema, file: FileMetrics): boolean {
  const id = leaf.term.fieldId;
  switch (leaf.kind) {
    case 'is-null':
      return holdsOnlyNulls(id, file);
    case 'not-null':
      return !mayHoldNull(leaf.term, schema, file);
    case 'is-nan':
      return holdsOnlyNans(id, file);
    case 'not-nan':
      return !mayHoldNan(leaf.term, file) && !mayHoldNull(leaf.term, schema, file);
    default:
      return (
        !mayHoldNull(leaf.term, schema, file) &&
        !mayHoldNan(leaf.term, file) &&
        rangeMustMatch(leaf, rangeOf(leaf, file))
      );
  }
}

function rangeOf({ term }: BoundLiteral | BoundSet, file: FileMetrics): ValueRange {
  return toRange(term.type, file.lowerBounds?.get(term.fieldId), file.upperBounds?.get(term.fieldId));
}

/** Unknown counts as yes, but for a required top-level column. */
function mayHoldNull(term: BoundTerm, schema: Schema, file: FileMetrics): boolean {
  if (file.nullValueCounts?.get(term.fieldId) === 0) return false;
  return !schema.fields.some((field) => field.id === term.fieldId && field.required);
}

function mayHoldNan(term: BoundTerm, file: FileMetrics): boolean {
  const isFloat = isPrimitive(term.type) && (term.type.kind === 'float' || term.type.kind === 'double');
  return isFloat && file.nanValueCounts?.get(term.fieldId) !== 0;
}

function holdsOnlyNulls(id: number, file: FileMetrics): boolean {
  const values = file.valueCounts?.get(id);
  return values !== undefined && file.nullValueCounts?.get(id) === values;
}

function holdsOnlyNans(id: number, file: FileMetrics): boolean {
  const values = file.valueCounts?.get(id);
  return values !== undefined && file.nanValueCounts?.get(id) === values;
}

/** Nothing but nulls and NaN, none of which a comparison finds. */
function isWithoutValues(id: number, file: FileMetrics): boolean {
  const values = file.valueCounts?.get(id);
  if (values === undefined) return false;
  return (file.nullValueCounts?.get(id) ?? 0) + (file.nanValueCounts?.get(id) ?? 0) === values;
}
