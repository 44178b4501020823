import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Lake } from '../../examples/lake.mjs';
import { arrive, HERE, makeWarehouse } from '../../examples/membership/build.mjs';
import type { Phase } from '../../examples/membership/events.mjs';
import { FOLDERS } from './folders.ts';
import { type CommandResult, runCommand } from './run-command.ts';

/** The membership example in a folder of its own, that a test may do with as it likes. */
export interface MembershipCopy {
  readonly folder: string;
  readonly lake: Lake;
  arrive(phase: Phase): Promise<void>;
  psyberg(...words: readonly string[]): Promise<CommandResult>;
  remove(): Promise<void>;
}

/** A copy whose raw tables are there and empty. */
export async function copyMembership(): Promise<MembershipCopy> {
  const folder = await realpath(await mkdtemp(path.join(FOLDERS, 'psyberg-membership-')));
  for (const part of ['psyberg.yaml', 'sql'])
    await cp(path.join(HERE, part), path.join(folder, part), { recursive: true });
  const lake = await makeWarehouse(path.join(folder, 'warehouse'));
  return {
    folder,
    lake,
    arrive: (phase) => arrive(lake, phase),
    psyberg: (...words) => runCommand(folder, ...words),
    remove: async () => {
      await lake.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
