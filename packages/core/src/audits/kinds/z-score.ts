import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { decimalText } from '../counting.ts';
import { meanAndDeviation } from '../statistics.ts';

interface ZScore {
  readonly measure: string;
  /** Standard deviations. */
  readonly max: number;
  readonly sessions: number;
  readonly minSessions: number;
}

/**
 * A number that the rows written give (any SQL aggregate) is not further from the mean of earlier sessions than `max` of their
 * standard deviations. With too short a history it passes and says so.
 *
 * Earlier numbers come from the audit table, of published sessions and of this very definition: a changed measure starts anew.
 */
export const zScore: AuditKind<ZScore> = {
  kind: 'z_score',
  parameters: ['measure', 'max', 'sessions', 'minSessions'],
  read: (reader) => ({
    measure: reader.text('measure'),
    max: reader.optionalNumber('max', 0) ?? 3,
    sessions: reader.optionalInteger('sessions', 2) ?? 20,
    minSessions: reader.optionalInteger('minSessions', 2) ?? 5,
  }),
  scan: ({ table }, { measure, max, sessions, minSessions }) => ({
    // Beside a count, a measure that is no aggregate is an error rather than the value of any one row.
    aggregates: [`CAST((${measure}\n) AS DOUBLE)`, 'count(*)'],
    async judge([value], history) {
      if (value === null || value === undefined)
        return pass(`${measure} of ${table} is NULL: there is nothing to compare`);
      const what = `${measure} of ${table} is ${decimalText(value)}`;
      const observed = { observed: value };
      const earlier = (await history()).flatMap((result) => result.observed ?? []).slice(0, sessions);
      if (earlier.length < minSessions) {
        return pass(`${what}; not compared: ${earlier.length} earlier sessions, ${minSessions} are needed`, observed);
      }
      const { mean, deviation } = meanAndDeviation(earlier);
      const distance = Math.abs(value - mean);
      const usual = `the mean of the last ${earlier.length} sessions is ${decimalText(mean)}, their standard deviation ${decimalText(deviation)}`;
      const expected = `between ${decimalText(mean - max * deviation)} and ${decimalText(mean + max * deviation)}`;
      if (distance <= max * deviation) return pass(`${what}; ${usual}`, { ...observed, expected });
      return fail(`${what}: ${usual}, and ${max} standard deviations are allowed`, 0, [], { ...observed, expected });
    },
  }),
};
