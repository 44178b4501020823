import { clean } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { cleanKeys } from '../render/json-document.ts';
import { cleanText } from '../render/upkeep-text.ts';
import { counted, formatBytes } from '../render/words.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

/** Removes what dead sessions of ours staged and left, nothing else; asks with the numbers first. */
export const run: Command<{ readonly dryRun?: boolean }> = async (context, _args, options) => {
  const config = await readConfig(context);
  const report = await withProject(context, config, async (project) => {
    const preview = await clean(project, { dryRun: true });
    const { stagedSnapshots, files } = preview;
    if (options.dryRun || stagedSnapshots.length + files.length === 0) return preview;
    const bytes = formatBytes(files.reduce((sum, file) => sum + file.sizeBytes, 0));
    await context.confirm(
      `Remove ${counted(stagedSnapshots.length, 'staged snapshot')} and ${counted(files.length, 'file')} (${bytes})?`,
    );
    return clean(project, { dryRun: false });
  });
  const found = report.stagedSnapshots.length + report.files.length > 0;
  return {
    status: found ? 'ok' : 'nothing_to_do',
    exitCode: EXIT.ok,
    next: options.dryRun && found ? ['psyberg clean'] : [],
    keys: cleanKeys(report),
    lines: (screen) => cleanText(report, screen),
    kind: options.dryRun ? 'question' : 'deed',
  };
};
