import type { SessionId } from '../process/process.ts';
import { type Interval, type IntervalSet, overlaps } from '../time/interval-set.ts';
import type { Recomputation } from './recompute.ts';

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

/** Newest first. A session that changed no row is told of in the session table alone. */
export async function skippingSessions({ project, process, record }: Recomputation): Promise<readonly Skipping[]> {
  const events = await project.tables.sessions(process.name);
  const published = events.filter((e) => e.state === 'published' || e.state === 'committed' || e.state === 'empty');
  const told = published.map((e): Skipping => ({ session: e.session, skipped: e.plan.skipped })).reverse();
  return [record, ...told.filter((e) => e.session !== record.session)];
}
