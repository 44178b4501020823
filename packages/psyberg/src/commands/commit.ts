import { commit } from '@psyberg/core';
import type { Command } from '../context.ts';
import { runStep } from '../setup/run-step.ts';
import type { StepFlags } from '../setup/step-flags.ts';

/** Moves the watermarks of a published session. */
export const run: Command<StepFlags> = (context, _args, flags) => runStep(context, 'commit', flags, commit);
