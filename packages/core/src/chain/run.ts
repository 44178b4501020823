import { UsageError } from '../errors.ts';
import type { Process, ProcessName, SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ChainReport, ProcessReport } from '../reports.ts';
import { sessionIdAt } from '../session/session-id.ts';
import { hasSession } from '../steps/restore-work.ts';
import { failureReport } from './failure-report.ts';
import { inDependencyOrder, upstreamOf } from './order.ts';
import { runProcess } from './run-process.ts';

export interface RunOptions {
  /** Names; absent: the whole chain. */
  readonly processes?: readonly string[];
  /** With one process: resume this session, or plan one of this name. */
  readonly session?: string;
  readonly maxIntervals?: number;
  readonly recompute?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Runs processes in dependency order, each on what those before it published. One that is held does not stop those after it, which
 * run on what is published; one that failed blocks them. What happened is stored at the end, in one commit per table of ours.
 */
export async function run(project: Project, options: RunOptions = {}): Promise<ChainReport> {
  const chosen = chosenProcesses(project, options.processes);
  if (options.session !== undefined && chosen.length !== 1) {
    throw new UsageError(
      '--session needs the name of one process: psyberg run PROCESS --session S. Nothing was begun.',
    );
  }
  const session = (options.session ?? sessionIdAt(project.clock())) as SessionId;
  project.emit({ kind: 'chain-started', processes: chosen.map((p) => p.name), session });
  const reports: ProcessReport[] = [];
  const bad = new Set<ProcessName>();
  try {
    for (const process of chosen) {
      const blocker = upstreamOf(process, chosen).find((p) => bad.has(p.name));
      if (blocker !== undefined || options.signal?.aborted) {
        bad.add(process.name);
        reports.push(blockedReport(process, blocker?.name));
        continue;
      }
      const own = await runProcess(project, process, {
        ...(options.session !== undefined && { session, resume: await hasSession(project, process, session) }),
        ...(options.maxIntervals !== undefined && { maxIntervals: options.maxIntervals }),
        ...(options.recompute && { recompute: true }),
        ...(options.signal && { signal: options.signal }),
      });
      reports.push(...own);
      const status = own.at(-1)?.status;
      if (status !== 'ok' && status !== 'nothing_to_do' && status !== 'held') bad.add(process.name);
    }
  } finally {
    await settle(project);
  }
  return { processes: reports };
}

/** The end of whatever runs sessions: stores what happened, in one commit per table of ours, and keeps those tables small. */
export async function settle(project: Project): Promise<void> {
  await storeRows(project);
  await maintainTables(project);
}

/** The rows are for people; that they cannot be stored never makes fail what is published. The next run tells what is missing. */
async function storeRows(project: Project): Promise<void> {
  try {
    await project.flush();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    project.emit({
      kind: 'warning',
      message: `What happened could not be stored in the session tables; what was published stays published, and psyberg recover tells it again. ${message}`,
    });
  }
}

/** A side job: our own tables stay small. What it cannot do now it does another time; it never makes a run fail. */
async function maintainTables(project: Project): Promise<void> {
  try {
    await project.tables.maintain({ written: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    project.emit({ kind: 'warning', message: `The session tables could not be compacted this time: ${message}` });
  }
}

/** The named processes, or all, in dependency order. @throws {UsageError} a name that is not configured */
export function chosenProcesses(project: Project, names: readonly string[] | undefined): readonly Process[] {
  const all = inDependencyOrder([...project.processes.values()]);
  if (names === undefined || names.length === 0) return all;
  const wanted = new Set(names.map((name) => project.process(name).name));
  return all.filter((p) => wanted.has(p.name));
}

function blockedReport(process: Process, blocker: ProcessName | undefined): ProcessReport {
  const why = blocker === undefined ? 'the run was interrupted' : `${blocker}, which it reads from, ended badly`;
  return { ...failureReport(process, undefined, undefined), status: 'blocked', message: `Not started: ${why}.` };
}
