/**
 * Backfill: recompute a span from what its sources held when they were read last. An ordinary session first brings the process up to
 * date; then one of kind `backfill` overwrites the span, with the same audits and the same publication as any other. What reads the
 * target follows at its next run, however old the span is: the mark of a backfill exempts from catch-up thresholds, and is passed on.
 */

import { formatIdentifier } from '@psyberg/iceberg';
import { settle } from '../chain/run.ts';
import { runProcess } from '../chain/run-process.ts';
import { UsageError } from '../errors.ts';
import { changesSourcesOf, type Process, type SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ChainReport, ProcessReport } from '../reports.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { planProcess } from '../steps/init.ts';
import { formatInstant, type Instant } from '../time/instant.ts';

export interface BackfillOptions {
  readonly process: string;
  readonly from: Instant;
  /** Exclusive; what lies beyond what is loaded is cut off. */
  readonly to: Instant;
  /** Names the session of the backfill. */
  readonly session?: string;
  /** Splits it into several sessions in order, each complete in itself. */
  readonly maxIntervals?: number;
  readonly signal?: AbortSignal;
}

/**
 * What a backfill would do if the process is up to date. Writes nothing.
 *
 * @throws {UsageError} an empty span
 */
export async function backfillPlan(project: Project, options: BackfillOptions): Promise<SessionPlan> {
  const process = backfillable(project, options);
  return (
    await planProcess(project, process, {
      kind: 'backfill',
      span: { start: options.from, end: options.to },
    })
  ).plan;
}

/**
 * The reports of the ordinary session and of those of the backfill, in order. If the ordinary one ends badly the backfill is not begun.
 * Failures of sessions are reports, never exceptions.
 *
 * @throws {UsageError} an empty span
 */
export async function backfill(project: Project, options: BackfillOptions): Promise<ChainReport> {
  const process = backfillable(project, options);
  const { from: start, to: end, session, maxIntervals, signal } = options;
  const abort = signal === undefined ? {} : { signal };
  project.emit({ kind: 'chain-started', processes: [process.name], session: session as SessionId | undefined });
  const reports: ProcessReport[] = [];
  try {
    reports.push(...(await runProcess(project, process, abort)));
    if (!wentWell(reports.at(-1))) return { processes: [...reports, notBegun(process)] };
    const parts = await runProcess(project, process, {
      backfill: { start, end },
      ...(session !== undefined && { session: session as SessionId }),
      ...(maxIntervals !== undefined && { maxIntervals }),
      ...abort,
    });
    reports.push(...parts);
    // The signal stood before the first pending interval; now an ordinary session may move it on again.
    if (parts.length > 1 && wentWell(parts.at(-1))) reports.push(...(await runProcess(project, process, abort)));
    return { processes: reports };
  } finally {
    await settle(project);
  }
}

function backfillable(project: Project, { process: name, from, to }: BackfillOptions): Process {
  const process = project.process(name);
  if (from >= to) {
    throw new UsageError(
      `A backfill goes from an earlier instant to a later one, not from ${formatInstant(from)} to ${formatInstant(to)}. Nothing was begun.`,
    );
  }
  const landing = changesSourcesOf(process).find((source) => source.time === undefined);
  if (landing !== undefined || process.target.time === undefined) {
    const what =
      landing === undefined ? 'its target has no time' : `it reads ${formatIdentifier(landing.table)} by landing time`;
    throw new UsageError(
      `${name} has no intervals that could be computed again one by one: ${what}. Nothing was begun. Recompute it whole.`,
      { next: [`psyberg run ${name} --recompute`] },
    );
  }
  return process;
}

const wentWell = (report: ProcessReport | undefined): boolean =>
  report?.status === 'ok' || report?.status === 'nothing_to_do';

const notBegun = (process: Process): ProcessReport => ({
  process: process.name,
  mode: process.mode,
  status: 'blocked',
  audits: [],
  message: 'Backfill not begun: the ordinary session before it ended badly.',
  next: [],
  stepsMs: {},
});
