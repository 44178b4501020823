import { adopt, type ProcessName } from '@psyberg/core';
import type { Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { adoptKeys } from '../render/upkeep-json.ts';
import { adoptText } from '../render/upkeep-text.ts';
import { readInstant } from '../setup/instants.ts';
import { readChainConfig, withProject } from '../setup/open-project.ts';

export interface AdoptOptions {
  readonly at: string;
  readonly loadedUntil?: string;
}

/** Declares that the target already holds everything up to a point; writes properties, no row. */
export const run: Command<AdoptOptions> = async (context, [process = ''], options) => {
  const config = await readChainConfig(context);
  const loadedUntil =
    options.loadedUntil === undefined
      ? undefined
      : readInstant('--loaded-until', options.loadedUntil, context.io.now());
  const report = await withProject(context, config, (project) =>
    adopt(project, {
      process: process as ProcessName,
      at: options.at,
      ...(loadedUntil === undefined ? {} : { loadedUntil }),
    }),
  );
  return {
    status: 'ok',
    exitCode: EXIT.ok,
    next: [`psyberg plan ${process}`],
    keys: adoptKeys(report),
    lines: (screen) => adoptText(report, screen),
    kind: 'deed',
  };
};
