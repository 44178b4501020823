import { clean } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { cleanKeys } from '../render/upkeep-json.ts';
import { cleanText, hasRemains, remainsText } from '../render/upkeep-text.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

/** Removes what dead sessions of ours staged and left, nothing else; asks with the numbers first. */
export const run: Command<{ readonly dryRun?: boolean }> = async (context, _args, options) => {
  const config = await readConfig(context);
  const report = await withProject(context, config, async (project) => {
    const preview = await clean(project, { dryRun: true });
    if (options.dryRun || !hasRemains(preview)) return preview;
    await context.confirm(`Remove ${remainsText(preview)}?`);
    return clean(project, { dryRun: false });
  });
  const found = hasRemains(report);
  return {
    status: found ? 'ok' : 'nothing_to_do',
    exitCode: EXIT.ok,
    next: options.dryRun && found ? ['psyberg clean'] : [],
    keys: cleanKeys(report),
    lines: (screen) => cleanText(report, screen),
    kind: options.dryRun ? 'question' : 'deed',
  };
};
