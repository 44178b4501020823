import { describe, expect, it } from 'vitest';
import { bindPredicate } from '../../src/expressions/bind.ts';
import type { BoundPredicate } from '../../src/expressions/bound-predicate.ts';
import {
  and,
  equal,
  greaterThan,
  greaterThanOrEqual,
  isIn,
  isNull,
  lessThan,
  lessThanOrEqual,
  notEqual,
  notStartsWith,
  type Predicate,
  startsWith,
} from '../../src/expressions/predicate.ts';
import { projectInclusive, projectStrict } from '../../src/expressions/project.ts';
import type { PartitionSpec } from '../../src/spec/partition-spec.ts';
import { schemaFromJson } from '../../src/spec/schema-json.ts';
import { parseTransform } from '../../src/spec/transform-text.ts';

const schema = schemaFromJson({
  fields: [
    { id: 1, name: 'ts', required: false, type: 'timestamptz' },
    { id: 2, name: 's', required: false, type: 'string' },
    { id: 3, name: 'n', required: false, type: 'int' },
    { id: 4, name: 'd', required: false, type: 'date' },
  ],
});

const specOf = (...fields: readonly (readonly [number, string])[]): PartitionSpec => ({
  specId: 0,
  fields: fields.map(([sourceId, transform], i) => ({
    sourceId,
    fieldId: 1000 + i,
    name: `p${i}`,
    transform: parseTransform(transform),
  })),
});

/** `p0 lt-eq 5` and the like. */
function show(bound: BoundPredicate): string {
  if (bound.kind === 'and' || bound.kind === 'or') return `(${show(bound.left)} ${bound.kind} ${show(bound.right)})`;
  if (!('term' in bound)) return bound.kind;
  const value = 'value' in bound ? ` ${bound.value}` : 'values' in bound ? ` ${bound.values.join(',')}` : '';
  return `${bound.term.name} ${bound.kind}${value}`;
}

const inclusive = (predicate: Predicate, spec: PartitionSpec): string =>
  show(projectInclusive(bindPredicate(schema, predicate), spec, schema));
const strict = (predicate: Predicate, spec: PartitionSpec): string =>
  show(projectStrict(bindPredicate(schema, predicate), spec, schema));

const HOUR = 3_600_000_000n;
const SEVEN = 491_023n;

describe('time transforms', () => {
  const hour = specOf([1, 'hour']);
  it.each<[Predicate, string, string]>([
    [lessThan('ts', SEVEN * HOUR), 'p0 lt-eq 491022', 'p0 lt 491023'],
    [lessThanOrEqual('ts', SEVEN * HOUR), 'p0 lt-eq 491023', 'p0 lt 491023'],
    [greaterThan('ts', SEVEN * HOUR), 'p0 gt-eq 491023', 'p0 gt 491023'],
    [greaterThanOrEqual('ts', SEVEN * HOUR), 'p0 gt-eq 491023', 'p0 gt 491022'],
    [equal('ts', SEVEN * HOUR), 'p0 in 491023', 'false'],
    [notEqual('ts', SEVEN * HOUR), 'true', '(p0 not-null and p0 not-in 491023)'],
    [isNull('ts'), 'p0 is-null', 'p0 is-null'],
  ])('%o', (predicate, may, must) => {
    expect(inclusive(predicate, hour)).toBe(may);
    expect(strict(predicate, hour)).toBe(must);
  });

  it('allow for writers that rounded times before 1970 up', () => {
    expect(inclusive(lessThan('ts', -HOUR), hour)).toBe('p0 lt-eq -1');
    expect(inclusive(lessThanOrEqual('ts', -1n), hour)).toBe('p0 lt-eq 0');
    expect(inclusive(equal('ts', -1n), hour)).toBe('p0 in -1,0');
    expect(strict(greaterThan('ts', -1n), hour)).toBe('p0 gt 0');
    expect(strict(notEqual('ts', -1n), hour)).toBe('(p0 not-null and p0 not-in -1,0)');
    expect(inclusive(equal('d', -1), specOf([4, 'day']))).toBe('p0 in -1');
    expect(inclusive(equal('d', -1), specOf([4, 'month']))).toBe('p0 in -1,0');
  });
});

describe('prefixes', () => {
  const cut = specOf([2, 'truncate[3]']);
  it.each<[string, string, string, string, string]>([
    [
      'ab',
      'p0 starts-with ab',
      'p0 starts-with ab',
      'p0 not-starts-with ab',
      '(p0 not-null and p0 not-starts-with ab)',
    ],
    ['abc', 'p0 eq abc', 'p0 eq abc', 'p0 not-eq abc', '(p0 not-null and p0 not-eq abc)'],
    ['abcd', 'p0 eq abc', 'false', 'true', '(p0 not-null and p0 not-eq abc)'],
    ['😀😀😀', 'p0 eq 😀😀😀', 'p0 eq 😀😀😀', 'p0 not-eq 😀😀😀', '(p0 not-null and p0 not-eq 😀😀😀)'],
  ])('%s', (prefix, may, must, mayNot, mustNot) => {
    expect(inclusive(startsWith('s', prefix), cut)).toBe(may);
    expect(strict(startsWith('s', prefix), cut)).toBe(must);
    expect(inclusive(notStartsWith('s', prefix), cut)).toBe(mayNot);
    expect(strict(notStartsWith('s', prefix), cut)).toBe(mustNot);
  });

  it('keep order', () => {
    expect(inclusive(lessThan('s', 'abcd'), cut)).toBe('p0 lt-eq abc');
    expect(strict(greaterThanOrEqual('s', 'abcd'), cut)).toBe('p0 gt abc');
  });
});

describe('other transforms', () => {
  it('bucket knows equality only', () => {
    const bucket = specOf([3, 'bucket[16]']);
    expect(inclusive(isIn('n', [34, 35]), bucket)).toMatch(/^p0 in \d+,\d+$/);
    expect(inclusive(lessThan('n', 34), bucket)).toBe('true');
    expect(strict(equal('n', 34), bucket)).toBe('false');
    expect(strict(notEqual('n', 34), bucket)).toBe('(p0 not-null and p0 not-eq 3)');
  });

  it('void and unknown tell nothing', () => {
    for (const transform of ['void', 'zorder(n)']) {
      expect(inclusive(equal('n', 1), specOf([3, transform]))).toBe('true');
      expect(strict(isNull('n'), specOf([3, transform]))).toBe('false');
    }
  });

  it('a spec without the column tells nothing, several fields of it tell each their part', () => {
    expect(inclusive(equal('n', 1), specOf([2, 'identity']))).toBe('true');
    expect(strict(equal('n', 1), specOf([2, 'identity']))).toBe('false');
    const both = specOf([3, 'truncate[10]'], [3, 'identity']);
    expect(inclusive(equal('n', 17), both)).toBe('(p0 in 10 and p1 eq 17)');
    expect(strict(lessThan('n', 17), both)).toBe('(p0 lt 10 or p1 lt 17)');
    expect(inclusive(and(equal('n', 17), equal('s', 'x')), both)).toBe('(p0 in 10 and p1 eq 17)');
  });

  it('decides at the end of the range', () => {
    expect(inclusive(lessThan('n', -0x80000000), specOf([3, 'truncate[10]']))).toBe('false');
    expect(strict(lessThanOrEqual('n', 0x7fffffff), specOf([3, 'truncate[10]']))).toBe('false');
  });
});
