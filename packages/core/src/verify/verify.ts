/**
 * The law on the user's own tables: a full recompute against what is there, restricted to what the process has loaded.
 *
 * Pending intervals are left out. Skipped ones, and ones that an older transform computed, are compared apart, and what really
 * differs there is listed as known. Where a snapshot that is needed is gone the verdict is `unverifiable`, never `equal`.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataFile, Table } from '@psyberg/iceberg';
import { chosenProcesses } from '../chain/run.ts';
import type { CompareResult, RelationPart } from '../engine/engine.ts';
import { goneIntervals } from '../plan/bounds.ts';
import { fingerprintsOf } from '../plan/fingerprints.ts';
import { lookupSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ProcessVerification, VerifyReport } from '../reports.ts';
import { heldState, sessionsInHistory } from '../state/record-walk.ts';
import type { StateRecord } from '../state/state-record.ts';
import { schemaRelations, targetEvolution, withEvolution } from '../steps/evolve-target.ts';
import { openIfExists } from '../steps/open-if-exists.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { sameTable } from '../steps/same-table.ts';
import { grainLengthUs } from '../time/grain.ts';
import { type Instant, plus, toInstant } from '../time/instant.ts';
import {
  clip,
  EMPTY_SET,
  enumerate,
  hull,
  type Interval,
  type IntervalSet,
  intersect,
  isEmpty,
  overlaps,
  subtract,
  union,
} from '../time/interval-set.ts';
import { containment, keepsRows } from './containment.ts';
import { compare, fromCompare, limit, liveFiles, verdict } from './judge.ts';
import { judgedPart, knownOf, olderIntervals } from './known-rows.ts';
import { lastWriters, type WriterGroup } from './last-writers.ts';
import {
  openSources,
  type Recomputation,
  recomputeAll,
  recomputeCalls,
  recomputeDone,
  recomputeSession,
  replay,
  Unverifiable,
} from './recompute.ts';
import { type Skipping, skippedBy } from './skipped-by.ts';

/** Where recomputed rows lie while they are compared; an engine must be allowed to write there. */
export const SCRATCH_LOCATION = join(tmpdir(), 'psyberg-scratch');

/** Intervals that are also computed alone: a transform must give an interval the same rows whatever range it is computed in. */
const ALONE = 3;

export interface VerifyOptions {
  readonly processes?: readonly string[];
  readonly from?: Instant;
  readonly to?: Instant;
}

export async function verify(project: Project, options: VerifyOptions = {}): Promise<VerifyReport> {
  const results: ProcessVerification[] = [];
  for (const process of chosenProcesses(project, options.processes)) {
    project.emit({ kind: 'step-started', process: process.name, session: undefined, step: 'verify' });
    const begun = performance.now();
    const result = await verifyProcess(project, process, options);
    results.push(result);
    project.emit({
      kind: 'step-finished',
      process: process.name,
      session: undefined,
      step: 'verify',
      elapsedMs: performance.now() - begun,
      message: result.message,
    });
  }
  return { processes: results };
}

async function verifyProcess(project: Project, process: Process, options: VerifyOptions): Promise<ProcessVerification> {
  const target = await openIfExists(project, process.target.table);
  const held =
    target && (await heldState(target, process.target.branch, process.name, recordLookup(project, process.name)));
  if (target === undefined || held?.record === undefined) {
    return verdict(process, 'no_sessions', 'There is no session to verify yet.');
  }
  await mkdir(SCRATCH_LOCATION, { recursive: true });
  const scratch = await mkdtemp(join(SCRATCH_LOCATION, 'verify-'));
  try {
    const sources = await openSources(project, process, held.record);
    const work: Recomputation = {
      project,
      process,
      record: held.record,
      target: await asTransformed(project, process, target, held.record, sources),
      head: held.head?.snapshotId,
      sources,
      scratch: `file://${scratch}`,
    };
    const result =
      process.mode === 'stateless' ? await verifyStateless(work, options) : await verifyIntervals(work, options);
    return isEmpty(held.record.pending) ? result : { ...result, pending: held.record.pending };
  } catch (error) {
    if (!(error instanceof Unverifiable)) throw error;
    return verdict(process, 'unverifiable', `Cannot be verified: ${error.message}.`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** With the columns that a changed transform returns and its next session will add: until then they read NULL. */
async function asTransformed(
  project: Project,
  process: Process,
  target: Table,
  record: StateRecord,
  sources: readonly Table[],
): Promise<Table> {
  if (record.fingerprints.transform === fingerprintsOf(process).transform) return target;
  const lookups = await Promise.all(lookupSourcesOf(process).map((s) => openIfExists(project, s.table)));
  const relations = schemaRelations(process, [...sources, ...lookups.filter((t) => t !== undefined)]);
  return relations === undefined
    ? target
    : withEvolution(target, await targetEvolution(project, process, target, relations));
}

/** Compares the whole table, once, with the union of what all processes that append to it should have brought. */
async function verifyStateless(work: Recomputation, options: VerifyOptions): Promise<ProcessVerification> {
  const { project, process, target } = work;
  const writers: Recomputation[] = [];
  for (const writer of project.processes.values()) {
    if (!sameTable(writer.target.table, process.target.table) || writer.target.branch !== process.target.branch)
      continue;
    const own = writer.name === process.name ? work : await recomputationOf(work, writer);
    if (own !== undefined) writers.push(own);
  }
  const expected: DataFile[] = [];
  const records: StateRecord[] = [];
  let older: IntervalSet = EMPTY_SET;
  for (const writer of writers) {
    const own = await recordsOf(writer);
    records.push(...own);
    older = union(older, olderIntervals(writer, own));
    expected.push(...(await expectedOfStateless(writer, own)));
  }
  const gone = union(...writers.map((w) => goneIntervals(w.process, w.record.sources)));
  const skipped = union(...writers.map((w) => w.record.skipped));
  if (!isEmpty(skipped) && process.target.time === undefined)
    throw new Unverifiable('a change was skipped, and the target has no time by which its rows could be told apart');
  const known = subtract(union(older, skipped), gone);
  const within = limit(options);
  const files = await liveFiles(target, work.head);
  const judged = judgedPart(within, union(gone, known));
  const result = await compare(work, [{ files: expected, ...judged }], [{ files, ...judged }]);
  const inKnown = { within: within === undefined ? known : intersect(within, known) };
  const differences = isEmpty(inKnown.within)
    ? { intervals: [] }
    : await compare(work, [{ files: expected, ...inKnown }], [{ files, ...inKnown }]);
  const skips = differences.intervals.length === 0 ? [] : await skipsOf(writers);
  const listed = knownOf(process, differences, records, skips);
  const verification = fromCompare(process, result, listed, hull(within ?? EMPTY_SET));
  return writers.some((w) => keepsRows(w.process)) ? containment(verification) : verification;
}

/** Records of the process's sessions since the last recompute, newest first. */
async function recordsOf({ project, process, target }: Recomputation): Promise<readonly StateRecord[]> {
  const lookup = recordLookup(project, process.name);
  const history = await sessionsInHistory(target, process.target.branch, process.name, lookup);
  return sinceRecompute(history.flatMap((s) => (s.record === undefined ? [] : [s.record])));
}

/** Of each writer that skipped something: its sessions, newest first. */
async function skipsOf(writers: readonly Recomputation[]): Promise<readonly (readonly Skipping[])[]> {
  const skips: (readonly Skipping[])[] = [];
  for (const writer of writers) if (!isEmpty(writer.record.skipped)) skips.push(await skippingSessions(writer));
  return skips;
}

async function recomputationOf(work: Recomputation, writer: Process): Promise<Recomputation | undefined> {
  const { project, target } = work;
  const held = await heldState(target, writer.target.branch, writer.name, recordLookup(project, writer.name));
  if (held.record === undefined) return undefined;
  return { ...work, process: writer, record: held.record, sources: await openSources(project, writer, held.record) };
}

async function expectedOfStateless(work: Recomputation, records: readonly StateRecord[]): Promise<readonly DataFile[]> {
  const { record } = work;
  if (records.some((r) => r.kind === 'adopt') || record.kind === 'adopt')
    throw new Unverifiable('the target was adopted with rows of another job');
  const lookups = new Set(records.map((r) => JSON.stringify(r.lookups.map((l) => [l.table, String(l.snapshotId)]))));
  if (lookups.size <= 1) {
    const own = records[0]?.lookups ?? record.lookups;
    const all = await recomputeAll(work, own);
    return record.part === undefined ? all : [...all, ...(await recomputeDone(work, record.part, own))];
  }
  // Each row saw the lookup as its own session did.
  if (records.some((r) => r.part !== undefined)) {
    throw new Unverifiable('a split catch-up saw several snapshots of a lookup, and its parts cannot be told apart');
  }
  const files: DataFile[] = [];
  let replaced: IntervalSet = EMPTY_SET;
  for (const session of records) {
    files.push(...(await recomputeSession(work, session, replaced)));
    replaced = union(replaced, session.replaced ?? EMPTY_SET);
  }
  return files;
}

/** Newest first; rows of sessions before a recompute are gone. */
function sinceRecompute(records: readonly StateRecord[]): readonly StateRecord[] {
  const last = records.findIndex((r) => r.kind === 'recompute');
  return last < 0 ? records : records.slice(0, last + 1);
}

async function verifyIntervals(work: Recomputation, options: VerifyOptions): Promise<ProcessVerification> {
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

/** Newest first. A session that changed no row is told of in the session table alone. */
async function skippingSessions({ project, process, record }: Recomputation): Promise<readonly Skipping[]> {
  const events = await project.tables.sessions(process.name);
  const published = events.filter((e) => e.state === 'published' || e.state === 'committed' || e.state === 'empty');
  const told = published.map((e): Skipping => ({ session: e.session, skipped: e.plan.skipped })).reverse();
  return [record, ...told.filter((e) => e.session !== record.session)];
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
