import type { PrimitiveType, Type, Value } from '../spec/types.ts';
import type { LiteralOperator, SetOperator, UnaryOperator } from './predicate.ts';

/** What a bound predicate looks at: a column of the schema, or a field of the partition. */
export interface BoundTerm {
  readonly fieldId: number;
  readonly name: string;
  readonly type: Type;
}

/** A term of a type that has single values. */
export interface PrimitiveTerm extends BoundTerm {
  readonly type: PrimitiveType;
}

/** A predicate tied to field ids and types; literals are of the term's type; no `not` is left in it. */
export type BoundPredicate =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'and'; readonly left: BoundPredicate; readonly right: BoundPredicate }
  | { readonly kind: 'or'; readonly left: BoundPredicate; readonly right: BoundPredicate }
  | BoundLeaf;

export type BoundLeaf = BoundUnary | BoundLiteral | BoundSet;

export interface BoundUnary {
  readonly kind: UnaryOperator;
  readonly term: BoundTerm;
}

export interface BoundLiteral {
  readonly kind: LiteralOperator;
  readonly term: PrimitiveTerm;
  readonly value: Value;
}

export interface BoundSet {
  readonly kind: SetOperator;
  readonly term: PrimitiveTerm;
  readonly values: readonly Value[];
}

/** Whether the leaf compares with values, and not only asks for null or NaN. */
export function hasLiteral(leaf: BoundLeaf): leaf is BoundLiteral | BoundSet {
  return 'value' in leaf || 'values' in leaf;
}

export const TRUE: BoundPredicate = { kind: 'true' };
export const FALSE: BoundPredicate = { kind: 'false' };

/** Constants fold away. */
export function boundAnd(left: BoundPredicate, right: BoundPredicate): BoundPredicate {
  if (left.kind === 'false' || right.kind === 'true') return left;
  if (right.kind === 'false' || left.kind === 'true') return right;
  return { kind: 'and', left, right };
}

/** Constants fold away. */
export function boundOr(left: BoundPredicate, right: BoundPredicate): BoundPredicate {
  if (left.kind === 'true' || right.kind === 'false') return left;
  if (right.kind === 'true' || left.kind === 'false') return right;
  return { kind: 'or', left, right };
}

/** Answers a predicate by answering its leaves; the right side only when the left does not decide. */
export function evaluateWith(predicate: BoundPredicate, answer: (leaf: BoundLeaf) => boolean): boolean {
  switch (predicate.kind) {
    case 'true':
      return true;
    case 'false':
      return false;
    case 'and':
      return evaluateWith(predicate.left, answer) && evaluateWith(predicate.right, answer);
    case 'or':
      return evaluateWith(predicate.left, answer) || evaluateWith(predicate.right, answer);
    default:
      return answer(predicate);
  }
}

/** The terms that a predicate looks at, each once. */
export function termsOf(predicate: BoundPredicate): readonly BoundTerm[] {
  const terms = new Map<number, BoundTerm>();
  replaceLeaves(predicate, (leaf) => {
    terms.set(leaf.term.fieldId, leaf.term);
    return leaf;
  });
  return [...terms.values()];
}

/** The predicate with every leaf replaced. */
export function replaceLeaves(predicate: BoundPredicate, replace: (leaf: BoundLeaf) => BoundPredicate): BoundPredicate {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate;
    case 'and':
      return boundAnd(replaceLeaves(predicate.left, replace), replaceLeaves(predicate.right, replace));
    case 'or':
      return boundOr(replaceLeaves(predicate.left, replace), replaceLeaves(predicate.right, replace));
    default:
      return replace(predicate);
  }
}
