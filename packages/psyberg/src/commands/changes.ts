import { changes, UsageError } from '@psyberg/core';
import { toSnapshotId } from '@psyberg/iceberg';
import { plainAnswer } from '../answers.ts';
import type { Command } from '../context.ts';
import { changesKeys } from '../render/status-json.ts';
import { changesText } from '../render/upkeep-text.ts';
import { readConfig, withProject } from '../setup/open-project.ts';

export interface ChangesOptions {
  readonly from?: string;
  readonly time?: string;
}

/** What any table gained and lost since a snapshot, by interval. Reads metadata only. */
export const run: Command<ChangesOptions> = async (context, [table = ''], options) => {
  const config = await readConfig(context);
  const report = await withProject(context, config, (project) =>
    changes(project, {
      table,
      ...(options.from === undefined ? {} : { from: readSnapshotId(options.from) }),
      ...(options.time === undefined ? {} : { time: options.time }),
    }),
  );
  return plainAnswer(changesKeys(report), (screen) => changesText(report, screen));
};

function readSnapshotId(text: string) {
  if (!/^-?\d{1,19}$/.test(text)) {
    throw new UsageError(`--from "${text}" is not a snapshot id. The ids of a table: psyberg changes TABLE.`);
  }
  return toSnapshotId(BigInt(text));
}
