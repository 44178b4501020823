/** What audits of metadata see: sources since the watermark, the staged snapshot, and what earlier sessions found. Writes nothing. */
import {
  currentSchema,
  type DataFile,
  formatIdentifier,
  planFiles,
  refreshTable,
  type SnapshotChanges,
  type SnapshotId,
  snapshotChanges,
  type Table,
} from '@psyberg/iceberg';
import type { ChangedTable, EarlierResult, EarlierSession, MetadataContext } from '../audits/audit-context.ts';
import { lineage } from '../changes/lineage.ts';
import { changesSourcesOf, type Process, type SessionId } from '../process/process.ts';
import type { TimeColumn } from '../process/time-column.ts';
import type { Project } from '../project.ts';
import type { AuditRow, SessionEvent } from '../session/rows.ts';
import type { PlannedSource, SessionPlan } from '../session/session-plan.ts';
import { RECENT_SESSIONS } from './repair.ts';
import type { Attempt, PlannedWork, WrittenWork } from './work.ts';

/** Before the write; whoever has staged rows adds them. */
export function metadataContextOf(
  project: Project,
  work: PlannedWork,
  attempt: Attempt,
  signal: AbortSignal | undefined,
): MetadataContext {
  const { process, plan } = work;
  return {
    process,
    plan,
    attempt: attempt.number,
    sources: changedSources(work),
    earlierSessions: () => earlierSessions(project, process, plan),
    earlierResults: (hash) => earlierResults(project, process, plan, hash),
    clock: project.clock,
    ...(signal && { signal }),
  };
}

/** A source that does not exist yet is not among them. */
function changedSources({ process, plan, sources }: PlannedWork): readonly ChangedTable[] {
  const times = changesSourcesOf(process).map(({ time }) => time);
  return plan.sources.flatMap((planned, i) => {
    const table = sources.find(({ identifier }) => formatIdentifier(identifier) === planned.table);
    return table === undefined ? [] : [changedSource(table, planned, times[i])];
  });
}

function changedSource(table: Table, planned: PlannedSource, time: TimeColumn | undefined): ChangedTable {
  const [from, to] = [planned.from?.snapshotId, planned.to?.snapshotId];
  const changes = () => changesOf(table, from, to);
  return {
    name: planned.table,
    as: planned.as,
    table,
    schema: currentSchema(table.metadata),
    ...(time && { time }),
    ...(to !== undefined && { to }),
    whole: from === undefined,
    planned,
    changes,
    files: async () => (from === undefined ? liveFiles(table, to) : addedFiles(await changes())),
  };
}

async function changesOf(
  table: Table,
  from: SnapshotId | undefined,
  to: SnapshotId | undefined,
): Promise<readonly SnapshotChanges[]> {
  if (to === undefined || from === to) return [];
  const chain = from === undefined ? undefined : lineage(table.metadata, from, to);
  const ids = chain?.map(({ snapshotId }) => snapshotId) ?? [to];
  const changes: SnapshotChanges[] = [];
  for (const id of ids) changes.push(await snapshotChanges(table, id));
  return changes;
}

/** A first load reads all that is there; planning has read the same manifests. */
const liveFiles = async (table: Table, to: SnapshotId | undefined): Promise<readonly DataFile[]> =>
  to === undefined ? [] : (await planFiles(table, { snapshotId: to })).map(({ file }) => file);

/** A `replace` brings no rows that were not there. */
const addedFiles = (changes: readonly SnapshotChanges[]): readonly DataFile[] =>
  changes
    .filter(({ snapshot }) => snapshot.operation !== 'replace')
    .flatMap(({ added }) => added.map(({ file }) => file));

/** The target with what the attempt has staged. */
export async function stagedTable(process: Process, written: WrittenWork): Promise<ChangedTable> {
  const to = written.stagedSnapshotId;
  const table = await refreshTable(written.target);
  const { time } = process.target;
  return {
    name: formatIdentifier(table.identifier),
    table,
    // With columns that only publication will make the table's own.
    schema: currentSchema(written.target.metadata),
    ...(time && { time }),
    ...(to !== undefined && { to }),
    changes: async () => (to === undefined ? [] : [await snapshotChanges(table, to)]),
    files: async () => written.computed,
  };
}

/** Sessions that were published before, newest first; those of which nothing was ever published are no history. */
async function publishedSessions(
  project: Project,
  process: Process,
  plan: SessionPlan,
): Promise<readonly SessionEvent[]> {
  const stored = await project.tables.sessions(process.name, { newest: RECENT_SESSIONS });
  const newest = new Map<SessionId, SessionEvent>();
  for (const event of [...stored, ...project.remembered.filter((e) => e.process === process.name)]) {
    newest.delete(event.session);
    newest.set(event.session, event);
  }
  return [...newest.values()]
    .filter(({ session, state }) => session !== plan.session && PUBLISHED.has(state))
    .reverse();
}

const PUBLISHED: ReadonlySet<SessionEvent['state']> = new Set(['published', 'committed', 'empty']);

/** Sessions that wrote rows, newest first. */
async function earlierSessions(
  project: Project,
  process: Process,
  plan: SessionPlan,
): Promise<readonly EarlierSession[]> {
  const events = await publishedSessions(project, process, plan);
  return events
    .filter(({ rowsWritten, state }) => state !== 'empty' && (rowsWritten ?? 0) > 0)
    .map((e) => ({ session: e.session, rows: e.rowsWritten ?? 0, intervals: Math.max(1, intervalsWritten(e.plan)) }));
}

const intervalsWritten = (plan: SessionPlan): number => plan.intervals.filter((i) => i.action !== 'none').length;

/** Of each published session the last word; what could not be run says nothing. */
async function earlierResults(
  project: Project,
  process: Process,
  plan: SessionPlan,
  definitionHash: string,
): Promise<readonly EarlierResult[]> {
  const stored = await project.tables.audits({ process: process.name, definitionHash, newest: RECENT_SESSIONS });
  const remembered = project.rememberedAudits.filter(
    (row) => row.process === process.name && row.definitionHash === definitionHash,
  );
  const rows = new Map<SessionId, AuditRow>();
  for (const row of [...stored, ...remembered]) if (row.status !== 'error') rows.set(row.session, row);
  const events = await publishedSessions(project, process, plan);
  return events.flatMap(({ session }) => {
    const row = rows.get(session);
    if (row === undefined) return [];
    const { observed, observedBy } = row;
    return [{ session, ...(observed !== undefined && { observed }), ...(observedBy && { observedBy }) }];
  });
}
