import { InvalidArgumentError } from '../errors.ts';
import { singleValueFromJson } from '../spec/single-value-json.ts';
import type { PrimitiveType, Value } from '../spec/types.ts';
import { assertValueOf, isValueOf } from '../spec/value-check.ts';
import type { PrimitiveTerm } from './bound-predicate.ts';

/** A predicate's value in the form of its column, or on which side of everything the column can hold it lies. */
export type Literal = { readonly value: Value } | 'below' | 'above';

/**
 * Integers fit themselves to int, long, float and double columns; text in the spec's JSON spelling becomes dates, times,
 * timestamps, uuids and decimals; doubles are rounded for float columns, as Java does.
 *
 * @throws {InvalidArgumentError} not a value of the column's type, or NaN
 */
export function toLiteral(term: PrimitiveTerm, given: Value): Literal {
  if (Number.isNaN(given)) {
    throw new InvalidArgumentError(
      `Column ${term.name} is compared with NaN, which no comparison finds. Nothing was read. Use isNan or notNan.`,
    );
  }
  const value = converted(term.type, given);
  if ((term.type.kind === 'int' || term.type.kind === 'long') && isInteger(value) && !isValueOf(term.type, value)) {
    return value < 0 ? 'below' : 'above';
  }
  assertValueOf(term.type, value, `The value for column ${term.name}`);
  return { value };
}

function converted(type: PrimitiveType, given: Value): Value {
  switch (type.kind) {
    case 'int':
    case 'date':
      return typeof given === 'bigint' ? Number(given) : fromText(type, given);
    case 'long':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return Number.isSafeInteger(given) ? BigInt(given as number) : fromText(type, given);
    case 'float':
      return typeof given === 'number' || typeof given === 'bigint' ? Math.fround(Number(given)) : given;
    case 'double':
      return typeof given === 'bigint' ? Number(given) : given;
    case 'decimal':
    case 'uuid':
      return fromText(type, given);
    default:
      return given;
  }
}

function fromText(type: PrimitiveType, given: Value): Value {
  return typeof given === 'string' ? singleValueFromJson(type, given) : given;
}

const isInteger = (value: Value): value is number | bigint => typeof value === 'bigint' || Number.isInteger(value);
