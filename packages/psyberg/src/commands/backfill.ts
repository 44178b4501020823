import { type BackfillOptions, backfill, backfillPlan, countIntervals, formatInstant } from '@psyberg/core';
import { chainAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { counted, formatSpan } from '../render/words.ts';
import { readInstant } from '../setup/instants.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

export interface BackfillFlags {
  readonly from: string;
  readonly to: string;
  readonly session?: string;
  readonly maxIntervals?: number;
}

/** Recomputes a span of what is loaded; asks with the span first. */
export const run: Command<BackfillFlags> = async (context, [process = ''], flags) => {
  const config = await readConfig(context);
  const now = context.io.now();
  const options: BackfillOptions = {
    process,
    from: readInstant('--from', flags.from, now),
    to: readInstant('--to', flags.to, now),
    signal: context.signal,
    ...(flags.session === undefined ? {} : { session: flags.session }),
    ...(flags.maxIntervals === undefined ? {} : { maxIntervals: flags.maxIntervals }),
  };
  const report = await withProject(context, config, async (project) => {
    if (!context.globals.yes) {
      const { range, write, target } = await backfillPlan(project, options);
      const grain = project.process(process).target.grain;
      const what =
        range === undefined
          ? `what is loaded from ${formatInstant(options.from)} to ${formatInstant(options.to)}`
          : `${counted(countIntervals(grain, write), 'interval')} of ${target.table}, ${formatSpan(range)},`;
      await context.confirm(`Recompute ${what} and replace the rows there?`);
    }
    return backfill(project, options);
  });
  const answer = chainAnswer('run', report, config, context);
  const done = report.processes.some((p) => p.status === 'ok' && p.plan?.kind === 'backfill');
  const read = [...config.processes.values()].some((p) =>
    p.sources.some(({ table }) => sameName(table, config.processes.get(process as never)?.target.table)),
  );
  const follow = answer.exitCode === EXIT.ok && done && read ? ['psyberg run'] : [];
  return { ...answer, next: [...answer.next, ...follow] };
};

type Name = { readonly namespace: readonly string[]; readonly name: string };

const sameName = (a: Name, b: Name | undefined): boolean =>
  b !== undefined && a.name === b.name && a.namespace.join('.') === b.namespace.join('.');
