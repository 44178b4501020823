import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindPredicate } from '../../src/expressions/bind.ts';
import type { BoundPredicate } from '../../src/expressions/bound-predicate.ts';
import { manifestMayMatch } from '../../src/expressions/evaluate-manifest.ts';
import { type FileMetrics, fileMayMatch, fileMustMatch } from '../../src/expressions/evaluate-metrics.ts';
import { partitionMayMatch, partitionMustMatch } from '../../src/expressions/evaluate-partition.ts';
import { evaluateRow } from '../../src/expressions/evaluate-row.ts';
import type { Predicate } from '../../src/expressions/predicate.ts';
import { summarizePartitions } from '../../src/manifest/field-summaries.ts';
import type { PartitionSpec } from '../../src/spec/partition-spec.ts';
import { resultType } from '../../src/spec/result-type.ts';
import { applyTransform } from '../../src/spec/transforms.ts';
import type { NullableValue, PrimitiveType } from '../../src/spec/types.ts';
import { metricsOf, narrow, predicate, type Row, row, SCHEMA, spec } from './arbitraries.ts';

/*
 * The law of pruning: what may be skipped holds no matching row, and what is said to match whole holds no other. Each
 * test asks the rows themselves and then what is written down about them.
 */

const RUNS = { numRuns: 3000 };
const typeOf = (id: number): PrimitiveType => SCHEMA.fields[id - 1]!.type as PrimitiveType;

function partitionOf(values: Row, { fields }: PartitionSpec): NullableValue[] {
  return fields.map(({ transform, sourceId }) =>
    transform.kind === 'unknown' ? 'anything' : applyTransform(transform, typeOf(sourceId), values.get(sourceId)!),
  );
}

const matches = (bound: BoundPredicate, values: Row): boolean => evaluateRow(bound, values);
const rows = fc.array(row, { minLength: 1, maxLength: 4 });

function checkPartition(condition: Predicate, partitioning: PartitionSpec, values: Row): void {
  const bound = bindPredicate(SCHEMA, condition);
  const partition = partitionOf(values, partitioning);
  if (matches(bound, values)) expect(partitionMayMatch(bound, partitioning, SCHEMA, partition)).toBe(true);
  else expect(partitionMustMatch(bound, partitioning, SCHEMA, partition)).toBe(false);
}

describe('partitions', () => {
  it('are never skipped with a matching row, never taken whole with another one', () => {
    fc.assert(fc.property(predicate, spec, row, checkPartition), RUNS);
  });

  it('nor by a condition on the very column they are made from', () => {
    const property = fc.property(narrow, row, ({ condition, partitioning }, values) =>
      checkPartition(condition, partitioning, values),
    );
    fc.assert(property, { numRuns: 10_000 });
  });
});

describe('manifests', () => {
  it('are never skipped with a matching row', () => {
    fc.assert(
      fc.property(predicate, spec, rows, (condition, partitioning, list) => {
        const bound = bindPredicate(SCHEMA, condition);
        const types = partitioning.fields.map((field) => resultType(field.transform, typeOf(field.sourceId)));
        const partitions = summarizePartitions(
          types,
          list.map((values) => partitionOf(values, partitioning)),
        );
        if (!list.some((values) => matches(bound, values))) return;
        expect(manifestMayMatch(bound, partitioning, SCHEMA, { addedFilesCount: 1, partitions })).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('files', () => {
  it('are never skipped with a matching row, never taken whole with another one', () => {
    fc.assert(
      fc.property(predicate, rows, (condition, list) => {
        const bound = bindPredicate(SCHEMA, condition);
        const file = metricsOf(list);
        if (list.some((values) => matches(bound, values))) expect(fileMayMatch(bound, SCHEMA, file)).toBe(true);
        if (fileMustMatch(bound, SCHEMA, file)) expect(list.every((values) => matches(bound, values))).toBe(true);
      }),
      RUNS,
    );
  });

  it('are never judged by what they do not say', () => {
    const parts = ['valueCounts', 'nullValueCounts', 'nanValueCounts', 'lowerBounds', 'upperBounds'] as const;
    fc.assert(
      fc.property(predicate, rows, fc.subarray([...parts]), (condition, list, kept) => {
        const bound = bindPredicate(SCHEMA, condition);
        const all = metricsOf(list);
        const file: FileMetrics = {
          recordCount: all.recordCount,
          ...Object.fromEntries(kept.map((part) => [part, all[part]])),
        };
        if (list.some((values) => matches(bound, values))) expect(fileMayMatch(bound, SCHEMA, file)).toBe(true);
        if (fileMustMatch(bound, SCHEMA, file)) expect(list.every((values) => matches(bound, values))).toBe(true);
      }),
      RUNS,
    );
  });
});

describe('not', () => {
  it('turns every answer around but that of null and NaN, which never satisfy a comparison and its opposite', () => {
    fc.assert(
      fc.property(predicate, row, (condition, values) => {
        const complete = [...values.values()].every((value) => value !== null && !Number.isNaN(value));
        const yes = matches(bindPredicate(SCHEMA, condition), values);
        const no = matches(bindPredicate(SCHEMA, { kind: 'not', child: condition }), values);
        if (complete) expect(no).toBe(!yes);
      }),
      RUNS,
    );
  });
});
