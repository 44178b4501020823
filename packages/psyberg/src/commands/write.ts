import { write } from '@psyberg/core';
import { stepAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { withProject } from '../setup/open-project.ts';
import { readStepTarget, type StepFlags } from '../setup/step-flags.ts';

/** Runs the transform of a session into a staged snapshot; `--nothing`: the user's own job staged none. */
export const run: Command<StepFlags & { readonly nothing?: boolean }> = async (context, _args, flags) => {
  const { config, process, session } = await readStepTarget(context, 'write', flags);
  const nothing = flags.nothing === true;
  const report = await withProject(context, config, (project) =>
    write(project, { process, session, nothing, signal: context.signal }),
  );
  return stepAnswer(report, config, context);
};
