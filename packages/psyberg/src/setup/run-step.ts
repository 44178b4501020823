import type { AuditRow, ProcessName, Project, SessionId, StepReport } from '@psyberg/core';
import { stepAnswer } from '../answers.ts';
import type { Answer, CommandContext } from '../context.ts';
import { exitCodeOfError, statusOfExitCode } from '../exit-codes.ts';
import { auditLines } from '../render/audit-lines.ts';
import { errorLines, nextOfError } from '../render/error-lines.ts';
import { auditKeys, errorKeys } from '../render/json-document.ts';
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
    return stepAnswer(report, config, context);
  } catch (error) {
    if (audits.length === 0) throw error;
    return heldAnswer(error, audits, { process, session: session ?? null, step }, context);
  }
}

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
