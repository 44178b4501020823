import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../src/errors.ts';
import { bindPredicate } from '../../src/expressions/bind.ts';
import { evaluateRow } from '../../src/expressions/evaluate-row.ts';
import {
  alwaysFalse,
  alwaysTrue,
  and,
  equal,
  greaterThan,
  isIn,
  isNan,
  isNull,
  lessThan,
  not,
  notEqual,
  notIn,
  or,
  type Predicate,
  startsWith,
} from '../../src/expressions/predicate.ts';
import { schemaFromJson } from '../../src/spec/schema-json.ts';

const schema = schemaFromJson({
  'schema-id': 7,
  fields: [
    { id: 1, name: 'account_id', required: true, type: 'long' },
    { id: 2, name: 'event_ts', required: false, type: 'timestamptz' },
    { id: 3, name: 'n', required: false, type: 'int' },
    { id: 4, name: 'price', required: false, type: 'decimal(9,2)' },
    { id: 5, name: 'ratio', required: false, type: 'float' },
    {
      id: 6,
      name: 'tags',
      required: false,
      type: { type: 'list', 'element-id': 7, element: 'string', 'element-required': false },
    },
    {
      id: 8,
      name: 'place',
      required: false,
      type: { type: 'struct', fields: [{ id: 9, name: 'city', required: false, type: 'string' }] },
    },
    { id: 10, name: 'shape', required: false, type: 'geometry(srid:4326)' },
  ],
});

const bind = (predicate: Predicate) => bindPredicate(schema, predicate);
const boundValue = (predicate: Predicate): unknown => (bind(predicate) as { value?: unknown }).value;

describe('bindPredicate', () => {
  it('suggests the column that was meant', () => {
    expect(() => bind(equal('acount_id', 1n))).toThrow(InvalidArgumentError);
    expect(() => bind(equal('acount_id', 1n))).toThrow(/no column acount_id in schema 7.*Did you mean account_id\?/);
    expect(() => bind(equal('citi', 'x'))).toThrow(/Its columns are account_id, event_ts/);
    expect(() => bind(equal('place.citi', 'x'))).toThrow(/Did you mean place\.city\?/);
  });

  it('finds a column inside a struct, not inside a list', () => {
    expect(bind(startsWith('place.city', 'B'))).toMatchObject({ kind: 'starts-with', term: { fieldId: 9 } });
    expect(() => bind(equal('tags.element', 'x'))).toThrow(/no column tags\.element/);
    expect(bind(isNull('tags'))).toMatchObject({ kind: 'is-null', term: { fieldId: 6 } });
    expect(() => bind(equal('tags', 'x'))).toThrow(/list<string> and cannot be compared/);
    expect(() => bind(equal('shape', 'x'))).toThrow(/cannot be compared/);
  });

  it('gives values the form of their column', () => {
    expect(boundValue(equal('account_id', 5))).toBe(5n);
    expect(boundValue(equal('n', 5n))).toBe(5);
    expect(boundValue(equal('event_ts', '1970-01-01T00:00:01.000000+00:00'))).toBe(1_000_000n);
    expect(boundValue(equal('price', '14.20'))).toBe(1420n);
    expect(boundValue(equal('ratio', 0.1))).toBe(Math.fround(0.1));
  });

  it.each([
    [equal('account_id', 1.5)],
    [equal('account_id', 'five')],
    [equal('event_ts', '2026-01-05')],
    [equal('place.city', 5)],
    [equal('ratio', Number.NaN)],
    [isNan('n')],
    [startsWith('n', '1')],
    [isIn('n', [1, 'two'])],
  ])('refuses %j', (predicate) => {
    expect(() => bind(predicate)).toThrow(InvalidArgumentError);
  });

  it('decides comparisons beyond the range of the column', () => {
    const beyond = 2n ** 40n;
    expect(bind(lessThan('n', beyond))).toMatchObject({ kind: 'not-null' });
    expect(bind(greaterThan('n', beyond))).toEqual({ kind: 'false' });
    expect(bind(greaterThan('n', -beyond))).toMatchObject({ kind: 'not-null' });
    expect(bind(equal('n', beyond))).toEqual({ kind: 'false' });
    expect(bind(notEqual('account_id', 2n ** 63n))).toEqual({ kind: 'true' });
    expect(bind(isIn('n', [beyond, 3]))).toMatchObject({ kind: 'in', values: [3] });
    expect(bind(isIn('n', [beyond]))).toEqual({ kind: 'false' });
    expect(bind(notIn('n', [beyond]))).toEqual({ kind: 'true' });
  });

  it('pushes not down to the leaves', () => {
    const predicate = not(and(lessThan('n', 3), or(isNull('n'), not(isIn('n', [1])))));
    expect(bind(predicate)).toMatchObject({
      kind: 'or',
      left: { kind: 'gt-eq' },
      right: { kind: 'and', left: { kind: 'not-null' }, right: { kind: 'in' } },
    });
  });

  it('folds constants', () => {
    expect(and()).toEqual(alwaysTrue);
    expect(or()).toEqual(alwaysFalse);
    expect(and(equal('n', 1), alwaysFalse)).toEqual(alwaysFalse);
    expect(or(alwaysFalse, equal('n', 1))).toEqual(equal('n', 1));
    expect(not(not(equal('n', 1)))).toEqual(equal('n', 1));
    expect(isIn('n', [])).toEqual(alwaysFalse);
    expect(notIn('n', [])).toEqual(alwaysTrue);
  });

  it('lets null and NaN satisfy inequality and nothing else', () => {
    const answers = (value: number | null) =>
      [
        equal('ratio', 1),
        notEqual('ratio', 1),
        lessThan('ratio', 1),
        greaterThan('ratio', 1),
        isIn('ratio', [1]),
        notIn('ratio', [1]),
      ].map((predicate) => evaluateRow(bind(predicate), new Map([[5, value]])));
    expect(answers(null)).toEqual([false, true, false, false, false, true]);
    expect(answers(Number.NaN)).toEqual([false, true, false, false, false, true]);
  });
});
