import { commit } from '@psyberg/core';
import { stepAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { withProject } from '../setup/open-project.ts';
import { readStepTarget, type StepFlags } from '../setup/step-flags.ts';

/** Moves the watermarks of a published session. */
export const run: Command<StepFlags> = async (context, _args, flags) => {
  const { config, process, session } = await readStepTarget(context, 'commit', flags);
  const report = await withProject(context, config, (project) =>
    commit(project, { process, session, signal: context.signal }),
  );
  return stepAnswer(report, config, context);
};
