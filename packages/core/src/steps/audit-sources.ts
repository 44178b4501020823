/**
 * Audits of sources come before the write: what is wrong with the input is found while nothing is staged. Reads metadata alone and
 * writes nothing; what it finds is stored by whoever ran it.
 */
import { blockingAudits, isSourceAudit, runSourceAudits } from '../audits/run-audits.ts';
import type { AuditDefinition } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { AuditRow, SessionEvent } from '../session/rows.ts';
import { metadataContextOf } from './audit-metadata.ts';
import type { Attempt, PlannedWork } from './work.ts';

/**
 * What the audits of sources find. A failure that was accepted for this session before counts as accepted: its sources are pinned, so
 * it is the same failure.
 */
export async function auditSources(
  project: Project,
  work: PlannedWork,
  attempt: Attempt,
  signal?: AbortSignal,
): Promise<readonly AuditRow[]> {
  const definitions = work.process.audits.filter(isSourceAudit);
  if (definitions.length === 0) return [];
  const rows = await runSourceAudits(definitions, metadataContextOf(project, work, attempt, signal));
  return blockingAudits(rows).length === 0 ? rows : withAccepted(rows, await acceptedOf(project, work));
}

async function acceptedOf(project: Project, { process, plan }: PlannedWork): Promise<readonly AuditRow[]> {
  const stored = await project.tables.audits({ process: process.name, session: plan.session });
  const remembered = project.rememberedAudits.filter((r) => r.process === process.name && r.session === plan.session);
  return [...stored, ...remembered].filter(({ status }) => status === 'accepted');
}

const withAccepted = (rows: readonly AuditRow[], accepted: readonly AuditRow[]): readonly AuditRow[] =>
  rows.map((row): AuditRow => {
    const found = accepted.find(
      (one) => one.name === row.name && one.severity === row.severity && one.definitionHash === row.definitionHash,
    );
    if (found === undefined || row.status === 'passed') return row;
    const { acceptedBy, reason } = found;
    return { ...row, status: 'accepted', ...(acceptedBy && { acceptedBy }), ...(reason && { reason }) };
  });

/** Held by an audit of a source: nothing was ever written. */
export const isHeldBeforeWrite = ({ state, stagedSnapshotId, rowsWritten }: SessionEvent): boolean =>
  state === 'held' && stagedSnapshotId === undefined && rowsWritten === undefined;

/** Whether a stored result still speaks for the attempt: what is said of the pinned sources holds for every attempt. */
export const speaksFor = (row: AuditRow, definition: AuditDefinition, attempt: number): boolean =>
  row.attempt === attempt || isSourceAudit(definition);

/** Who accepted what and why, for the summary of the published snapshot; no summary where nothing was, so that the staged snapshot can be published as it is. */
export function acceptedSummary(rows: readonly AuditRow[]): { readonly summary?: Readonly<Record<string, string>> } {
  const accepted = rows.filter(({ status }) => status === 'accepted');
  if (accepted.length === 0) return {};
  const told = (values: readonly (string | undefined)[]) =>
    [...new Set(values.filter((value) => value !== undefined))].join('; ');
  const by = told(accepted.map(({ acceptedBy }) => acceptedBy));
  const reason = told(accepted.map(({ reason: why }) => why));
  return { summary: { 'psyberg.accepted': JSON.stringify({ audits: accepted.map(({ name }) => name), by, reason }) } };
}
