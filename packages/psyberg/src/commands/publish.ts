import { userInfo } from 'node:os';
import { publish, UsageError } from '@psyberg/core';
import type { Command, CommandContext } from '../context.ts';
import { runStep } from '../setup/run-step.ts';
import type { StepFlags } from '../setup/step-flags.ts';

export interface PublishOptions extends StepFlags {
  readonly accept?: readonly string[];
  readonly reason?: string;
}

/** Shows a session's rows to readers; with `--accept` also a held one, and says for ever who did so and why. */
export const run: Command<PublishOptions> = async (context, _args, flags) => {
  const accept = acceptanceOf(flags, context);
  return runStep(context, 'publish', flags, (project, options) =>
    publish(project, { ...options, ...(accept && { accept }) }),
  );
};

function acceptanceOf({ accept, reason }: PublishOptions, context: CommandContext) {
  if (accept === undefined && reason === undefined) return undefined;
  if (accept === undefined || reason === undefined || reason.trim() === '') {
    throw new UsageError(
      '--accept AUDIT and --reason TEXT belong together: the reason stands beside the accepted audit for ever. Nothing was published.',
    );
  }
  return { audits: accept, reason, by: personOf(context) };
}

/** Who accepts: as the environment says, else as the machine knows the account. */
function personOf({ io }: CommandContext): string {
  const named = io.env.PSYBERG_USER ?? io.env.USER ?? io.env.USERNAME;
  return named !== undefined && named !== '' ? named : userInfo().username;
}
