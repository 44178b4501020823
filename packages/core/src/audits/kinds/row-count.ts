import { formatIdentifier } from '@psyberg/iceberg';
import { countIntervals } from '../../time/interval-set.ts';
import type { AuditContext } from '../audit-context.ts';
import { countFromMetadata } from '../audit-inputs.ts';
import type { AuditKind } from '../audit-kind.ts';
import { type AuditOutcome, fail, pass } from '../audit-outcome.ts';
import { decimalText, rowsText } from '../counting.ts';
import { named, scalarNumber, TARGET_NAME } from '../failing-rows.ts';
import { meanAndDeviation, median } from '../statistics.ts';

interface RowCount {
  readonly min?: number;
  readonly max?: number;
  /** Of the median of the earlier sessions. */
  readonly minRatio?: number;
  readonly maxRatio?: number;
  /** Standard deviations from their mean. */
  readonly zScore?: number;
  readonly per: 'session' | 'interval';
  /** How many earlier sessions are looked at, at most. */
  readonly sessions: number;
  /** Fewer than these are no history to judge by. */
  readonly minSessions: number;
}

/**
 * The session wrote about as many rows as one should: between `min` and `max`, and not far from what earlier sessions wrote, by ratio
 * to their median or by distance from their mean. With too short a history the comparison passes and says so.
 *
 * `per: interval` compares rows by interval, so that a session that catches up on many is no anomaly.
 */
export const rowCount: AuditKind<RowCount> = {
  kind: 'row_count',
  parameters: ['min', 'max', 'minRatio', 'maxRatio', 'zScore', 'per', 'sessions', 'minSessions'],
  read(reader) {
    const limits = {
      min: reader.optionalNumber('min', 0),
      max: reader.optionalNumber('max', 0),
      minRatio: reader.optionalNumber('minRatio', 0),
      maxRatio: reader.optionalNumber('maxRatio', 0),
      zScore: reader.optionalNumber('zScore', 0),
    };
    if (!Object.keys(limits).some((name) => reader.has(name))) {
      reader.problem([], 'needs at least one of `min`, `max`, `minRatio`, `maxRatio` and `zScore`');
    }
    const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
    return {
      ...given,
      per: reader.optionalOneOf('per', ['session', 'interval']) ?? 'session',
      sessions: reader.optionalNumber('sessions', 1) ?? 20,
      minSessions: reader.optionalNumber('minSessions', 1) ?? 5,
    };
  },
  async run(context, parameters) {
    const rows = await writtenRows(context);
    const table = formatIdentifier(context.process.target.table);
    const measure = parameters.per === 'session' ? rows : rows / intervalsWritten(context);
    const what = `${rowsText(rows)} written to ${table}${parameters.per === 'session' ? '' : `, ${decimalText(measure)} per interval`}`;
    const outcome =
      outsideLimits(parameters, measure, what) ?? (await againstHistory(context, parameters, measure, what));
    return { ...outcome, observed: measure };
  },
};

function outsideLimits({ min, max }: RowCount, measure: number, what: string): AuditOutcome | undefined {
  if (min !== undefined && measure < min) return fail(`${what}: fewer than ${min}`, Math.ceil(min - measure));
  if (max !== undefined && measure > max) return fail(`${what}: more than ${max}`, Math.ceil(measure - max));
  return undefined;
}

async function againstHistory(
  context: AuditContext,
  parameters: RowCount,
  measure: number,
  what: string,
): Promise<AuditOutcome> {
  const { minRatio, maxRatio, zScore, per, sessions, minSessions } = parameters;
  if (minRatio === undefined && maxRatio === undefined && zScore === undefined) return pass(what);
  const earlier = (await context.earlierSessions()).slice(0, sessions);
  if (earlier.length < minSessions) {
    return pass(`${what}; not compared: ${earlier.length} earlier sessions with rows, ${minSessions} are needed`);
  }
  const counts = earlier.map((session) => (per === 'session' ? session.rows : session.rows / session.intervals));
  return (
    outsideRatio(parameters, measure, median(counts), what, counts.length) ??
    (zScore === undefined ? undefined : outsideScore(zScore, measure, counts, what)) ??
    pass(`${what}; the median of the last ${counts.length} sessions is ${decimalText(median(counts))}`)
  );
}

function outsideRatio(
  { minRatio, maxRatio }: RowCount,
  measure: number,
  usual: number,
  what: string,
  sessions: number,
): AuditOutcome | undefined {
  const compared = `${what}: the median of the last ${sessions} sessions is ${decimalText(usual)}`;
  if (minRatio !== undefined && measure < minRatio * usual) {
    return fail(
      `${compared}, at least ${decimalText(minRatio * usual)} were expected`,
      Math.ceil(minRatio * usual - measure),
    );
  }
  if (maxRatio !== undefined && measure > maxRatio * usual) {
    return fail(
      `${compared}, at most ${decimalText(maxRatio * usual)} were expected`,
      Math.ceil(measure - maxRatio * usual),
    );
  }
  return undefined;
}

/** Equal counts have no deviation to measure by; then any other count is as far off as can be. */
function outsideScore(
  limit: number,
  measure: number,
  counts: readonly number[],
  what: string,
): AuditOutcome | undefined {
  const { mean, deviation } = meanAndDeviation(counts);
  const distance = Math.abs(measure - mean);
  if (distance <= limit * deviation) return undefined;
  const score = deviation === 0 ? 'all alike' : `${decimalText(distance / deviation)} standard deviations away`;
  return fail(
    `${what}: the mean of the last ${counts.length} sessions is ${decimalText(mean)}, ${score}, ${limit} allowed`,
    Math.ceil(distance),
  );
}

function intervalsWritten({ process, plan }: AuditContext): number {
  const written = plan.intervals.filter(({ action }) => action !== 'none').length;
  return Math.max(1, written || countIntervals(process.target.grain, plan.write));
}

async function writtenRows(context: AuditContext): Promise<number> {
  const known = context.rowsWritten ?? countFromMetadata(context.written);
  return known ?? scalarNumber(context, `SELECT count(*) FROM ${TARGET_NAME}`, [named(context.written, TARGET_NAME)]);
}
