import {
  explain,
  explainInterval,
  type LoadedConfig,
  type ProcessName,
  type SessionId,
  UsageError,
} from '@psyberg/core';
import { plainAnswer } from '../answers.ts';
import type { Answer, Command, CommandContext } from '../context.ts';
import { explainKeys, intervalHistoryKeys } from '../render/session-json.ts';
import { explainText, intervalHistoryText } from '../render/session-text.ts';
import { readInstant } from '../setup/instants.ts';
import { lengthOf, readConfig, withProject } from '../setup/open-project.ts';

export interface ExplainOptions {
  readonly interval?: string;
  readonly audit?: string;
}

/** `explain [PROCESS] SESSION`: what a session did and why. `explain PROCESS --interval T`: every session that wrote it. */
export const run: Command<ExplainOptions> = async (context, args, options) => {
  const config = await readConfig(context);
  if (options.interval !== undefined) return explainWriters(context, config, args, options.interval);
  const [session, process] = args.length === 2 ? [args[1]!, args[0]!] : [args[0], undefined];
  if (session === undefined) {
    throw new UsageError('psyberg explain needs a session, or a process with --interval T.', {
      next: ['psyberg sessions'],
    });
  }
  const full = await withProject(context, config, (project) =>
    explain(project, { session: session as SessionId, ...(process === undefined ? {} : { process }) }),
  );
  const { audit } = options;
  const report =
    audit === undefined
      ? full
      : { ...full, audits: full.audits.filter((row) => row.name === audit || row.audit === audit) };
  if (audit !== undefined && report.audits.length === 0) {
    const known = [...new Set(full.audits.map((row) => row.name))].join(', ') || 'none';
    throw new UsageError(`Session ${session} has no result of an audit "${audit}". Its audits: ${known}.`);
  }
  const lengthUs = lengthOf(config)(report.event.process);
  return plainAnswer(explainKeys(report), (screen) => explainText(report, { lengthUs }, screen));
};

async function explainWriters(
  context: CommandContext,
  config: LoadedConfig,
  [process, ...rest]: readonly string[],
  text: string,
): Promise<Answer> {
  if (process === undefined || rest.length > 0) {
    throw new UsageError(
      'psyberg explain --interval T needs one process and no session: psyberg explain PROCESS --interval T.',
    );
  }
  const interval = readInstant('--interval', text, context.io.now());
  const report = await withProject(context, config, (project) =>
    explainInterval(project, { process: process as ProcessName, interval }),
  );
  return plainAnswer(intervalHistoryKeys(report), (screen) => intervalHistoryText(report, screen));
}
