import { signal } from '@psyberg/core';
import { plainAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { signalReportKeys } from '../render/status-json.ts';
import { signalText } from '../render/upkeep-text.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

/** How far a table is complete, with the basis of that. Reads metadata only. */
export const run: Command<object> = async (context, [table = '']) => {
  const config = await readConfig(context);
  const report = await withProject(context, config, (project) => signal(project, { table }));
  return plainAnswer(signalReportKeys(report), (screen) => signalText(report, screen));
};
