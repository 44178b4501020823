import { planFiles, type SnapshotId, type Table } from '@psyberg/iceberg';
import { assert } from '../errors.ts';
import { lowerLimitOf } from '../plan/bounds.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { BEGINNING_OF_TIME, END_OF_TIME } from '../time/instant.ts';
import { EMPTY_SET, type IntervalSet, isEmpty, subtract } from '../time/interval-set.ts';
import { type TargetFiles, targetFiles } from './target-files.ts';

/** The spans of the target that a session replaces: none when it only appends; everything from `from` on when it recomputes. */
export function replacedSpans(process: Process, plan: SessionPlan): IntervalSet | 'all' {
  if (plan.kind === 'recompute') {
    const limit = lowerLimitOf(process);
    // What is pending is overwritten by the sessions that follow; an appending one finds the table empty from the first on.
    const kept = process.mode === 'stateless' ? EMPTY_SET : plan.pending;
    if (limit === undefined && isEmpty(kept)) return 'all';
    return subtract([{ start: limit ?? BEGINNING_OF_TIME, end: END_OF_TIME }], kept);
  }
  return process.mode === 'stateless' ? (plan.replace ?? EMPTY_SET) : plan.write;
}

/** Live files of `head` that the session's publication removes, whole or in part. */
export async function replacedFiles(
  project: Project,
  process: Process,
  plan: SessionPlan,
  table: Table,
  head: SnapshotId | undefined,
): Promise<TargetFiles> {
  const spans = replacedSpans(process, plan);
  if (head === undefined) return { inside: [], mixed: [] };
  if (spans === 'all') return { inside: await planFiles(table, { snapshotId: head }), mixed: [] };
  if (spans.length === 0) return { inside: [], mixed: [] };
  const { time, grain } = process.target;
  assert(time !== undefined, `${process.name} overwrites intervals of a target without time`);
  return targetFiles(table, head, time, grain, spans, project.engineFor(process));
}
