import type { Value } from '../spec/types.ts';

/**
 * A condition on rows, by column name. Plain values: can be compared, printed and stored.
 *
 * Nulls and NaN: a comparison with either is false, `notEqual`, `notIn` and `notStartsWith` are true for both, as Java's evaluators say.
 */
export type Predicate =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'and'; readonly left: Predicate; readonly right: Predicate }
  | { readonly kind: 'or'; readonly left: Predicate; readonly right: Predicate }
  | { readonly kind: 'not'; readonly child: Predicate }
  | { readonly kind: UnaryOperator; readonly column: string }
  | { readonly kind: LiteralOperator; readonly column: string; readonly value: Value }
  | { readonly kind: SetOperator; readonly column: string; readonly values: readonly Value[] };

export type UnaryOperator = 'is-null' | 'not-null' | 'is-nan' | 'not-nan';
export type ComparisonOperator = 'eq' | 'not-eq' | 'lt' | 'lt-eq' | 'gt' | 'gt-eq';
export type LiteralOperator = ComparisonOperator | 'starts-with' | 'not-starts-with';
export type SetOperator = 'in' | 'not-in';

export const alwaysTrue: Predicate = { kind: 'true' };
export const alwaysFalse: Predicate = { kind: 'false' };

/** All of them; none at all is true. Constants fold away. */
export function and(...predicates: readonly Predicate[]): Predicate {
  return predicates.reduce(andPair, alwaysTrue);
}

/** Any of them; none at all is false. Constants fold away. */
export function or(...predicates: readonly Predicate[]): Predicate {
  return predicates.reduce(orPair, alwaysFalse);
}

export function not(child: Predicate): Predicate {
  if (child.kind === 'true') return alwaysFalse;
  if (child.kind === 'false') return alwaysTrue;
  return child.kind === 'not' ? child.child : { kind: 'not', child };
}

export const isNull = (column: string): Predicate => ({ kind: 'is-null', column });
export const notNull = (column: string): Predicate => ({ kind: 'not-null', column });
export const isNan = (column: string): Predicate => ({ kind: 'is-nan', column });
export const notNan = (column: string): Predicate => ({ kind: 'not-nan', column });
export const equal = (column: string, value: Value): Predicate => ({ kind: 'eq', column, value });
export const notEqual = (column: string, value: Value): Predicate => ({ kind: 'not-eq', column, value });
export const lessThan = (column: string, value: Value): Predicate => ({ kind: 'lt', column, value });
export const lessThanOrEqual = (column: string, value: Value): Predicate => ({ kind: 'lt-eq', column, value });
export const greaterThan = (column: string, value: Value): Predicate => ({ kind: 'gt', column, value });
export const greaterThanOrEqual = (column: string, value: Value): Predicate => ({ kind: 'gt-eq', column, value });
export const startsWith = (column: string, prefix: string): Predicate => ({
  kind: 'starts-with',
  column,
  value: prefix,
});
export const notStartsWith = (column: string, prefix: string): Predicate => ({
  kind: 'not-starts-with',
  column,
  value: prefix,
});

/** An empty set is false. */
export function isIn(column: string, values: readonly Value[]): Predicate {
  return values.length === 0 ? alwaysFalse : { kind: 'in', column, values };
}

/** An empty set is true. */
export function notIn(column: string, values: readonly Value[]): Predicate {
  return values.length === 0 ? alwaysTrue : { kind: 'not-in', column, values };
}

function andPair(left: Predicate, right: Predicate): Predicate {
  if (left.kind === 'false' || right.kind === 'true') return left;
  if (right.kind === 'false' || left.kind === 'true') return right;
  return { kind: 'and', left, right };
}

function orPair(left: Predicate, right: Predicate): Predicate {
  if (left.kind === 'true' || right.kind === 'false') return left;
  if (right.kind === 'true' || left.kind === 'false') return right;
  return { kind: 'or', left, right };
}
