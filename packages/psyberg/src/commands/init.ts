import { init } from '@psyberg/core';
import { stepAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { withProject } from '../setup/open-project.ts';
import { readStepTarget, type StepFlags } from '../setup/step-flags.ts';

/** Plans a session and stores the plan; repeated, it gives the stored one and the current attempt's `wapId`. Writes no row. */
export const run: Command<StepFlags> = async (context, _args, flags) => {
  const { config, process, session } = await readStepTarget(context, 'init', flags);
  const report = await withProject(context, config, (project) =>
    init(project, { process, session, signal: context.signal }),
  );
  return stepAnswer(report, config, context);
};
