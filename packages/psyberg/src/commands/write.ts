import { write } from '@psyberg/core';
import type { Command } from '../context.ts';
import { runStep } from '../setup/run-step.ts';
import type { StepFlags } from '../setup/step-flags.ts';

/** Runs the transform of a session into a staged snapshot; `--nothing`: the user's own job staged none. */
export const run: Command<StepFlags & { readonly nothing?: boolean }> = (context, _args, flags) =>
  runStep(context, 'write', flags, (project, options) =>
    write(project, { ...options, nothing: flags.nothing === true }),
  );
