/**
 * Doctor: what is well today and may not be tomorrow. Looks at retention against watermarks, bounds, leases, staged sessions, remains,
 * rights and our own tables. Reads metadata and writes nothing.
 */

import { inDependencyOrder } from '../chain/order.ts';
import { chosenProcesses } from '../chain/run.ts';
import type { LoadedConfig } from '../config/index.ts';
import type { NeedsDecisionError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { DoctorFinding, DoctorReport } from '../reports.ts';
import { planProcess, stateOf } from '../steps/init.ts';
import { limitProblem } from '../steps/limit-problem.ts';
import { openIfExists } from '../steps/open-if-exists.ts';
import { clean } from '../upkeep/clean.ts';
import { finding, messageOf } from './finding.ts';
import { leaseFindings } from './leases.ts';
import { ownTables } from './own-tables.ts';
import { placeFindings } from './places.ts';
import { sourceFindings } from './sources.ts';
import { targetFindings } from './targets.ts';

export interface DoctorOptions {
  /** Absent or empty: all. What does not belong to one process is looked at only then. */
  readonly processes?: readonly string[];
  /** Also looks whether its places can be written. */
  readonly config?: LoadedConfig;
}

/** What is at risk, worst first. @throws {UsageError} no such process */
export async function doctor(project: Project, options: DoctorOptions = {}): Promise<DoctorReport> {
  const chosen = inDependencyOrder([...chosenProcesses(project, options.processes)]);
  const findings: DoctorFinding[] = [];
  for (const process of chosen) findings.push(...(await processFindings(project, process)));
  const own = await ownTables(project);
  if ((options.processes ?? []).length === 0) {
    findings.push(...(await leaseFindings(project)), ...(await remainsFindings(project)), ...own.findings);
    if (options.config !== undefined) findings.push(...(await placeFindings(options.config)));
  }
  return { findings: worstFirst(findings), processes: chosen.length, tables: own.tables };
}

/** A process that cannot even be looked at is broken; the others are told all the same. */
export async function processFindings(project: Project, process: Process): Promise<readonly DoctorFinding[]> {
  try {
    const table = await openIfExists(project, process.target.table);
    const held = await stateOf(project, process, table);
    const plan = await planFindings(project, process);
    return [
      ...plan,
      // What cannot be planned says itself what is wrong with its sources.
      ...(plan.length > 0 ? [] : await sourceFindings(project, process, held.record)),
      ...(table === undefined ? [] : await targetFindings(project, process, table, held)),
    ];
  } catch (error) {
    return [broken(process, error)];
  }
}

async function planFindings(project: Project, process: Process): Promise<readonly DoctorFinding[]> {
  try {
    const work = await planProcess(project, process);
    const tooMuch = limitProblem(work);
    return tooMuch === undefined ? [] : [stopped(process, tooMuch)];
  } catch (error) {
    return [broken(process, error)];
  }
}

const broken = (process: Process, error: unknown): DoctorFinding =>
  finding('error', 'plan', process.name, `${process.name} cannot be planned: ${messageOf(error)}`, nextOf(error));

/** The next run would stop before it writes. */
const stopped = (process: Process, problem: NeedsDecisionError): DoctorFinding =>
  finding('error', 'plan', process.name, messageOf(problem), nextOf(problem));

const nextOf = (error: unknown): readonly string[] =>
  error instanceof Error && 'next' in error && Array.isArray(error.next) ? (error.next as string[]) : [];

async function remainsFindings(project: Project): Promise<readonly DoctorFinding[]> {
  let remains: Awaited<ReturnType<typeof clean>>;
  try {
    remains = await clean(project, { dryRun: true });
  } catch (error) {
    return [finding('warning', 'remains', 'clean', `What is left over cannot be told: ${messageOf(error)}`)];
  }
  const { stagedSnapshots, files } = remains;
  if (stagedSnapshots.length + files.length === 0) return [];
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const message = `Sessions that are over left ${stagedSnapshots.length} staged snapshot${stagedSnapshots.length === 1 ? '' : 's'} and ${files.length} file${files.length === 1 ? '' : 's'} (${Math.ceil(bytes / 1000)} kB). No reader sees them.`;
  return [finding('info', 'remains', 'clean', message, ['psyberg clean'])];
}

const ORDER = { error: 0, warning: 1, info: 2 } as const;

const worstFirst = (findings: readonly DoctorFinding[]): readonly DoctorFinding[] =>
  [...findings].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
