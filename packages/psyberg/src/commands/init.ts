import { init } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { runStep } from '../setup/run-step.ts';
import type { StepFlags } from '../setup/step-flags.ts';

export interface InitFlags extends StepFlags {
  readonly emptyExitCode?: number;
}

/** Plans a session and stores the plan; repeated, it gives the stored one and the current attempt's `wapId`. Writes no row. */
export const run: Command<InitFlags> = async (context, _args, { emptyExitCode, ...flags }) => {
  const answer = await runStep(context, 'init', flags, init);
  const empty = answer.status === 'nothing_to_do' && answer.exitCode === EXIT.ok;
  return empty && emptyExitCode !== undefined ? { ...answer, exitCode: emptyExitCode } : answer;
};
