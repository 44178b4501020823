import { plan } from '@psyberg/core';
import { chainAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { readChainConfig, withProject } from '../setup/open-project.ts';

/** What would be loaded and why, for the processes named or the whole chain. Writes nothing. */
export const run: Command<{ detailedExitcode?: boolean }> = async (context, processes, options) => {
  const config = await readChainConfig(context);
  const report = await withProject(context, config, (project) => plan(project, { processes }));
  const answer = chainAnswer('plan', report, config, context);
  const work = report.processes.some((process) => process.plan?.outcome === 'work');
  const exitCode = options.detailedExitcode && answer.exitCode === EXIT.ok && work ? EXIT.work : answer.exitCode;
  const next = answer.next.length === 0 && answer.exitCode === EXIT.ok && work ? ['psyberg run'] : answer.next;
  return { ...answer, exitCode, next };
};
