import { InvalidArgumentError } from '../errors.ts';
import { formatType } from '../spec/parse-type.ts';
import { columnByName, fieldNames } from '../spec/schema.ts';
import { isPrimitive } from '../spec/type-kinds.ts';
import type { Schema, Value } from '../spec/types.ts';
import { assertValueOf } from '../spec/value-check.ts';
import {
  type BoundPredicate,
  type BoundTerm,
  boundAnd,
  boundOr,
  FALSE,
  type PrimitiveTerm,
  TRUE,
} from './bound-predicate.ts';
import { closestName } from './closest-name.ts';
import { toLiteral } from './literal.ts';
import { NEGATION } from './negation.ts';
import type { ComparisonOperator, LiteralOperator, Predicate, SetOperator, UnaryOperator } from './predicate.ts';

/**
 * Ties a predicate to the columns of a schema, by name (dotted inside structs), and pushes every `not` down to its leaves.
 *
 * Values become values of the column's type: integers for longs and the other way round, text for dates, timestamps, uuids
 * and decimals in the spec's JSON spelling. An integer beyond an int column's range decides the comparison at once.
 *
 * @throws {InvalidArgumentError} unknown column, or a value that is not of the column's type
 */
export function bindPredicate(schema: Schema, predicate: Predicate): BoundPredicate {
  return bind(schema, predicate, false);
}

function bind(schema: Schema, predicate: Predicate, negated: boolean): BoundPredicate {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return (predicate.kind === 'true') !== negated ? TRUE : FALSE;
    case 'not':
      return bind(schema, predicate.child, !negated);
    case 'and':
    case 'or': {
      const [left, right] = [bind(schema, predicate.left, negated), bind(schema, predicate.right, negated)];
      return (predicate.kind === 'and') !== negated ? boundAnd(left, right) : boundOr(left, right);
    }
    case 'is-null':
    case 'not-null':
    case 'is-nan':
    case 'not-nan': {
      const kind = negated ? NEGATION[predicate.kind] : predicate.kind;
      return bindUnary(kind, termOf(schema, predicate.column));
    }
    case 'in':
    case 'not-in': {
      const kind = negated ? NEGATION[predicate.kind] : predicate.kind;
      return bindSet(kind, primitiveTermOf(schema, predicate.column), predicate.values);
    }
    default: {
      const kind = negated ? NEGATION[predicate.kind] : predicate.kind;
      return bindLiteral(kind, primitiveTermOf(schema, predicate.column), predicate.value);
    }
  }
}

function bindUnary(kind: UnaryOperator, term: BoundTerm): BoundPredicate {
  const isFloat = term.type.kind === 'float' || term.type.kind === 'double';
  if (isFloat || kind === 'is-null' || kind === 'not-null') return { kind, term };
  throw new InvalidArgumentError(
    `Column ${term.name} is ${formatType(term.type)}, which has no NaN. Nothing was read. ` +
      'Use isNan and notNan on float and double columns only.',
  );
}

function bindLiteral(kind: LiteralOperator, term: PrimitiveTerm, given: Value): BoundPredicate {
  if (kind === 'starts-with' || kind === 'not-starts-with') return bindPrefix(kind, term, given);
  const literal = toLiteral(term, given);
  return typeof literal === 'string' ? beyondRange(kind, literal, term) : { kind, term, value: literal.value };
}

function bindPrefix(kind: 'starts-with' | 'not-starts-with', term: PrimitiveTerm, prefix: Value): BoundPredicate {
  if (term.type.kind !== 'string') {
    throw new InvalidArgumentError(
      `Column ${term.name} is ${formatType(term.type)} and has no prefix. Nothing was read. Use startsWith on string columns only.`,
    );
  }
  assertValueOf(term.type, prefix, `The prefix for column ${term.name}`);
  return { kind, term, value: prefix };
}

function bindSet(kind: SetOperator, term: PrimitiveTerm, given: readonly Value[]): BoundPredicate {
  const literals = given.map((value) => toLiteral(term, value));
  const values = literals.filter((literal) => typeof literal !== 'string').map((literal) => literal.value);
  if (values.length === 0) return kind === 'in' ? FALSE : TRUE;
  return { kind, term, values };
}

/** What a comparison says when its value is below or above everything the column can hold; null still compares false. */
function beyondRange(kind: ComparisonOperator, side: 'below' | 'above', term: PrimitiveTerm): BoundPredicate {
  if (kind === 'eq') return FALSE;
  if (kind === 'not-eq') return TRUE;
  const wantsSmaller = kind === 'lt' || kind === 'lt-eq';
  return wantsSmaller === (side === 'above') ? { kind: 'not-null', term } : FALSE;
}

function termOf(schema: Schema, name: string): BoundTerm {
  const field = columnByName(schema, name);
  if (field !== undefined) return { fieldId: field.id, name, type: field.type };
  const suggestion = closestName(name, fieldNames(schema));
  const columns = schema.fields.map((column) => column.name).join(', ');
  throw new InvalidArgumentError(
    `There is no column ${name} in schema ${schema.schemaId}. Nothing was read. ` +
      (suggestion === undefined ? `Its columns are ${columns}.` : `Did you mean ${suggestion}?`),
  );
}

function primitiveTermOf(schema: Schema, name: string): PrimitiveTerm {
  const term = termOf(schema, name);
  if (isPrimitive(term.type) && term.type.kind !== 'unsupported') return { ...term, type: term.type };
  throw new InvalidArgumentError(
    `Column ${name} is ${formatType(term.type)} and cannot be compared. Nothing was read. ` +
      'Compare a column inside it, or use isNull and notNull.',
  );
}
