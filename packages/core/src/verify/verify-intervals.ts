import type { DataFile } from '@psyberg/iceberg';
import type { CompareResult, RelationPart } from '../engine/engine.ts';
import { goneIntervals } from '../plan/bounds.ts';
import { fingerprintsOf } from '../plan/fingerprints.ts';
import type { ProcessVerification } from '../reports.ts';
import { sessionsInHistory } from '../state/record-walk.ts';
import type { StateRecord } from '../state/state-record.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { grainLengthUs } from '../time/grain.ts';
import { plus, toInstant } from '../time/instant.ts';
import {
  clip,
  EMPTY_SET,
  enumerate,
  type Interval,
  type IntervalSet,
  isEmpty,
  overlaps,
  subtract,
  union,
} from '../time/interval-set.ts';
import { compare, fromCompare, limit, liveFiles, verdict } from './judge.ts';
import { lastWriters, type WriterGroup } from './last-writers.ts';
import { type Recomputation, recomputeCalls, replay } from './recompute.ts';
import { skippedBy, skippingSessions } from './skipped-by.ts';

import type { VerifyOptions } from './verify-options.ts';

/** Intervals that are also computed alone: a transform must give an interval the same rows whatever range it is computed in. */
const ALONE = 3;

export async function verifyIntervals(work: Recomputation, options: VerifyOptions): Promise<ProcessVerification> {
  const { process, record, project, target } = work;
  const { lower, upper } = record;
  if (lower === undefined || upper === undefined)
    return verdict(process, 'no_sessions', 'Nothing has been computed yet.');
  const range = clip([{ start: lower, end: upper }], options.from, options.to)[0];
  if (range === undefined) return verdict(process, 'equal', 'Nothing to compare in this span.');
  const history = await sessionsInHistory(
    target,
    process.target.branch,
    process.name,
    recordLookup(project, process.name),
  );
  const records = history.flatMap((s) => (s.record === undefined ? [] : [s.record]));
  const gone = goneIntervals(process, record.sources);
  const whole = subtract([range], union(record.pending, gone));
  const { groups, unknown } = lastWriters(whole, records);
  const all = isEmpty(unknown) ? groups : [...groups, unknownGroup(record, unknown)];
  const transform = fingerprintsOf(process).transform;
  const older = union(...all.filter((g) => g.transform !== transform).map((g) => g.intervals));
  const known = subtract(union(clip(record.skipped, range.start, range.end), older), gone);
  const strict = subtract(whole, known);
  const expected =
    process.mode === 'sequential'
      ? await expectedInOrder(work, range, union(known, gone), all)
      : await expectedByGroup(work, whole, all);
  const result = await compare(
    work,
    [{ files: expected, within: strict }],
    await actualParts(work, range, options, union(known, gone)),
  );
  const knownDifferences = isEmpty(known) ? [] : await compareKnown(work, known, all, records, expected);
  const alone = process.mode === 'stateful' && !process.isolate ? await computedAlone(work, strict, all) : undefined;
  return fromCompare(process, result, knownDifferences, range, alone);
}

const unknownGroup = (record: StateRecord, intervals: IntervalSet): WriterGroup => ({
  intervals,
  lookups: record.lookups,
  transform: record.fingerprints.transform,
  record,
});

async function expectedByGroup(
  work: Recomputation,
  whole: IntervalSet,
  groups: readonly WriterGroup[],
): Promise<readonly DataFile[]> {
  const files: DataFile[] = [];
  for (const group of groups) {
    const calls = work.process.isolate
      ? [...enumerate(work.process.target.grain, group.intervals)]
      : clip(group.intervals, whole[0]?.start, undefined);
    files.push(...(await recomputeCalls(work, calls, group.lookups)));
  }
  return files;
}

async function expectedInOrder(
  work: Recomputation,
  range: Interval,
  given: IntervalSet,
  groups: readonly WriterGroup[],
): Promise<readonly DataFile[]> {
  const stop = work.record.pending[0]?.start;
  const end = stop !== undefined && stop < range.end ? stop : range.end;
  if (end <= range.start) return [];
  return replay(
    work,
    { start: range.start, end },
    given,
    (interval) => groups.find((g) => overlaps(g.intervals, interval))?.lookups ?? work.record.lookups,
  );
}

/** What the target holds where it is judged: at and after the range's start, also beyond its end, where nothing should be. */
async function actualParts(
  work: Recomputation,
  range: Interval,
  options: VerifyOptions,
  known: IntervalSet,
): Promise<readonly RelationPart[]> {
  const files = await liveFiles(work.target, work.head);
  const limited = limit(options);
  const leftOut = union(known, work.record.pending);
  if (limited !== undefined) return [{ files, within: subtract(clip([range], options.from, options.to), leftOut) }];
  return [{ files, except: union(leftOut, [{ start: toInstant(-(2n ** 63n)), end: range.start }]) }];
}

/** Skipped intervals, and those of an older transform: what really differs there, each with its session. */
async function compareKnown(
  work: Recomputation,
  known: IntervalSet,
  groups: readonly WriterGroup[],
  records: readonly StateRecord[],
  expected: readonly DataFile[],
): Promise<ProcessVerification['knownDifferences']> {
  const { process, record } = work;
  const files = process.mode === 'sequential' ? await recomputedKnown(work, known, groups) : expected;
  const result = await compare(
    work,
    [{ files, within: known }],
    [{ files: await liveFiles(work.target, work.head), within: known }],
  );
  const skippings = isEmpty(record.skipped) || result.intervals.length === 0 ? [] : await skippingSessions(work);
  return result.intervals.map(({ start, missing, extra }) => {
    const interval = { start, end: plus(start, grainLengthUs(process.target.grain)) };
    const skipped = overlaps(record.skipped, interval);
    const session = skipped
      ? skippedBy(skippings, interval)
      : records.find((r) => overlaps(r.written, interval))?.session;
    return {
      start,
      reason: skipped ? 'skipped' : 'older transform',
      ...(session !== undefined && { session }),
      missing,
      extra,
    };
  });
}

/** Each known interval computed from the target's own interval before, since that is what stands. */
async function recomputedKnown(
  work: Recomputation,
  known: IntervalSet,
  groups: readonly WriterGroup[],
): Promise<readonly DataFile[]> {
  const files: DataFile[] = [];
  for (const interval of enumerate(work.process.target.grain, known)) {
    files.push(...(await expectedInOrder(work, interval, EMPTY_SET, groups)));
  }
  return files;
}

/** A few intervals computed alone, against what stands: differs where the transform depends on the range it is computed in. */
async function computedAlone(
  work: Recomputation,
  strict: IntervalSet,
  groups: readonly WriterGroup[],
): Promise<CompareResult | undefined> {
  const all = [...enumerate(work.process.target.grain, strict)];
  if (all.length < 2) return undefined;
  const picked = [...new Set([0, Math.floor(all.length / 2), all.length - 1])].slice(0, ALONE).map((i) => all[i]!);
  const files: DataFile[] = [];
  for (const interval of picked) {
    const group = groups.find((g) => overlaps(g.intervals, interval));
    files.push(...(await recomputeCalls(work, [interval], group?.lookups ?? work.record.lookups)));
  }
  const within = union(picked);
  return compare(work, [{ files, within }], [{ files: await liveFiles(work.target, work.head), within }]);
}
