import { recover } from '@psyberg/core';
import type { Command } from '../context.ts';
import { chainEnding, statusOfExitCode } from '../exit-codes.ts';
import { nextOfError } from '../render/error-lines.ts';
import { recoverText } from '../render/recover-text.ts';
import { recoverKeys } from '../render/upkeep-json.ts';
import { counted } from '../render/words.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

/** Makes the session and watermark tables say again what the targets say; asks before a damaged one is put aside. */
export const run: Command<{ readonly dryRun?: boolean }> = async (context, _args, options) => {
  const config = await readConfig(context);
  const report = await withProject(context, config, async (project) => {
    const preview = options.dryRun || !context.globals.yes ? await recover(project, { dryRun: true }) : undefined;
    if (preview !== undefined && options.dryRun) return preview;
    const damaged = (preview?.tables ?? []).filter((t) => t.state === 'damaged');
    if (damaged.length > 0) {
      const names = damaged.map((t) => `${t.table} (${counted(t.rows, 'row')} can be read)`).join(', ');
      await context.confirm(`Put the damaged ${names} aside under another name, and make it anew?`);
    }
    return recover(project, { dryRun: false });
  });
  const endings = report.processes.map(({ problem, sessions, watermarks }) =>
    problem === undefined
      ? { status: sessions.length + watermarks > 0 ? ('ok' as const) : ('nothing_to_do' as const) }
      : { status: 'failed' as const, error: problem },
  );
  const { status, exitCode } = chainEnding(endings);
  const replaced = report.tables.some((t) => t.state === 'damaged');
  return {
    status: exitCode !== 0 ? statusOfExitCode(exitCode) : replaced ? 'ok' : status,
    exitCode,
    next: [...new Set(report.processes.flatMap((p) => nextOfError(p.problem)))],
    keys: recoverKeys(report),
    lines: (screen) => recoverText(report, screen),
    kind: options.dryRun ? 'question' : 'deed',
  };
};
