import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { Schema } from '../spec/types.ts';
import {
  type BoundLeaf,
  type BoundLiteral,
  type BoundPredicate,
  type BoundSet,
  evaluateWith,
  type PrimitiveTerm,
} from './bound-predicate.ts';
import { projectInclusive } from './project.ts';
import { bothStartWith, isOnly, rangeMayMatch, toRange } from './value-range.ts';

/** The part of a manifest list row that pruning looks at; `ManifestFile` is one. */
export interface ManifestSummary {
  readonly addedFilesCount?: number;
  readonly existingFilesCount?: number;
  readonly partitions?: readonly PartitionSummary[];
}

/** `FieldSummary` is one. */
export interface PartitionSummary {
  readonly containsNull: boolean;
  readonly containsNan?: boolean;
  readonly lowerBound?: Uint8Array;
  readonly upperBound?: Uint8Array;
}

/**
 * Whether a live file of the manifest may hold a matching row, by the partition summaries of its manifest list row.
 * A row without summaries, or with another number of them than the spec has fields, is never pruned by them.
 *
 * @param spec the manifest's own
 * @see Iceberg spec, "Scan Planning"
 */
export function manifestMayMatch(
  bound: BoundPredicate,
  spec: PartitionSpec,
  schema: Schema,
  manifest: ManifestSummary,
): boolean {
  if (manifest.addedFilesCount === 0 && manifest.existingFilesCount === 0) return false;
  const summaries = manifest.partitions;
  if (summaries === undefined || summaries.length !== spec.fields.length) return bound.kind !== 'false';
  const positions = new Map(spec.fields.map((field, position) => [field.fieldId, position]));
  return evaluateWith(projectInclusive(bound, spec, schema), (leaf) =>
    leafMayMatch(leaf, summaries[positions.get(leaf.term.fieldId)!]!),
  );
}

function leafMayMatch(leaf: BoundLeaf, summary: PartitionSummary): boolean {
  const term = leaf.term as PrimitiveTerm;
  switch (leaf.kind) {
    case 'is-null':
      return summary.containsNull;
    case 'not-null':
      return !holdsOnlyNulls(summary, term);
    case 'is-nan':
      return summary.containsNan !== false && !holdsOnlyNulls(summary, term);
    case 'not-nan':
      return !(summary.containsNan === true && !summary.containsNull && summary.lowerBound === undefined);
    default:
      return comparisonMayMatch(leaf, summary);
  }
}

function comparisonMayMatch(leaf: BoundLiteral | BoundSet, summary: PartitionSummary): boolean {
  const range = toRange(leaf.term.type, summary.lowerBound, summary.upperBound);
  const noOthers = !summary.containsNull && !mayHoldNan(summary, leaf.term);
  switch (leaf.kind) {
    case 'not-eq':
      return !(noOthers && isOnly(range, leaf.value));
    case 'not-in':
      return !(noOthers && leaf.values.some((value) => isOnly(range, value)));
    case 'not-starts-with':
      return !(noOthers && bothStartWith(range, leaf.value as string));
    default:
      return !isWithoutValues(summary) && rangeMayMatch(leaf, range);
  }
}

/** No bound although neither null nor NaN is named is a writer's mistake; then nothing is concluded. */
function isWithoutValues(summary: PartitionSummary): boolean {
  return summary.lowerBound === undefined && (summary.containsNull || summary.containsNan === true);
}

function holdsOnlyNulls(summary: PartitionSummary, term: PrimitiveTerm): boolean {
  return summary.containsNull && summary.lowerBound === undefined && !mayHoldNan(summary, term);
}

function mayHoldNan(summary: PartitionSummary, term: PrimitiveTerm): boolean {
  const isFloat = term.type.kind === 'float' || term.type.kind === 'double';
  return isFloat && summary.containsNan !== false;
}
