/**
 * Recover: make the session and watermark tables say again what the targets say, after they were deleted, damaged or set back. Only what
 * is missing is added, so that it can be repeated. The tables are views: no target is touched, and none depends on them.
 */
import { formatIdentifier, parseIdentifier, type SnapshotId, type Table } from '@psyberg/iceberg';
import type { Process, SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { RecoveredProcess, RecoverReport } from '../reports.ts';
import type { SessionEvent, WatermarkRow } from '../session/rows.ts';
import type { OwnTableCondition } from '../session/session-tables.ts';
import { takeLease } from '../state/lease.ts';
import { type RecordedSession, recordHistory } from '../state/record-history.ts';
import { heldState, type RecordLookup } from '../state/record-walk.ts';
import { attemptOf, planOfRecord, sessionEvent, watermarkRows } from '../steps/commit.ts';
import { openIfExists } from '../steps/open-if-exists.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { isOpen } from '../steps/restore-work.ts';

/** With `dryRun` nothing is written, and the report says what would be. A process that cannot be looked at reports its problem. */
export async function recover(project: Project, { dryRun }: { readonly dryRun: boolean }): Promise<RecoverReport> {
  const tables = dryRun ? await project.tables.examine() : await project.tables.replaceDamaged();
  const sessionsReadable = !dryRun || isWhole(tables, 'sessions');
  const watermarksReadable = !dryRun || isWhole(tables, 'watermarks');
  const processes: RecoveredProcess[] = [];
  for (const process of project.processes.values()) {
    processes.push(await recoverProcess(project, process, { dryRun, sessionsReadable, watermarksReadable }));
  }
  if (!dryRun) await project.flush();
  return { dryRun, tables, processes, notRecovered: notRecovered(tables, processes) };
}

function notRecovered(tables: readonly OwnTableCondition[], processes: readonly RecoveredProcess[]): readonly string[] {
  const isLess = (holds: OwnTableCondition['holds']): boolean =>
    tables.some((t) => t.holds === holds && t.state !== 'whole');
  const again = processes.some((p) => p.sessions.length > 0);
  const sentences: string[] = [];
  if (isLess('audits') && (again || tables.some((t) => t.holds === 'audits' && t.state === 'damaged')))
    sentences.push('Results of audits: no target keeps them.');
  if (again) {
    sentences.push('Why the sessions told again wrote what they wrote (files and causes), and how many rows.');
    sentences.push('Sessions that were never published: held, given up, superseded, or with nothing to do.');
  }
  for (const { process, lost } of processes) {
    for (const session of lost)
      sentences.push(`${process}: session ${session}, and what came before it and is told nowhere.`);
  }
  return sentences;
}

const isWhole = (tables: readonly OwnTableCondition[], holds: OwnTableCondition['holds']): boolean =>
  tables.every((t) => t.holds !== holds || t.state !== 'damaged');

interface RecoverOptions {
  readonly dryRun: boolean;
  readonly sessionsReadable: boolean;
  readonly watermarksReadable: boolean;
}

async function recoverProcess(project: Project, process: Process, options: RecoverOptions): Promise<RecoveredProcess> {
  try {
    if (options.dryRun) return await missingOf(project, process, options);
    const { namespace } = parseIdentifier(project.tableNames.sessions);
    const lease = await takeLease(project.catalog, namespace, process.name, project.clock);
    try {
      return await missingOf(project, process, options);
    } finally {
      await lease.release();
    }
  } catch (error) {
    return { process: process.name, sessions: [], watermarks: 0, lost: [], problem: error };
  }
}

/** What the tables lack; remembered for the next flush unless it is only asked for. */
async function missingOf(
  project: Project,
  process: Process,
  { dryRun, sessionsReadable, watermarksReadable }: RecoverOptions,
): Promise<RecoveredProcess> {
  const target = await openIfExists(project, process.target.table);
  if (target === undefined) return { process: process.name, sessions: [], watermarks: 0, lost: [] };
  const lookup: RecordLookup = sessionsReadable ? recordLookup(project, process.name) : async () => undefined;
  const { record } = await heldState(target, process.target.branch, process.name, lookup);
  if (record === undefined) return { process: process.name, sessions: [], watermarks: 0, lost: [] };
  const history = await recordHistory(target, process.target.branch, process.name, record, lookup);
  const told = sessionsReadable ? await project.tables.sessions(process.name) : [];
  const moved = watermarksReadable ? await project.tables.watermarks(process.name) : [];
  const events = missingEvents(project, process, target, history.newestFirst, told);
  const watermarks = missingWatermarks(history.newestFirst, moved);
  if (!dryRun) project.remember({ events, watermarks });
  return {
    process: process.name,
    sessions: events.map((e) => e.session),
    watermarks: watermarks.length,
    lost: history.lost,
  };
}

/** Oldest first. A session that the table knows, but not that it was published, is told of as of now. */
function missingEvents(
  project: Project,
  process: Process,
  target: Table,
  newestFirst: readonly RecordedSession[],
  told: readonly SessionEvent[],
): readonly SessionEvent[] {
  const known = new Map<SessionId, SessionEvent>(told.map((e) => [e.session, e]));
  return [...newestFirst].reverse().flatMap(({ record, snapshotId }): SessionEvent[] => {
    const event = known.get(record.session);
    if (event !== undefined && !isOpen(event.state) && event.state !== 'published') return [];
    const plan =
      event?.plan ??
      planOfRecord(process, record, {
        table: formatIdentifier(target.identifier),
        branch: process.target.branch,
        uuid: target.metadata.tableUuid,
      });
    const at = event === undefined ? record.recordedAtMs : Math.max(project.clock(), event.recordedAtMs + 1);
    const moved = record.kind === 'normal' && record.written.length === 0;
    const state = moved ? 'empty' : 'committed';
    return [
      sessionEvent(plan, attemptOf(plan, record.attempt), state, at, {
        ...snapshotFact(snapshotId),
        message: `told again from the target${record.reason === undefined ? '' : `: ${record.reason}`}`,
      }),
    ];
  });
}

const snapshotFact = (snapshotId: SnapshotId | undefined): { snapshotId?: SnapshotId } =>
  snapshotId === undefined ? {} : { snapshotId };

function missingWatermarks(
  newestFirst: readonly RecordedSession[],
  moved: readonly WatermarkRow[],
): readonly WatermarkRow[] {
  const known = new Set(moved.map((row) => row.session));
  return newestFirst
    .flatMap(({ record }, i) =>
      known.has(record.session) ? [] : watermarkRows(record, newestFirst[i + 1]?.record, record.recordedAtMs),
    )
    .reverse();
}
