import { formatInstantShort } from '../../time/instant.ts';
import { enumerate } from '../../time/interval-set.ts';
import type { MetadataAudit } from '../audit-kind.ts';
import { pass } from '../audit-outcome.ts';
import { type Finding, findingsOutcome } from '../changed-tables.ts';

interface EmptyInterval {
  /** Fewer rows than this are empty. */
  readonly minRows: number;
  /** So many empty intervals are no failure. */
  readonly allowed: number;
}

/** Every interval that the session writes got rows. From the counts of the staged files alone. */
export const emptyInterval: MetadataAudit<EmptyInterval> = {
  kind: 'empty_interval',
  parameters: ['minRows', 'allowed'],
  read: (reader) => ({
    minRows: reader.optionalInteger('minRows', 1) ?? 1,
    allowed: reader.optionalInteger('allowed', 0) ?? 0,
  }),
  ofSources: () => false,
  async judge({ plan, process, rowsByInterval = [] }, { minRows, allowed }) {
    const { grain } = process.target;
    const rows = new Map(rowsByInterval.map((one) => [one.start, one.rows]));
    const intervals = [...enumerate(grain, plan.write)];
    const empty = intervals.filter(({ start }) => (rows.get(start) ?? 0) < minRows);
    const what = minRows === 1 ? 'no row' : `fewer than ${minRows} rows`;
    const facts = { observed: empty.length, expected: `at most ${allowed} intervals with ${what}` };
    const found = empty.map(
      ({ start }): Finding => ({
        row: { interval: formatInstantShort(start), rows: String(rows.get(start) ?? 0) },
        failingRows: 0,
      }),
    );
    const said = `${empty.length} of ${intervals.length} intervals have ${what}`;
    if (empty.length === 0)
      return pass(
        `all ${intervals.length} intervals have at least ${minRows} ${minRows === 1 ? 'row' : 'rows'}`,
        facts,
      );
    if (empty.length <= allowed) return pass(`${said}: ${allowed} allowed`, facts);
    return findingsOutcome(found, said, () => `${said}, the first at ${formatInstantShort(empty[0]!.start)}`, facts);
  },
};
