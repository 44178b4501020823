import type { AuditRow, LoadedConfig, ProcessName, Project, SessionId, StepReport } from '@psyberg/core';
import { stepAnswer } from '../answers.ts';
import type { Answer, CommandContext } from '../context.ts';
import { exitCodeOfError, statusOfExitCode } from '../exit-codes.ts';
import { auditLines } from '../render/audit-lines.ts';
import { errorLines, nextOfError } from '../render/error-lines.ts';
import { errorKeys } from '../render/json-document.ts';
import { auditKeys } from '../render/session-json.ts';
import { flagText, speaksWithoutConfig } from './flag-config.ts';
import { withProject } from './open-project.ts';
import { readStepTarget, type StepFlags } from './step-flags.ts';

/** What a step of core takes. */
export interface StepOptions {
  readonly process: ProcessName;
  /** `init` names one itself where it is absent; the flags of the others were checked. */
  readonly session: SessionId;
  readonly signal: AbortSignal;
}

/** One step alone. Where it fails, audits that were made are shown with their failing rows beside the failure. */
export async function runStep(
  context: CommandContext,
  step: StepReport['step'],
  flags: StepFlags,
  work: (project: Project, options: StepOptions) => Promise<StepReport>,
): Promise<Answer> {
  const { config, process, session } = await readStepTarget(context, step, flags);
  let audits: readonly AuditRow[] = [];
  const listening: CommandContext = {
    ...context,
    onEvent: (event) => {
      if (event.kind === 'audited') audits = event.audits;
      context.onEvent(event);
    },
  };
  try {
    const options = { process, signal: context.signal, ...(session && { session }) };
    const report = await withProject(listening, config, (project) => work(project, options as StepOptions));
    const answer = stepAnswer(report, config, context);
    return { ...answer, next: nextOfStep(report, config).map((line) => completed(line, flags)) };
  } catch (error) {
    if (audits.length === 0) throw error;
    const answer = heldAnswer(error, audits, { process, session: session ?? null, step }, context);
    return { ...answer, next: answer.next.map((line) => completed(line, flags)) };
  }
}

/** After `init` of an external process it is the user's own job that writes; what follows it is `audit`. */
function nextOfStep(report: StepReport, config: LoadedConfig): readonly string[] {
  const { process, session } = report.process;
  const external = config.processes.get(process)?.transform.kind !== 'sql';
  if (report.state !== 'planned' || !external) return report.process.next;
  const flags = `--process ${process} --session ${session}`;
  // Without a target the job publishes by itself too.
  if (config.processes.get(process)?.watermarkOnly) return [`psyberg commit ${flags}`];
  return [`psyberg audit ${flags}`, `psyberg write ${flags} --nothing`];
}

/** A step without a configuration file needs its flags at the next one too. */
const completed = (line: string, flags: StepFlags): string =>
  speaksWithoutConfig(flags) && / --process /.test(line) ? `${line} ${flagText(flags)}` : line;

function heldAnswer(
  error: unknown,
  audits: readonly AuditRow[],
  about: { readonly process: ProcessName; readonly session: SessionId | null; readonly step: string },
  context: CommandContext,
): Answer {
  const exitCode = exitCodeOfError(error);
  const debug = context.globals.logLevel === 'debug';
  return {
    status: statusOfExitCode(exitCode),
    exitCode,
    next: nextOfError(error),
    keys: { ...about, audits: audits.map(auditKeys), error: errorKeys(error) },
    lines: (screen) => [...auditLines(audits, '', screen), ...errorLines(error, screen, { debug })],
    kind: 'deed',
  };
}
