import { InterruptedError } from '../errors.ts';
import type { StepName } from '../events.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ProcessReport, ReportStatus } from '../reports.ts';
import type { AuditRow, SessionEvent } from '../session/rows.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { momentAfter } from '../steps/commit.ts';
import type { Attempt, WrittenWork } from '../steps/work.ts';
import { interrupted, statusOf } from './failure-report.ts';

/** What one session in progress has come to; a failure report is made of it wherever it stops. */
export class Progress {
  readonly process: Process;
  readonly stepsMs: Record<string, number> = {};
  readonly #project: Project;
  readonly #signal: AbortSignal | undefined;
  plan: SessionPlan | undefined;
  attempt: Attempt | undefined;
  written: WrittenWork | undefined;
  audits: readonly AuditRow[] = [];
  /** Those of `audits` that came before the write; they hold for every attempt. */
  sourceAudits: readonly AuditRow[] = [];
  /** What was told last of a session that is resumed. */
  before: SessionEvent | undefined;

  constructor(project: Project, process: Process, signal: AbortSignal | undefined) {
    this.#project = project;
    this.process = process;
    this.#signal = signal;
  }

  now = (): number => momentAfter(this.#project.clock, this.before);

  async step<T>(step: StepName, work: () => Promise<T>, describe: (result: T) => string): Promise<T> {
    if (this.#signal?.aborted) throw interrupted(this.process, this.plan);
    const session = this.plan?.session;
    this.#project.emit({ kind: 'step-started', process: this.process.name, session, step });
    const begun = performance.now();
    const result = await work();
    const elapsedMs = performance.now() - begun;
    this.stepsMs[step] = (this.stepsMs[step] ?? 0) + elapsedMs;
    this.#project.emit({
      kind: 'step-finished',
      process: this.process.name,
      session: this.plan?.session ?? session,
      step,
      elapsedMs,
      message: describe(result),
    });
    return result;
  }

  report(status: ReportStatus, message: string, more: Partial<ProcessReport> = {}): ProcessReport {
    const { process, plan, attempt, written } = this;
    return {
      process: process.name,
      mode: process.mode,
      status,
      ...(plan && { session: plan.session, plan }),
      ...(attempt && { attempt: attempt.number, wapId: attempt.wapId }),
      audits: this.audits,
      ...(written && {
        rowsWritten: written.rows,
        rowsByInterval: written.rowsByInterval,
        ...(written.stagedSnapshotId !== undefined && { stagedSnapshot: written.stagedSnapshotId }),
      }),
      message,
      next: [],
      stepsMs: this.stepsMs,
      ...more,
    };
  }

  /** Of a session that stopped where it is, for this reason. */
  failure(thrown: unknown): ProcessReport {
    const { process, plan } = this;
    const wasAborted = this.#signal?.aborted && !(thrown instanceof InterruptedError);
    const error = wasAborted ? interrupted(process, plan, thrown) : thrown;
    return { ...this.report('failed', ''), ...statusOf(process, plan?.session, error) };
  }
}
