import type { ChainReport, LoadedConfig, StepReport } from '@psyberg/core';
import type { Answer, CommandContext } from './context.ts';
import { chainEnding, EXIT, exitCodeOfEnding, statusOfExitCode } from './exit-codes.ts';
import { chainKeys, stepKeys } from './render/chain-json.ts';
import { type ChainTextOptions, planText, runText, stepText } from './render/chain-text.ts';
import { nextOfError } from './render/error-lines.ts';
import { lengthOf } from './setup/open-project.ts';

/** The commands that the processes and their failures name, each once. */
function nextOfChain(report: ChainReport): readonly string[] {
  return [...new Set(report.processes.flatMap((process) => [...process.next, ...nextOfError(process.error)]))];
}

/** `plan` and `run`: one status for the chain. */
export function chainAnswer(
  command: 'plan' | 'run',
  report: ChainReport,
  config: LoadedConfig,
  context: CommandContext,
): Answer {
  const options = textOptions(config, context);
  const text = command === 'plan' ? planText : runText;
  return {
    ...endingOf(report, context),
    next: nextOfChain(report),
    keys: chainKeys(report),
    lines: (screen) => text(report, options, screen),
    kind: command === 'plan' ? 'question' : 'deed',
  };
}

const textOptions = (config: LoadedConfig, context: CommandContext): ChainTextOptions => ({
  lengthOf: lengthOf(config),
  sqlFileOf: (name) => {
    const transform = config.processes.get(name)?.transform;
    return transform?.kind === 'sql' ? transform.file : undefined;
  },
  debug: context.globals.logLevel === 'debug',
});

/** A run that was cut off is an interruption, also where no process was running when it happened. */
function endingOf(report: ChainReport, context: CommandContext): Pick<Answer, 'status' | 'exitCode'> {
  const cutOff = context.signal.aborted && report.processes.some((process) => process.status === 'blocked');
  return cutOff ? { status: 'failed', exitCode: EXIT.interrupted } : chainEnding(report.processes);
}

/** A step alone. */
export function stepAnswer(report: StepReport, config: LoadedConfig, context: CommandContext): Answer {
  const exitCode = exitCodeOfEnding(report.process);
  const options = textOptions(config, context);
  return {
    status: exitCode === EXIT.ok ? report.process.status : statusOfExitCode(exitCode),
    exitCode,
    next: [...new Set([...report.process.next, ...nextOfError(report.process.error)])],
    keys: stepKeys(report),
    lines: (screen) => stepText(report, options, screen),
    kind: 'deed',
  };
}

/** A question that was answered, whatever the answer is. */
export const plainAnswer = (keys: Answer['keys'], lines: Answer['lines'], next: readonly string[] = []): Answer => ({
  status: 'ok',
  exitCode: EXIT.ok,
  next,
  keys,
  lines,
  kind: 'question',
});
