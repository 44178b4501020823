import type { PrimitiveType, Type, Value } from '../spec/types.ts';
import type { LiteralOperator, SetOperator, UnaryOperator } from './predicate.ts';

/** What a bound predicate looks at: a column of the schema, or a field of the partition. */
export interface BoundTerm {
  readonly fieldId: number;
  readonly name: string;
  readonly required: boolean;
  readonly type: Type;
}

/** As {@link BoundTerm}, of a type that has single values. */
export interface PrimitiveTerm extends BoundTerm {
  readonly type: PrimitiveType;
}

/** A predicate tied to field ids and types; literals are of the column's type; no `not` is left in it. */
export type BoundPredicate =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  | { readonly kind: 'and'; readonly left: BoundPredicate; readonly right: BoundPredicate }
  | { readonly kind: 'or'; readonly left: BoundPredicate; readonly right: BoundPredicate }
  | BoundLeaf;

export type BoundLeaf =
  | { readonly kind: UnaryOperator; readonly term: BoundTerm }
  | { readonly kind: LiteralOperator; readonly term: PrimitiveTerm; readonly value: Value }
  | { readonly kind: SetOperator; readonly term: PrimitiveTerm; readonly values: readonly Value[] };
