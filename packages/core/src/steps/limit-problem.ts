import { NeedsDecisionError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { formatInstant } from '../time/instant.ts';
import { countIntervals } from '../time/interval-set.ts';
import type { PlannedWork } from './work.ts';

/**
 * More than `limits` allows in one session: a person must say so. Undefined when all is within. Bytes are those of the changed files, and
 * of all that is read to replace intervals (`onOverwrite: recompute`).
 */
export function limitProblem({
  process,
  plan,
  replacedBytes = 0,
}: Pick<PlannedWork, 'process' | 'plan' | 'replacedBytes'>): NeedsDecisionError | undefined {
  const intervals = countIntervals(process.target.grain, plan.write);
  const { maxIntervals, maxBytes } = process.limits;
  const bytes = plan.sources.reduce((sum, s) => sum + s.bytes, replacedBytes);
  const counted = intervals > maxIntervals;
  if (!counted && (maxBytes === undefined || bytes <= maxBytes)) return undefined;
  const share = maxBytes === undefined ? intervals : Math.max(1, Math.floor((intervals * maxBytes) / bytes));
  const atOnce = Math.min(maxIntervals, 1000, counted ? intervals : share);
  const what = counted
    ? `${intervals} intervals, and limits.maxIntervals is ${maxIntervals}`
    : `${bytes} bytes, and limits.maxBytes is ${maxBytes}`;
  return new NeedsDecisionError(
    `${process.name}: one session would load ${what}. Nothing was written. Load it in several sessions, in order, or raise the limit.`,
    { next: [`${commandOf(process, plan)} --max-intervals ${atOnce}`] },
  );
}

function commandOf(process: Process, { kind, range }: SessionPlan): string {
  if (kind !== 'backfill' || range === undefined) return `psyberg run ${process.name}`;
  return `psyberg backfill ${process.name} --from ${formatInstant(range.start)} --to ${formatInstant(range.end)}`;
}
