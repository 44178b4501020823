import {
  currentSchema,
  isAncestorOf,
  type Snapshot,
  type SnapshotId,
  snapshotById,
  snapshotChanges,
  specById,
  type Table,
  UNPARTITIONED_SPEC,
} from '@psyberg/iceberg';
import { fileSpan } from '../changes/time-span.ts';
import { PublishConflictError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import { formatTimeColumn } from '../process/time-column.ts';
import type { Project } from '../project.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { STATE_SUMMARY_KEY } from '../state/keys.ts';
import { stateRecordFromJson } from '../state/state-record-json.ts';
import { grainLengthUs } from '../time/grain.ts';
import { formatInstantShort, plus } from '../time/instant.ts';
import { type Interval, type IntervalSet, intersect, intervalSet, union } from '../time/interval-set.ts';
import type { PublishableWork } from './publishable-work.ts';
import { replacedSpans } from './replaced-files.ts';

interface Conflict {
  readonly snapshot: Snapshot;
  readonly interval: Interval;
}

/**
 * Whether others have changed the session's intervals since its attempt began.
 *
 * @throws {PublishConflictError} they have, or the branch was rolled back behind that
 */
export async function checkConflicts(
  project: Project,
  table: Table,
  work: PublishableWork,
  staged: Snapshot | undefined,
  head: Snapshot | undefined,
): Promise<void> {
  const { process, plan } = work;
  if (plan.outcome !== 'work') return;
  const since = work.attemptHead ?? staged?.parentSnapshotId;
  if (since === head?.snapshotId || (staged !== undefined && staged.snapshotId === head?.snapshotId)) return;
  if (since !== undefined && (head === undefined || !isAncestorOf(table.metadata, since, head.snapshotId))) {
    throw new PublishConflictError(
      `Session ${plan.session} of ${process.name} was staged on snapshot ${since}, which ${process.target.branch} no longer descends ` +
        'from (rollback). Nothing was published.',
      { next: [`psyberg run ${process.name}`] },
    );
  }
  const conflict = await conflictingSnapshot(project, table, process, plan, since, head);
  if (conflict === undefined) return;
  throw new PublishConflictError(
    `Snapshot ${conflict.snapshot.snapshotId} (${conflict.snapshot.operation ?? 'overwrite'}) changed ` +
      `${formatInstantShort(conflict.interval.start)} of the target of ${process.name} after session ${plan.session} was staged. ` +
      'Nothing was published; the session has to be computed again on what is there now.',
    { next: [`psyberg write --process ${process.name} --session ${plan.session}`] },
  );
}

/**
 * The first snapshot after `since` up to `head` that changed what the session overwrites, or undefined. A sequential session also
 * depends on the interval before its first. Compactions change nothing; appends elsewhere are no conflict; an appending session
 * conflicts with nothing.
 */
async function conflictingSnapshot(
  project: Project,
  table: Table,
  process: Process,
  plan: SessionPlan,
  since: SnapshotId | undefined,
  head: Snapshot | undefined,
): Promise<Conflict | undefined> {
  const replaced = replacedSpans(process, plan);
  if (replaced !== 'all' && replaced.length === 0) return undefined;
  const needed = replaced === 'all' ? undefined : withIntervalBefore(process, replaced);
  for (let snapshot = head; snapshot !== undefined && snapshot.snapshotId !== since; ) {
    if (snapshot.operation !== 'replace') {
      const interval = await touched(project, table, process, snapshot, needed);
      if (interval !== undefined) return { snapshot, interval };
    }
    snapshot =
      snapshot.parentSnapshotId === undefined ? undefined : snapshotById(table.metadata, snapshot.parentSnapshotId);
  }
  return undefined;
}

function withIntervalBefore(process: Process, spans: IntervalSet): IntervalSet {
  const first = spans[0];
  if (process.mode !== 'sequential' || first === undefined) return spans;
  return union(spans, [{ start: plus(first.start, -grainLengthUs(process.target.grain)), end: first.start }]);
}

/** Where the snapshot's changes meet `needed` (undefined: everywhere). A commit of ours lists its intervals; others are taken by bounds, or looked into. */
async function touched(
  project: Project,
  table: Table,
  process: Process,
  snapshot: Snapshot,
  needed: IntervalSet | undefined,
): Promise<Interval | undefined> {
  const { time, grain } = process.target;
  if (time === undefined) return undefined;
  const text = snapshot.summary[STATE_SUMMARY_KEY];
  const record = text === undefined ? undefined : stateRecordFromJson(text);
  if (record !== undefined && record.time === formatTimeColumn(time)) {
    return needed === undefined ? record.written[0] : intersect(record.written, needed)[0];
  }
  const schema = currentSchema(table.metadata);
  const { added, removed } = await snapshotChanges(table, snapshot.snapshotId);
  for (const { file } of [...added, ...removed]) {
    const placed = fileSpan(schema, specById(table.metadata, file.specId) ?? UNPARTITIONED_SPEC, time, file);
    if (placed.kind === 'empty') continue;
    if (placed.kind === 'span' && needed !== undefined && intersect([placed.span], needed).length === 0) continue;
    const [profile] = await (await project.engineFor(process)()).profileTime({ schema, time, grain, files: [file] });
    const intervals = intervalSet(
      (profile?.rowsByInterval ?? []).map((r) => ({ start: r.start, end: plus(r.start, grainLengthUs(grain)) })),
    );
    const meets = needed === undefined ? intervals[0] : intersect(intervals, needed)[0];
    if (meets !== undefined) return meets;
  }
  return undefined;
}
