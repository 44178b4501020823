import type { DataFile } from '@psyberg/iceberg';
import { goneIntervals } from '../plan/bounds.ts';
import type { Process } from '../process/process.ts';
import type { ProcessVerification } from '../reports.ts';
import { heldState, sessionsInHistory } from '../state/record-walk.ts';
import type { StateRecord } from '../state/state-record.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { sameTable } from '../steps/same-table.ts';
import { EMPTY_SET, hull, type IntervalSet, intersect, isEmpty, subtract, union } from '../time/interval-set.ts';
import { containment, keepsRows } from './containment.ts';
import { compare, fromCompare, limit, liveFiles } from './judge.ts';
import { judgedPart, knownOf, olderIntervals } from './known-rows.ts';
import {
  openSources,
  type Recomputation,
  recomputeAll,
  recomputeDone,
  recomputeSession,
  Unverifiable,
} from './recompute.ts';
import { type Skipping, skippingSessions } from './skipped-by.ts';

import type { VerifyOptions } from './verify-options.ts';

/** Compares the whole table, once, with the union of what all processes that append to it should have brought. */
export async function verifyStateless(work: Recomputation, options: VerifyOptions): Promise<ProcessVerification> {
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
