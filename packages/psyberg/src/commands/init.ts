import { init } from '@psyberg/core';
import type { Command } from '../context.ts';
import { runStep } from '../setup/run-step.ts';
import type { StepFlags } from '../setup/step-flags.ts';

/** Plans a session and stores the plan; repeated, it gives the stored one and the current attempt's `wapId`. Writes no row. */
export const run: Command<StepFlags> = (context, _args, flags) => runStep(context, 'init', flags, init);
