import { quoteName } from './audit-sql.ts';
import { literalOf } from './column-literal.ts';
import type { ParameterReader, Scalar } from './parameter-reader.ts';
import type { ScanSubject } from './scan.ts';

/** A range of values; at least one end is there. */
export interface Range {
  readonly min?: Scalar;
  readonly max?: Scalar;
  /** The ends themselves are outside. */
  readonly exclusive: boolean;
}

export function readRange(reader: ParameterReader): Range {
  const min = reader.optionalScalar('min');
  const max = reader.optionalScalar('max');
  if (!reader.has('min') && !reader.has('max')) reader.problem([], 'needs `min` and `max`, or one of them');
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    exclusive: reader.optionalBoolean('exclusive') ?? false,
  };
}

/** @throws {UsageError} an end cannot be a value of the column */
export function rangeViolation(subject: ScanSubject, column: string, { min, max, exclusive }: Range): string {
  const quoted = quoteName(subject.engine, column);
  const below = exclusive ? '<=' : '<';
  const above = exclusive ? '>=' : '>';
  return [
    ...(min === undefined ? [] : [`${quoted} ${below} ${literalOf(subject, column, min)}`]),
    ...(max === undefined ? [] : [`${quoted} ${above} ${literalOf(subject, column, max)}`]),
  ].join(' OR ');
}

export function rangeText({ min, max, exclusive }: Range): string {
  if (min === undefined) return `${exclusive ? 'less than' : 'at most'} ${max}`;
  if (max === undefined) return `${exclusive ? 'more than' : 'at least'} ${min}`;
  return exclusive ? `more than ${min} and less than ${max}` : `between ${min} and ${max}`;
}
