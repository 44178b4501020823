import type { PartitionField, PartitionSpec } from '../spec/partition-spec.ts';
import { sourceTypeOf } from '../spec/partition-type.ts';
import { resultType } from '../spec/result-type.ts';
import type { Schema } from '../spec/types.ts';
import {
  type BoundLeaf,
  type BoundPredicate,
  boundAnd,
  boundOr,
  FALSE,
  hasLiteral,
  replaceLeaves,
  TRUE,
} from './bound-predicate.ts';
import { projectThroughBucket } from './project-bucket.ts';
import { projectThroughOrder } from './project-order.ts';
import { projectThroughPrefix } from './project-prefix.ts';
import type { ProjectedField } from './projected-field.ts';

/*
 * A predicate on rows becomes a predicate on partition values in two ways. The inclusive one is true wherever a row of the
 * partition may match, and selects what has to be read. The strict one is true only where every row matches, and selects what may be
 * removed whole. Where a transform says nothing about a comparison, the first is true and the second is false.
 */

/**
 * A predicate on the partition values of a spec that is true for every partition a matching row may be in.
 *
 * @see Iceberg spec, "Scan Planning" (inclusive projection)
 */
export function projectInclusive(bound: BoundPredicate, spec: PartitionSpec, schema: Schema): BoundPredicate {
  return replaceLeaves(bound, (leaf) =>
    fieldsOf(leaf, spec)
      .map((field) => projectLeaf(leaf, field, schema, 'inclusive') ?? TRUE)
      .reduce(boundAnd, TRUE),
  );
}

/**
 * A predicate on the partition values of a spec that is true only for partitions all of whose rows match. Never true of a null
 * partition value for `notEqual` and its like: SQL engines say that such rows do not match.
 *
 * @see Iceberg spec, "Scan Planning" (strict projection)
 */
export function projectStrict(bound: BoundPredicate, spec: PartitionSpec, schema: Schema): BoundPredicate {
  return replaceLeaves(bound, (leaf) =>
    fieldsOf(leaf, spec)
      .map((field) => withoutNull(projectLeaf(leaf, field, schema, 'strict') ?? FALSE))
      .reduce(boundOr, FALSE),
  );
}

function fieldsOf(leaf: BoundLeaf, spec: PartitionSpec): readonly PartitionField[] {
  return spec.fields.filter((field) => field.sourceId === leaf.term.fieldId);
}

/** undefined: the partition value tells nothing. */
function projectLeaf(
  leaf: BoundLeaf,
  field: PartitionField,
  schema: Schema,
  mode: 'inclusive' | 'strict',
): BoundPredicate | undefined {
  if (field.transform.kind === 'void' || field.transform.kind === 'unknown') return undefined;
  const sourceType = sourceTypeOf(field, schema);
  const type = resultType(field.transform, sourceType);
  const projected: ProjectedField = {
    transform: field.transform,
    sourceType,
    term: { fieldId: field.fieldId, name: field.name, type },
    mode,
  };
  if (leaf.kind === 'is-null' || leaf.kind === 'not-null') return { kind: leaf.kind, term: projected.term };
  if (field.transform.kind === 'identity') return { ...leaf, term: projected.term } as BoundLeaf;
  if (!hasLiteral(leaf)) return undefined;
  if (field.transform.kind === 'bucket') return projectThroughBucket(leaf, projected);
  const cutsPrefix = sourceType.kind === 'string' || sourceType.kind === 'binary';
  return cutsPrefix ? projectThroughPrefix(leaf, projected) : projectThroughOrder(leaf, projected);
}

function withoutNull(projected: BoundPredicate): BoundPredicate {
  switch (projected.kind) {
    case 'not-eq':
    case 'not-in':
    case 'not-starts-with':
    case 'not-nan':
      return boundAnd({ kind: 'not-null', term: projected.term }, projected);
    default:
      return projected;
  }
}
