import type { LiteralOperator, SetOperator, UnaryOperator } from './predicate.ts';

const UNARY: Readonly<Record<UnaryOperator, UnaryOperator>> = {
  'is-null': 'not-null',
  'not-null': 'is-null',
  'is-nan': 'not-nan',
  'not-nan': 'is-nan',
};

const LITERAL: Readonly<Record<LiteralOperator, LiteralOperator>> = {
  eq: 'not-eq',
  'not-eq': 'eq',
  lt: 'gt-eq',
  'gt-eq': 'lt',
  gt: 'lt-eq',
  'lt-eq': 'gt',
  'starts-with': 'not-starts-with',
  'not-starts-with': 'starts-with',
};

const SET: Readonly<Record<SetOperator, SetOperator>> = { in: 'not-in', 'not-in': 'in' };

/** The operator that `not` in front of each operator means. A comparison with null is false on both sides of it, as in SQL. */
export const NEGATION = { ...UNARY, ...LITERAL, ...SET } as Readonly<
  Record<UnaryOperator, UnaryOperator> & Record<LiteralOperator, LiteralOperator> & Record<SetOperator, SetOperator>
>;
