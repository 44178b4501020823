import { formatIdentifier, headOf, openTable, parseIdentifier, type SnapshotId, type Table } from '@psyberg/iceberg';
import { upstreamOf } from '../chain/order.ts';
import { chosenProcesses } from '../chain/run.ts';
import { lineage } from '../changes/lineage.ts';
import { changesSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ProcessStatus, StatusReport } from '../reports.ts';
import { leaseHolder } from '../state/lease.ts';
import { heldState } from '../state/record-walk.ts';
import { planProcess } from '../steps/init.ts';
import { openIfExists } from '../steps/open-if-exists.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { RECENT_SESSIONS } from '../steps/repair.ts';

/** Where every process stands. Reads metadata and our own tables; writes nothing. A process that cannot be looked at reports its problem. */
export async function status(
  project: Project,
  options: { readonly processes?: readonly string[] } = {},
): Promise<StatusReport> {
  const processes: ProcessStatus[] = [];
  for (const process of chosenProcesses(project, options.processes)) processes.push(await statusOf(project, process));
  return { processes };
}

async function statusOf(project: Project, process: Process): Promise<ProcessStatus> {
  const facts = {
    process: process.name,
    mode: process.mode,
    target: formatIdentifier(process.target.table),
    upstream: upstreamOf(process, project.processes.values()).map((p) => p.name),
    sources: [],
    waitingFor: [],
    pending: [],
    skipped: [],
    held: [],
  };
  try {
    const events = await project.tables.sessions(process.name, { newest: RECENT_SESSIONS });
    const lastSession = events.filter((e) => e.state !== 'empty').at(-1) ?? events.at(-1);
    const namespace = parseIdentifier(project.tableNames.sessions).namespace;
    const lease = await leaseHolder(project.catalog, namespace, process.name, project.clock());
    const held = events.filter((e) => e.state === 'held');
    const shown = { ...facts, held, ...(lastSession && { lastSession }), ...(lease && { lease }) };
    return { ...shown, ...(await standing(project, process, facts)) };
  } catch (error) {
    return { ...facts, problem: error };
  }
}

async function standing(
  project: Project,
  process: Process,
  facts: Pick<ProcessStatus, 'sources'>,
): Promise<Partial<ProcessStatus>> {
  const target = await openIfExists(project, process.target.table);
  const record =
    target &&
    (await heldState(target, process.target.branch, process.name, recordLookup(project, process.name))).record;
  try {
    const { plan } = await planProcess(project, process);
    const sources = [];
    for (const [i, source] of changesSourcesOf(process).entries()) {
      const planned = plan.sources[i];
      const table = planned?.uuid ? await openTable(project.catalog, source.table) : undefined;
      const watermark = record?.sources.find(
        (s) => s.table === planned?.table && s.branch === source.branch,
      )?.snapshotId;
      const head = table && headOf(table.metadata, source.branch)?.snapshotId;
      sources.push({
        table: formatIdentifier(source.table),
        ...(watermark !== undefined && { watermark }),
        ...(head !== undefined && { head }),
        snapshotsBehind: table === undefined || head === undefined ? 0 : behind(table, watermark, head),
        ...(planned?.completeUntil !== undefined && { completeUntil: planned.completeUntil }),
        ...(planned?.basis && { basis: planned.basis }),
      });
    }
    const waitingFor = [...new Set(plan.intervals.flatMap((i) => i.waitingFor ?? []))];
    return { ...recordFacts(record), sources, waitingFor };
  } catch (error) {
    return { ...recordFacts(record), sources: facts.sources, problem: error };
  }
}

const recordFacts = (record: ProcessStatus['record']): Partial<ProcessStatus> =>
  record === undefined
    ? {}
    : { record, pending: record.pending, skipped: record.skipped, ...(record.signal && { signal: record.signal }) };

function behind(table: Table, watermark: SnapshotId | undefined, head: SnapshotId): number {
  if (watermark === undefined) return table.metadata.snapshots.length;
  return lineage(table.metadata, watermark, head)?.length ?? 0;
}
