import { init, type SourcePredicate, type SqlDialect, sourcePredicates } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { predicateKeys } from '../render/chain-json.ts';
import { predicateLines } from '../render/predicate-lines.ts';
import { runStep } from '../setup/run-step.ts';
import type { StepFlags } from '../setup/step-flags.ts';

export interface InitFlags extends StepFlags {
  readonly emptyExitCode?: number;
  readonly predicates?: SqlDialect;
}

/** Plans a session and stores the plan; repeated, it gives the stored one and the current attempt's `wapId`. Writes no row. */
export const run: Command<InitFlags> = async (context, _args, { emptyExitCode, predicates: dialect, ...flags }) => {
  let reads: readonly SourcePredicate[] = [];
  const answer = await runStep(context, 'init', flags, async (project, options) => {
    const report = await init(project, options);
    const { process, plan } = report.process;
    if (dialect !== undefined && plan !== undefined) reads = await sourcePredicates(project, process, plan, dialect);
    return report;
  });
  const empty = answer.status === 'nothing_to_do' && answer.exitCode === EXIT.ok;
  const ended = empty && emptyExitCode !== undefined ? { ...answer, exitCode: emptyExitCode } : answer;
  if (dialect === undefined) return ended;
  return {
    ...ended,
    keys: { ...ended.keys, predicates: predicateKeys(dialect, reads) },
    lines: (screen) => [...ended.lines(screen), ...predicateLines(dialect, reads, screen)],
  };
};
