import { describe, expect, it } from 'vitest';
import { bindPredicate } from '../../src/expressions/bind.ts';
import { manifestMayMatch, type PartitionSummary } from '../../src/expressions/evaluate-manifest.ts';
import { type FileMetrics, fileMayMatch, fileMustMatch } from '../../src/expressions/evaluate-metrics.ts';
import {
  alwaysTrue,
  equal,
  greaterThan,
  isIn,
  isNan,
  isNull,
  lessThan,
  notEqual,
  notNan,
  notNull,
  notStartsWith,
  type Predicate,
  startsWith,
} from '../../src/expressions/predicate.ts';
import type { PartitionSpec } from '../../src/spec/partition-spec.ts';
import { schemaFromJson } from '../../src/spec/schema-json.ts';
import { encodeSingleValue } from '../../src/spec/single-values.ts';
import type { PrimitiveType, Value } from '../../src/spec/types.ts';

const schema = schemaFromJson({
  fields: [
    { id: 1, name: 'n', required: false, type: 'long' },
    { id: 2, name: 's', required: false, type: 'string' },
    { id: 3, name: 'x', required: false, type: 'double' },
    { id: 4, name: 'key', required: true, type: 'long' },
  ],
});
const identity = { kind: 'identity' } as const;
const spec: PartitionSpec = {
  specId: 0,
  fields: [1, 2, 3].map((id) => ({ sourceId: id, fieldId: 999 + id, name: `p${id}`, transform: identity })),
};
const bytes = (id: number, value: Value) => encodeSingleValue(schema.fields[id - 1]!.type as PrimitiveType, value);

describe('manifestMayMatch', () => {
  const between = (id: number, lower: Value, upper: Value, over: Partial<PartitionSummary> = {}): PartitionSummary => ({
    containsNull: false,
    containsNan: false,
    lowerBound: bytes(id, lower),
    upperBound: bytes(id, upper),
    ...over,
  });
  const may = (predicate: Predicate, ...partitions: readonly PartitionSummary[]): boolean =>
    manifestMayMatch(bindPredicate(schema, predicate), spec, schema, { addedFilesCount: 1, partitions });
  const strings = between(2, 'a', 'b');
  const doubles = between(3, 0, 1);

  it.each<[string, Predicate, PartitionSummary, boolean]>([
    ['0 as a bound', lessThan('n', 0n), between(1, 0n, 5n), false],
    ['0 as a bound', equal('n', 0n), between(1, 0n, 5n), true],
    ['above the bounds', greaterThan('n', 5n), between(1, 0n, 5n), false],
    ['none of a set', isIn('n', [6n, -1n]), between(1, 0n, 5n), false],
    [
      'a set too large to ask',
      isIn(
        'n',
        Array.from({ length: 201 }, (_, i) => BigInt(i + 6)),
      ),
      between(1, 0n, 5n),
      true,
    ],
    ['no null', isNull('n'), between(1, 0n, 5n), false],
    ['nulls only', notNull('n'), { containsNull: true }, false],
    ['nulls only', equal('n', 1n), { containsNull: true }, false],
    ['no bounds and no reason for it', equal('n', 1n), { containsNull: false }, true],
    ['the one value', notEqual('n', 5n), between(1, 5n, 5n), false],
    ['the one value or null', notEqual('n', 5n), between(1, 5n, 5n, { containsNull: true }), true],
  ])('%s: %o', (_what, predicate, summary, expected) => {
    expect(may(predicate, summary, strings, doubles)).toBe(expected);
  });

  it('knows the empty string as a bound', () => {
    const summary = between(2, '', '');
    expect(may(equal('s', ''), between(1, 0n, 5n), summary, doubles)).toBe(true);
    expect(may(equal('s', 'a'), between(1, 0n, 5n), summary, doubles)).toBe(false);
    expect(may(notEqual('s', ''), between(1, 0n, 5n), summary, doubles)).toBe(false);
  });

  it('knows prefixes', () => {
    const summary = between(2, 'aab', 'aac');
    const ask = (predicate: Predicate) => may(predicate, between(1, 0n, 5n), summary, doubles);
    expect([ask(startsWith('s', 'aa')), ask(startsWith('s', 'b')), ask(startsWith('s', 'aabb'))]).toEqual([
      true,
      false,
      true,
    ]);
    expect([ask(notStartsWith('s', 'aa')), ask(notStartsWith('s', 'aab'))]).toEqual([false, true]);
  });

  it('knows NaN only where it is said', () => {
    const ask = (predicate: Predicate, summary: PartitionSummary) =>
      may(predicate, between(1, 0n, 5n), strings, summary);
    expect(ask(isNan('x'), doubles)).toBe(false);
    expect(ask(isNan('x'), { ...doubles, containsNan: true })).toBe(true);
    const { containsNan: _unsaid, ...unsaid } = doubles;
    expect(ask(isNan('x'), unsaid)).toBe(true);
    expect(ask(notNan('x'), { containsNull: false, containsNan: true })).toBe(false);
    expect(ask(notNull('x'), { containsNull: true })).toBe(true);
    expect(ask(notEqual('x', 1), between(3, 1, 1, { containsNan: true }))).toBe(true);
  });

  it('skips manifests without live files and no other without summaries', () => {
    const bound = bindPredicate(schema, equal('n', 1n));
    expect(manifestMayMatch(bound, spec, schema, { addedFilesCount: 0, existingFilesCount: 0 })).toBe(false);
    expect(manifestMayMatch(bound, spec, schema, { addedFilesCount: 0 })).toBe(true);
    expect(manifestMayMatch(bound, spec, schema, {})).toBe(true);
    expect(manifestMayMatch(bound, spec, schema, { partitions: [] })).toBe(true);
    expect(manifestMayMatch(bindPredicate(schema, alwaysTrue), spec, schema, {})).toBe(true);
  });
});

describe('file metrics', () => {
  const file: FileMetrics = {
    recordCount: 10,
    valueCounts: new Map([1, 2, 3].map((id) => [id, 10])),
    nullValueCounts: new Map([
      [1, 0],
      [2, 10],
      [3, 0],
    ]),
    nanValueCounts: new Map([[3, 10]]),
    lowerBounds: new Map([[1, bytes(1, 0n)]]),
    upperBounds: new Map([[1, bytes(1, 0n)]]),
  };
  const may = (predicate: Predicate, over: Partial<FileMetrics> = {}) =>
    fileMayMatch(bindPredicate(schema, predicate), schema, { ...file, ...over });
  const must = (predicate: Predicate, over: Partial<FileMetrics> = {}) =>
    fileMustMatch(bindPredicate(schema, predicate), schema, { ...file, ...over });

  it('prune by bounds that are 0', () => {
    expect([may(equal('n', 0n)), may(equal('n', 1n)), may(lessThan('n', 0n)), may(notEqual('n', 0n))]).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect([must(equal('n', 0n)), must(lessThan('n', 1n)), must(notEqual('n', 1n)), must(notEqual('n', 0n))]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('prune columns of nothing but null or NaN', () => {
    expect([may(equal('s', 'a')), may(notNull('s')), may(isNull('s')), must(isNull('s'))]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    expect([may(equal('x', 1)), may(notNan('x')), must(isNan('x'))]).toEqual([false, false, true]);
  });

  it('claim nothing for a column with nulls', () => {
    const withNull = { nullValueCounts: new Map([[1, 1]]) };
    expect([must(equal('n', 0n), withNull), must(notEqual('n', 1n), withNull), must(notNull('n'), withNull)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('take a required column to be without nulls', () => {
    const unsaid: FileMetrics = { recordCount: 10 };
    expect(may(isNull('key'), { nullValueCounts: new Map() })).toBe(false);
    expect(fileMustMatch(bindPredicate(schema, notNull('key')), schema, unsaid)).toBe(true);
    expect(fileMustMatch(bindPredicate(schema, notNull('n')), schema, unsaid)).toBe(false);
  });

  it('skip an empty file and no file with an unknown count', () => {
    expect(may(alwaysTrue, { recordCount: 0 })).toBe(false);
    expect(may(alwaysTrue, { recordCount: -1 })).toBe(true);
    expect(must(equal('n', 9n), { recordCount: 0 })).toBe(true);
  });

  it('ignore bounds that are NaN', () => {
    const nan = new Map([[3, bytes(3, Number.NaN)]]);
    const over = { nanValueCounts: new Map([[3, 1]]), lowerBounds: nan, upperBounds: nan };
    expect([may(equal('x', 1), over), must(lessThan('x', 1), over)]).toEqual([true, false]);
  });
});
