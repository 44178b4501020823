import { specById } from '@psyberg/iceberg';
import { fileSpan } from '../../changes/time-span.ts';
import { floorTo } from '../../time/grain.ts';
import {
  DAY_US,
  type DurationUs,
  formatInstant,
  formatInstantShort,
  type Instant,
  parseInstant,
} from '../../time/instant.ts';
import { enumerate } from '../../time/interval-set.ts';
import type { ChangedTable, EarlierResult, MetadataContext } from '../audit-context.ts';
import type { MetadataAudit } from '../audit-kind.ts';
import { pass } from '../audit-outcome.ts';
import { type Finding, findingsOutcome, isOfSources, type Of, readOf, tablesOf } from '../changed-tables.ts';
import { decimalText } from '../counting.ts';
import { median } from '../statistics.ts';

interface VolumeBand {
  readonly of: Of;
  /** Of the median of earlier intervals. */
  readonly minRatio?: number;
  readonly maxRatio?: number;
  /** Which earlier intervals an interval is compared with: all, those of the same time of day, or of the same time of the week. */
  readonly season: 'none' | 'day' | 'week';
  /** How many earlier intervals are looked at, at most. */
  readonly intervals: number;
  /** Fewer than these are no history to judge by. */
  readonly minIntervals: number;
}

const SEASONS: Readonly<Record<VolumeBand['season'], DurationUs>> = { none: 1n, day: DAY_US, week: 7n * DAY_US };

type Counts = ReadonlyMap<Instant, number>;

/**
 * Each interval has about as many rows as earlier ones, by ratio to their median. From row counts of files alone.
 *
 * Earlier counts come from the audit table, of published sessions and of this very definition. Where rows are appended (sources, and
 * targets of stateless processes) only intervals that are new are judged: a few late rows are no measure of an hour.
 */
export const volumeBand: MetadataAudit<VolumeBand> = {
  kind: 'volume_band',
  parameters: ['of', 'minRatio', 'maxRatio', 'season', 'intervals', 'minIntervals'],
  read(reader) {
    const minRatio = reader.optionalNumber('minRatio', 0);
    const maxRatio = reader.optionalNumber('maxRatio', 0);
    if (!reader.has('minRatio') && !reader.has('maxRatio'))
      reader.problem([], 'needs `minRatio` and `maxRatio`, or one of them');
    return {
      of: readOf(reader),
      ...(minRatio !== undefined && { minRatio }),
      ...(maxRatio !== undefined && { maxRatio }),
      season: reader.optionalOneOf('season', ['none', 'day', 'week']) ?? 'none',
      intervals: reader.optionalInteger('intervals', 1) ?? 24,
      minIntervals: reader.optionalInteger('minIntervals', 1) ?? 5,
    };
  },
  ofSources: isOfSources,
  async judge(context, parameters, history) {
    const counts = await countsNow(context, parameters.of);
    const earlier = earlierCounts(await history(), counts);
    const found: Finding[] = [];
    let compared = 0;
    for (const [start, rows] of counts) {
      const usual = usualRows(earlier, start, parameters);
      if (usual === undefined) continue;
      compared += 1;
      if (!isOutside(rows, usual, parameters)) continue;
      found.push({
        row: { interval: formatInstantShort(start), rows: String(rows), usual: decimalText(usual) },
        failingRows: Math.ceil(Math.abs(rows - usual)),
      });
    }
    const observedBy = Object.fromEntries([...counts].map(([start, rows]) => [formatInstant(start), rows]));
    const facts = { observedBy, expected: bandText(parameters) };
    const left =
      compared === counts.size
        ? ''
        : `; ${counts.size - compared} not compared: fewer than ${parameters.minIntervals} earlier ones`;
    if (counts.size === 0) return pass('no interval to judge: none is new', facts);
    return findingsOutcome(
      found,
      `${compared} of ${counts.size} intervals have as many rows as earlier ones${left}`,
      (count) =>
        `${count} of ${counts.size} intervals ${count === 1 ? 'has' : 'have'} an unusual number of rows, such as ${found[0]!.row.interval} ` +
        `with ${found[0]!.row.rows} where ${found[0]!.row.usual} are usual; ${bandText(parameters)} that is allowed${left}`,
      facts,
    );
  },
};

function bandText({ minRatio, maxRatio }: VolumeBand): string {
  if (minRatio === undefined) return `at most ${maxRatio} times`;
  return maxRatio === undefined ? `at least ${minRatio} times` : `${minRatio} to ${maxRatio} times`;
}

const isOutside = (rows: number, usual: number, { minRatio, maxRatio }: VolumeBand): boolean =>
  (minRatio !== undefined && rows < minRatio * usual) || (maxRatio !== undefined && rows > maxRatio * usual);

/** The median of the nearest earlier intervals of the same season; undefined with too few of them. */
function usualRows(
  earlier: Counts,
  start: Instant,
  { season, intervals, minIntervals }: VolumeBand,
): number | undefined {
  const alike = [...earlier]
    .filter(([other]) => other < start && (start - other) % SEASONS[season] === 0n)
    .sort(([a], [b]) => (a > b ? -1 : 1))
    .slice(0, intervals)
    .map(([, rows]) => rows);
  return alike.length < minIntervals ? undefined : median(alike);
}

/** The newest word on each interval; those of this session count as they are now. */
function earlierCounts(results: readonly EarlierResult[], now: Counts): Counts {
  const counts = new Map<Instant, number>(now);
  for (const { observedBy = {} } of results) {
    for (const [text, rows] of Object.entries(observedBy)) {
      const start = parseInstant(text);
      if (start !== undefined && !counts.has(start)) counts.set(start, rows);
    }
  }
  return counts;
}

async function countsNow(context: MetadataContext, of: Of): Promise<Counts> {
  const { plan, process } = context;
  const fresh = new Set(plan.intervals.filter(({ state }) => state === 'new').map(({ start }) => start));
  const counts = new Map<Instant, number>();
  if (of === 'target') {
    const rows = new Map((context.rowsByInterval ?? []).map((one) => [one.start, one.rows]));
    for (const { start } of enumerate(process.target.grain, plan.write)) {
      if (process.mode !== 'stateless' || fresh.has(start)) counts.set(start, rows.get(start) ?? 0);
    }
    return counts;
  }
  for (const table of await tablesOf(context, of)) {
    for (const [start, rows] of await addedRows(context, table)) {
      if (fresh.has(start)) counts.set(start, (counts.get(start) ?? 0) + rows);
    }
  }
  return counts;
}

/** Rows of files that lie in one interval; what spans several is shared out evenly among them. */
async function addedRows({ process }: MetadataContext, table: ChangedTable): Promise<Counts> {
  const counts = new Map<Instant, number>();
  const { time } = table;
  if (time === undefined) return counts;
  for (const file of await table.files()) {
    const spec = specById(table.table.metadata, file.specId) ?? { specId: file.specId, fields: [] };
    const placed = fileSpan(table.schema, spec, time, file);
    if (placed.kind !== 'span') continue;
    const { start, end } = placed.span;
    const first = floorTo(process.target.grain, start);
    const intervals = [...enumerate(process.target.grain, [{ start: first, end }])];
    for (const one of intervals)
      counts.set(one.start, (counts.get(one.start) ?? 0) + file.recordCount / intervals.length);
  }
  return counts;
}
