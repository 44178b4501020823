/**
 * Write: run the transform and stage its rows in a snapshot that no branch points at.
 *
 * A crash before the staging commit leaves data files that nothing points at; a crash after it leaves a staged snapshot that a
 * later session never publishes. Either way the next run plans anew and nothing is lost or doubled.
 */
import { commitSnapshot, headOf, type SnapshotChange, type Table } from '@psyberg/iceberg';
import type { IntervalRows } from '../engine/engine.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { recordOfSession } from '../session/session-record.ts';
import { ATTEMPT_HEAD_KEY, CARRIED_MANIFESTS_KEY, STATE_SUMMARY_KEY, WAP_ID_KEY } from '../state/keys.ts';
import type { StateRecord } from '../state/state-record.ts';
import { stateRecordToJson } from '../state/state-record-json.ts';
import { grainLengthUs } from '../time/grain.ts';
import { plus } from '../time/instant.ts';
import { type IntervalSet, intervalSet, union } from '../time/interval-set.ts';
import { carryRows } from './carry-rows.ts';
import { type Computed, compute, type WriteOptions } from './compute.ts';
import { checkEvolution, evolutionSummary } from './evolve-target.ts';
import { replacedFiles } from './replaced-files.ts';
import type { Attempt, PlannedWork, WrittenWork } from './work.ts';

/** @throws the engine's errors: SQL, schema, rows outside the range, NULL in the time column */
export async function writeSession(
  project: Project,
  work: PlannedWork,
  attempt: Attempt,
  options: WriteOptions = {},
): Promise<WrittenWork> {
  const { process, plan } = work;
  const computed = await compute(project, work, options);
  const written = writtenIntervals(process, plan, computed.rowsByInterval);
  const record = recordOfSession(process, plan, attempt.number, written, work.held.record);
  const staged = await stage(project, work, attempt, computed, record, options);
  const { files, evolution, ...rest } = computed;
  return { ...rest, ...staged, record, computed: files };
}

/** What is replaced is written, also to nothing; of what is appended to, just the intervals that got rows. */
function writtenIntervals(process: Process, plan: SessionPlan, rows: readonly IntervalRows[]): IntervalSet {
  if (process.mode !== 'stateless' || process.target.time === undefined) return plan.write;
  const length = grainLengthUs(process.target.grain);
  const touched = intervalSet(rows.map(({ start }) => ({ start, end: plus(start, length) })));
  return plan.replace === undefined ? touched : union(touched, plan.replace);
}

/** Stages what was computed; on each attempt the rows to carry are made anew from the head of that attempt. */
async function stage(
  project: Project,
  { process, plan }: PlannedWork,
  attempt: Attempt,
  { target, files: computed, evolution }: Computed,
  record: StateRecord,
  options: WriteOptions,
): Promise<Pick<WrittenWork, 'stagedSnapshotId' | 'attemptHead'>> {
  const attemptHead = headOf(target.metadata, process.target.branch)?.snapshotId;
  const produce = async (base: Table): Promise<SnapshotChange | undefined> => {
    checkEvolution({ process, plan }, base, evolution);
    const head = headOf(base.metadata, process.target.branch);
    const replaced = await replacedFiles(project, process, plan, base, head?.snapshotId);
    const carried = await carryRows(project, process, base, replaced, plan);
    const removed = [...replaced.inside, ...replaced.mixed];
    if (computed.length === 0 && removed.length === 0) return undefined;
    return {
      operation: removed.length === 0 ? 'append' : computed.length + carried.length === 0 ? 'delete' : 'overwrite',
      added: [
        { name: 'computed', files: computed },
        { name: 'carried', files: carried },
      ],
      removed,
      summary: (manifests) => ({
        [WAP_ID_KEY]: attempt.wapId,
        [STATE_SUMMARY_KEY]: stateRecordToJson(record),
        ...(attemptHead !== undefined && { [ATTEMPT_HEAD_KEY]: String(attemptHead) }),
        ...evolutionSummary(evolution),
        ...(carried.length > 0 && { [CARRIED_MANIFESTS_KEY]: JSON.stringify(manifests.get('carried') ?? []) }),
      }),
      ...(evolution && { evolution }),
    };
  };
  const result = await commitSnapshot(target, produce, {
    branch: process.target.branch,
    stageOnly: true,
    ...(options.signal && { signal: options.signal }),
  });
  return {
    ...(attemptHead !== undefined && { attemptHead }),
    ...(result && { stagedSnapshotId: result.snapshot.snapshotId }),
  };
}
