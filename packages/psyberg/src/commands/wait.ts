import { wait } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { waitKeys } from '../render/status-json.ts';
import { waitText } from '../render/upkeep-text.ts';
import { readDurationMs, readInstant } from '../setup/instants.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

export interface WaitFlags {
  readonly until: string;
  readonly timeout: string;
  readonly seen?: boolean;
}

/** Blocks until a table is complete up to an instant; exit 4 when the time runs out first. Reads metadata only. */
export const run: Command<WaitFlags> = async (context, [table = ''], flags) => {
  const until = readInstant('--until', flags.until, context.io.now());
  const timeoutMs = readDurationMs('--timeout', flags.timeout);
  const config = await readConfig(context);
  const report = await withProject(context, config, (project) =>
    wait(project, { table, until, timeoutMs, seen: flags.seen ?? false, signal: context.signal }),
  );
  return {
    status: report.reached ? 'ok' : 'blocked',
    exitCode: report.reached ? EXIT.ok : EXIT.conflict,
    next: report.reached ? [] : [`psyberg signal ${report.table}`, 'psyberg status'],
    keys: waitKeys(report),
    lines: (screen) => waitText(report, screen),
    kind: 'question',
  };
};
