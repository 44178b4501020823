import type { SessionId } from '../process/process.ts';
import { type Interval, type IntervalSet, overlaps } from '../time/interval-set.ts';

/** A session as far as it says what stands skipped after it. */
export interface Skipping {
  readonly session: SessionId;
  readonly skipped: IntervalSet;
}

/** Which session left an interval out: of those in a row that list it as skipped, up to the newest, the oldest. Pure. */
export function skippedBy(newestFirst: readonly Skipping[], interval: Interval): SessionId | undefined {
  let found: SessionId | undefined;
  for (const { session, skipped } of newestFirst) {
    if (!overlaps(skipped, interval)) break;
    found = session;
  }
  return found;
}
