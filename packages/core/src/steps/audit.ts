/**
 * Audit: check the staged snapshot, restricted to what the session touched. Writes nothing; what it finds is stored by whoever
 * ran it. Audits see the table as publication would leave it: the session's computed rows, and of the branch what lies outside
 * the session's intervals.
 */
import { formatIdentifier, headOf, parseIdentifier, planFiles, type Table } from '@psyberg/iceberg';
import type { AuditContext } from '../audits/audit-context.ts';
import { isSourceAudit, runAudits } from '../audits/run-audits.ts';
import { filesWithin } from '../changes/files-within.ts';
import type { Relation, RelationPart } from '../engine/engine.ts';
import { readSchemaOf } from '../engine/read-schema.ts';
import { UsageError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { AuditRow } from '../session/rows.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { hull, isEmpty, subtract } from '../time/interval-set.ts';
import { metadataContextOf, stagedTable } from './audit-metadata.ts';
import { openIfExists } from './open-if-exists.ts';
import { parametersOf, timeTypeOf } from './parameters.ts';
import { replacedSpans } from './replaced-files.ts';
import type { Attempt, PlannedWork, WrittenWork } from './work.ts';

/** The audits of what is staged, in order; also those that passed. Audits of sources are not among them: they come before the write. */
export async function auditSession(
  project: Project,
  work: PlannedWork,
  attempt: Attempt,
  written: WrittenWork,
  signal?: AbortSignal,
): Promise<readonly AuditRow[]> {
  const definitions = work.process.audits.filter((audit) => !isSourceAudit(audit));
  if (definitions.length === 0) return [];
  return runAudits(definitions, contextOf(project, work, attempt, written, signal));
}

function contextOf(
  project: Project,
  work: PlannedWork,
  attempt: Attempt,
  written: WrittenWork,
  signal: AbortSignal | undefined,
): AuditContext {
  const { process, plan } = work;
  const { target } = written;
  const staged: RelationPart = { files: written.computed };
  const timeType = timeTypeOf(process, target);
  return {
    ...metadataContextOf(project, work, attempt, signal),
    staged: () => stagedTable(process, written),
    rowsByInterval: written.rowsByInterval,
    written: targetRelation(process, target, [staged]),
    touched: async () => targetRelation(process, target, [staged, ...(await keptRows(process, plan, target, written))]),
    inputs: written.inputs,
    tableNamed: (name) => tableNamed(project, process, plan, written, name),
    rowsWritten: written.rows,
    engine: project.engineFor(process),
    parameters: parametersOf(process, plan.session, plan.range, undefined),
    ...(timeType && { timeType }),
  };
}

function targetRelation(process: Process, table: Table, parts: readonly RelationPart[]): Relation {
  const { time } = process.target;
  const names = [table.identifier.name, formatIdentifier(table.identifier)];
  return { names, ...readSchemaOf(table.metadata), ...(time && { time }), parts };
}

/** Rows of the touched intervals that the branch keeps: all where rows are appended, none where they are replaced. */
async function keptRows(
  process: Process,
  plan: SessionPlan,
  table: Table,
  written: WrittenWork,
): Promise<readonly RelationPart[]> {
  const replaced = replacedSpans(process, plan);
  if (process.mode !== 'stateless' || replaced === 'all') return [];
  const head = headOf(table.metadata, process.target.branch);
  if (head === undefined) return [];
  const { time } = process.target;
  const span = hull(written.record.written);
  if (time === undefined || span === undefined) {
    return [{ files: (await planFiles(table, { snapshotId: head.snapshotId })).map((f) => f.file) }];
  }
  const files = await filesWithin(table, head.snapshotId, time, span);
  const kept = subtract(written.record.written, replaced);
  return isEmpty(kept) ? [] : [{ files: files.map((f) => f.file), within: kept }];
}

/** Lookups and sources at their pins, so that the answer is the same in every attempt; other tables as they are now. */
async function tableNamed(
  project: Project,
  process: Process,
  plan: SessionPlan,
  { inputs }: WrittenWork,
  name: string,
): Promise<{ readonly name: string; readonly relation: Relation }> {
  const lookup = inputs.find((input) => input.role === 'lookup' && input.relation.names.includes(name));
  if (lookup !== undefined) return { name: lookup.relation.names.at(-1) ?? name, relation: lookup.relation };
  const source = plan.sources.find((one) => one.as === name || one.table === name);
  const identifier = parseIdentifier(source?.table ?? name);
  const table = identifier.namespace.length === 0 ? undefined : await openIfExists(project, identifier);
  if (table === undefined) {
    throw new UsageError(
      `There is no table ${name} in catalog ${project.catalog.name}. Name it as namespace.table, or as ${process.name} calls a source.`,
      { next: ['psyberg check'] },
    );
  }
  const snapshotId = source === undefined ? headOf(table.metadata)?.snapshotId : source.to?.snapshotId;
  const files = snapshotId === undefined ? [] : (await planFiles(table, { snapshotId })).map((f) => f.file);
  return {
    name: formatIdentifier(identifier),
    relation: { names: [name], ...readSchemaOf(table.metadata), parts: [{ files }] },
  };
}
