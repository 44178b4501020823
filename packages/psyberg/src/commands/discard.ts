import { discard, type ProcessName, type SessionId } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { eventKeys } from '../render/session-json.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

/** Gives up an unpublished session: what it staged will never be published, and `clean` may remove it. */
export const run: Command<{ readonly process?: string }> = async (context, args, options) => {
  const [session, process] = args.length === 2 ? [args[1]!, args[0]!] : [args[0] ?? '', options.process];
  const config = await readConfig(context);
  await context.confirm(
    `Give up session ${session}${process === undefined ? '' : ` of ${process}`}? What it staged is then never published.`,
  );
  const event = await withProject(context, config, (project) =>
    discard(project, {
      session: session as SessionId,
      ...(process === undefined ? {} : { process: process as ProcessName }),
    }),
  );
  return {
    status: 'ok',
    exitCode: EXIT.ok,
    next: ['psyberg clean'],
    keys: eventKeys(event),
    lines: ({ paint }) => [
      `${paint('good', '✔')} Session ${event.session} of ${event.process} is ${event.state}. Readers were undisturbed; the next run loads its input anew.`,
    ],
    kind: 'deed',
  };
};
