import { audit } from '@psyberg/core';
import type { Command } from '../context.ts';
import { runStep } from '../setup/run-step.ts';
import type { StepFlags } from '../setup/step-flags.ts';

/** Checks the staged snapshot of a session; exit 3 when a blocking audit fails. */
export const run: Command<StepFlags> = (context, _args, flags) => runStep(context, 'audit', flags, audit);
