import { countIntervals, skip } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { skipKeys } from '../render/upkeep-json.ts';
import { skipText } from '../render/upkeep-text.ts';
import { counted } from '../render/words.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

export interface SkipFlags {
  readonly to: string;
  readonly reason: string;
  readonly source?: string;
}

/** Moves the watermark past a change; asks with what then stays out. */
export const run: Command<SkipFlags> = async (context, [process = ''], { to, reason, source }) => {
  const config = await readConfig(context);
  const options = { process, to, reason, ...(source === undefined ? {} : { source }) };
  const report = await withProject(context, config, async (project) => {
    if (context.globals.yes) return skip(project, options);
    const preview = await skip(project, { ...options, dryRun: true });
    if (!preview.moves) return preview;
    const grain = project.process(process).target.grain;
    const stale = counted(countIntervals(grain, preview.skipped), 'interval');
    await context.confirm(
      `Leave out of ${process} what ${preview.table} changed up to snapshot ${preview.to} (${counted(preview.rows, 'row')}; ${stale} go stale)?`,
    );
    return skip(project, options);
  });
  return {
    status: report.moves ? 'ok' : 'nothing_to_do',
    exitCode: EXIT.ok,
    next: report.moves ? [`psyberg plan ${process}`] : [],
    keys: skipKeys(report),
    lines: (screen) => skipText(report, screen),
    kind: 'deed',
  };
};
