import { audit } from '@psyberg/core';
import { stepAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { withProject } from '../setup/open-project.ts';
import { readStepTarget, type StepFlags } from '../setup/step-flags.ts';

/** Checks the staged snapshot of a session; exit 3 when a blocking audit fails. */
export const run: Command<StepFlags> = async (context, _args, flags) => {
  const { config, process, session } = await readStepTarget(context, 'audit', flags);
  const report = await withProject(context, config, (project) =>
    audit(project, { process, session, signal: context.signal }),
  );
  return stepAnswer(report, config, context);
};
