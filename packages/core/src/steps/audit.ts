/**
 * Audit: check the staged snapshot, restricted to what the session touched. Writes nothing; what it finds is stored by whoever
 * ran it. Audits see the table as publication would leave it: the session's computed rows, and of the branch what lies outside
 * the session's intervals.
 */
import { currentSchema, formatIdentifier, headOf, planFiles, type Table } from '@psyberg/iceberg';
import type { AuditContext, EarlierSession } from '../audits/audit-context.ts';
import { runAudits } from '../audits/run-audits.ts';
import { timePredicate } from '../changes/time-predicate.ts';
import type { Relation, RelationPart } from '../engine/engine.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { AuditRow } from '../session/rows.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { EMPTY_SET, hull, isEmpty, subtract } from '../time/interval-set.ts';
import { writeTargetOf } from './ensure-target.ts';
import { parametersOf, timeTypeOf } from './parameters.ts';
import { RECENT_SESSIONS } from './repair.ts';
import { replacedSpans } from './replaced-files.ts';
import type { Attempt, WrittenWork } from './work.ts';

/** All audits of the process on one attempt, in order; also those that passed. */
export async function auditSession(
  project: Project,
  process: Process,
  plan: SessionPlan,
  attempt: Attempt,
  written: WrittenWork,
  signal?: AbortSignal,
): Promise<readonly AuditRow[]> {
  if (process.audits.length === 0) return [];
  return runAudits(process.audits, contextOf(project, process, plan, attempt, written, signal));
}

function contextOf(
  project: Project,
  process: Process,
  plan: SessionPlan,
  attempt: Attempt,
  written: WrittenWork,
  signal: AbortSignal | undefined,
): AuditContext {
  const { target } = written;
  const staged: RelationPart = { files: written.computed };
  const timeType = timeTypeOf(process, target);
  return {
    process,
    plan,
    attempt: attempt.number,
    written: targetRelation(process, target, [staged]),
    touched: async () => targetRelation(process, target, [staged, ...(await keptRows(process, plan, target, written))]),
    inputs: written.inputs,
    rowsWritten: written.rows,
    earlierSessions: () => earlierSessions(project, process, plan),
    engine: project.engineFor(process),
    parameters: parametersOf(process, plan.session, plan.range, undefined),
    ...(timeType && { timeType }),
    clock: project.clock,
    ...(signal && { signal }),
  };
}

function targetRelation(process: Process, table: Table, parts: readonly RelationPart[]): Relation {
  const { time, schema } = writeTargetOf(process, table);
  return { names: [table.identifier.name, formatIdentifier(table.identifier)], schema, ...(time && { time }), parts };
}

/** Rows of the touched intervals that the branch keeps: all where rows are appended, none where they are replaced. */
async function keptRows(
  process: Process,
  plan: SessionPlan,
  table: Table,
  written: WrittenWork,
): Promise<readonly RelationPart[]> {
  if (process.mode !== 'stateless' || replacedSpans(process, plan) === 'all') return [];
  const head = headOf(table.metadata, process.target.branch);
  if (head === undefined) return [];
  const { time } = process.target;
  const span = hull(written.record.written);
  if (time === undefined || span === undefined) {
    return [{ files: (await planFiles(table, { snapshotId: head.snapshotId })).map((f) => f.file) }];
  }
  const filter = timePredicate(currentSchema(table.metadata), time, span);
  const files = await planFiles(table, { snapshotId: head.snapshotId, filter });
  const kept = subtract(written.record.written, plan.replace ?? EMPTY_SET);
  return isEmpty(kept) ? [] : [{ files: files.map((f) => f.file), within: kept }];
}

/** Sessions that were published before and wrote rows, newest first. */
async function earlierSessions(
  project: Project,
  process: Process,
  plan: SessionPlan,
): Promise<readonly EarlierSession[]> {
  const stored = await project.tables.sessions(process.name, { newest: RECENT_SESSIONS });
  const all = [...stored, ...project.remembered.filter((e) => e.process === process.name)];
  return all
    .filter(
      (e) =>
        e.session !== plan.session && (e.state === 'committed' || e.state === 'published') && (e.rowsWritten ?? 0) > 0,
    )
    .reverse()
    .map((e) => ({ session: e.session, rows: e.rowsWritten ?? 0, intervals: Math.max(1, intervalsWritten(e.plan)) }));
}

const intervalsWritten = (plan: SessionPlan): number => plan.intervals.filter((i) => i.action !== 'none').length;
