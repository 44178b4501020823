import { formatInstant, type ReportStatus, type VerifyReport, verify } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { verifyKeys } from '../render/verify-json.ts';
import { verifyText } from '../render/verify-text.ts';
import { readInstant } from '../setup/instants.ts';
import { readChainConfig, withProject } from '../setup/open-project.ts';
import { valueTexts } from '../setup/value-texts.ts';

export interface VerifyOptions {
  readonly from?: string;
  readonly to?: string;
}

/** The law on the user's own tables: a full recompute against what is there. Writes nothing to any table. */
export const run: Command<VerifyOptions> = async (context, processes, options) => {
  const config = await readChainConfig(context);
  const nowMs = context.io.now();
  const bounds = {
    ...(options.from === undefined ? {} : { from: readInstant('--from', options.from, nowMs) }),
    ...(options.to === undefined ? {} : { to: readInstant('--to', options.to, nowMs) }),
  };
  const { report, textOf } = await withProject(context, config, async (project) => {
    const verified = await verify(project, { processes, ...bounds });
    return { report: verified, textOf: await valueTexts(project, verified) };
  });
  return {
    ...verdictOf(report),
    next: nextOf(report),
    keys: verifyKeys(report),
    lines: (screen) => verifyText(report, textOf, screen),
    kind: 'question',
  };
};

function verdictOf(report: VerifyReport): { status: ReportStatus; exitCode: ExitCode } {
  const verdicts = new Set(report.processes.map((process) => process.verdict));
  if (verdicts.has('different')) return { status: 'failed', exitCode: EXIT.different };
  if (verdicts.has('unverifiable')) return { status: 'needs_decision', exitCode: EXIT.decision };
  const idle = report.processes.every((process) => process.verdict === 'no_sessions');
  return { status: idle ? 'nothing_to_do' : 'ok', exitCode: EXIT.ok };
}

/** A difference is looked at by who wrote its first interval. */
function nextOf(report: VerifyReport): readonly string[] {
  return report.processes.flatMap(({ process, verdict, intervals }) => {
    const [first] = intervals;
    if (verdict !== 'different') return [];
    const look = first === undefined ? [] : [`psyberg explain ${process} --interval ${formatInstant(first.start)}`];
    return [...look, `psyberg run ${process} --recompute`];
  });
}
