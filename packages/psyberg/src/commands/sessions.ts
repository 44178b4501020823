import { sessions } from '@psyberg/core';
import { plainAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { sessionsKeys } from '../render/session-json.ts';
import { sessionsText } from '../render/session-text.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

/** The recorded sessions of one process, or of all. */
export const run: Command<object> = async (context, [process]) => {
  const config = await readConfig(context);
  const events = await withProject(context, config, (project) =>
    sessions(project, process === undefined ? {} : { process }),
  );
  return plainAnswer(sessionsKeys(events), (screen) => sessionsText(events, screen));
};
