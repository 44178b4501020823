import { formatDurationLong } from '../../time/duration.ts';
import { type DurationUs, formatInstantShort, instantFromMs } from '../../time/instant.ts';
import type { MetadataAudit } from '../audit-kind.ts';
import { type Finding, findingsOutcome, type Of, readSource, tableNames, tablesOf } from '../changed-tables.ts';

interface SourceFreshness {
  readonly of: Of;
  readonly maxAge: DurationUs;
}

/** The newest snapshot of each source was committed no longer ago than `maxAge`. From metadata alone. */
export const sourceFreshness: MetadataAudit<SourceFreshness> = {
  kind: 'source_freshness',
  parameters: ['maxAge', 'source'],
  read(reader) {
    if (!reader.has('maxAge')) reader.problem([], 'needs `maxAge`, a duration like 2h');
    return { of: readSource(reader), maxAge: reader.optionalDuration('maxAge') ?? 0n };
  },
  ofSources: () => true,
  async judge(context, { of, maxAge }) {
    const tables = await tablesOf(context, of);
    const now = instantFromMs(context.clock());
    const found: Finding[] = [];
    let oldest = 0n;
    for (const { name, planned } of tables) {
      const committedAtMs = planned?.to?.committedAtMs;
      if (committedAtMs === undefined) {
        found.push({ row: { table: name, last_commit: null, age: null }, failingRows: 0 });
        continue;
      }
      const age = now - instantFromMs(committedAtMs);
      if (age > oldest) oldest = age;
      if (age <= maxAge) continue;
      const last = formatInstantShort(instantFromMs(committedAtMs));
      found.push({ row: { table: name, last_commit: last, age: formatDurationLong(age) }, failingRows: 0 });
    }
    const expected = `at most ${formatDurationLong(maxAge)}`;
    return findingsOutcome(
      found,
      `the last commit to ${tableNames(tables)} is ${expected} old`,
      () => {
        const { table, last_commit, age } = found[0]!.row;
        const stale =
          last_commit === null
            ? `${table} has no snapshot`
            : `the last commit to ${table} was at ${last_commit}, ${age} ago`;
        return `${stale}; ${expected} is allowed`;
      },
      { observed: Number(oldest) / 1e6, expected },
    );
  },
};
