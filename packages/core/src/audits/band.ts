import { type AuditOutcome, fail, pass } from './audit-outcome.ts';
import { decimalText } from './counting.ts';
import type { ParameterReader } from './parameter-reader.ts';

/** Limits of a number, both inclusive; at least one is there. */
export interface Band {
  readonly min?: number;
  readonly max?: number;
}

export const BAND_PARAMETERS = ['min', 'max'] as const;

/** `min` and `max`, or one of them, each at least `least`. */
export function readBand(reader: ParameterReader, least = Number.NEGATIVE_INFINITY): Band {
  const min = reader.optionalNumber('min', least);
  const max = reader.optionalNumber('max', least);
  if (!reader.has('min') && !reader.has('max')) reader.problem([], 'needs `min` and `max`, or one of them');
  if (min !== undefined && max !== undefined && min > max) reader.problem(['max'], `is less than \`min\`, ${min}`);
  return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
}

/** `at most 5`, `at least 1`, `between 1 and 5`. */
export function bandText({ min, max }: Band): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `between ${min} and ${max}`;
}

/**
 * Judges one number, which `what` names: `the mean of price in dw.orders`. A NULL (no row, or NULLs only) passes and says so: there is
 * nothing to judge.
 */
export function judgeBand(band: Band, what: string, value: number | null): AuditOutcome {
  const expected = bandText(band);
  if (value === null) return pass(`${what} is unknown: there is no value`, { expected });
  const message = `${what} is ${decimalText(value)}`;
  const facts = { observed: value, expected };
  const outside = (band.min !== undefined && value < band.min) || (band.max !== undefined && value > band.max);
  return outside ? fail(`${message}, and should be ${expected}`, 0, [], facts) : pass(message, facts);
}
