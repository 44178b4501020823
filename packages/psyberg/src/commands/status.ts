import { status } from '@psyberg/core';
import { plainAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { statusKeys } from '../render/status-json.ts';
import { statusText } from '../render/status-text.ts';
import { readChainConfig, withProject } from '../setup/open-project.ts';

/** How far each process is, and what it waits for. Reads metadata only. */
export const run: Command<object> = async (context, processes) => {
  const config = await readChainConfig(context);
  const report = await withProject(context, config, (project) => status(project, { processes }));
  const held = report.processes.flatMap((process) => process.held);
  const next = held.map((event) => `psyberg explain ${event.process} ${event.session}`);
  return plainAnswer(statusKeys(report), (screen) => statusText(report, screen), next);
};
