import { run as runChain, type SessionId } from '@psyberg/core';
import { chainAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { readChainConfig, withProject } from '../setup/open-project.ts';

export interface RunOptions {
  readonly session?: string;
  readonly maxIntervals?: number;
  readonly recompute?: boolean;
}

/** All steps of the processes named, or of the whole chain in dependency order. */
export const run: Command<RunOptions> = async (context, processes, options) => {
  const config = await readChainConfig(context);
  if (options.recompute) {
    const targets = processes.length === 0 ? 'every target of the chain' : `the targets of ${processes.join(', ')}`;
    await context.confirm(`Replace all rows of ${targets} by a recompute from the current source snapshots?`);
  }
  const report = await withProject(context, config, (project) =>
    runChain(project, {
      processes,
      signal: context.signal,
      ...(options.session === undefined ? {} : { session: options.session as SessionId }),
      ...(options.maxIntervals === undefined ? {} : { maxIntervals: options.maxIntervals }),
      ...(options.recompute ? { recompute: true } : {}),
    }),
  );
  return chainAnswer('run', report, config, context);
};
