import type { Transform } from '../spec/partition-spec.ts';
import { applyTransform } from '../spec/transforms.ts';
import type { PrimitiveType, Value } from '../spec/types.ts';
import type { PrimitiveTerm } from './bound-predicate.ts';

/** A partition field that a predicate on its source column is projected onto. */
export interface ProjectedField {
  readonly transform: Transform;
  readonly sourceType: PrimitiveType;
  /** The partition field, with the transform's result type. */
  readonly term: PrimitiveTerm;
  readonly mode: 'inclusive' | 'strict';
}

/** The partition value of a row that holds `value`; literals are never null, so neither is this. */
export function partitionValue(field: ProjectedField, value: Value): Value {
  return applyTransform(field.transform, field.sourceType, value) as Value;
}
