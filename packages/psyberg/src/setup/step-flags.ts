import { type LoadedConfig, type ProcessName, type SessionId, type StepReport, UsageError } from '@psyberg/core';
import type { CommandContext } from '../context.ts';
import { configFromFlags, type ProcessFlags, speaksWithoutConfig } from './flag-config.ts';
import { readConfig } from './open-project.ts';

/** What every step is told. */
export interface StepFlags extends ProcessFlags {
  readonly process?: string;
  readonly session?: string;
}

/** Which session of which process a step is about, and under which configuration. */
export interface StepTarget {
  readonly config: LoadedConfig;
  readonly process: ProcessName;
  /** Always there but for `init`, which can name one itself. */
  readonly session?: SessionId;
}

/**
 * Reads the flags of a step: with a configuration file its process by name, with the published flags a process made of them.
 *
 * @throws {UsageError} process or session is not named
 */
export async function readStepTarget(
  context: CommandContext,
  step: StepReport['step'],
  flags: StepFlags,
): Promise<StepTarget> {
  const { process, session } = flags;
  if (process === undefined || (session === undefined && step !== 'init')) {
    const missing = [
      process === undefined ? ['--process NAME'] : [],
      session === undefined ? ['--session ID'] : [],
    ].flat();
    throw new UsageError(
      `psyberg ${step} needs ${missing.join(' and ')}: a step alone is always about one session of one process. Nothing was begun.`,
      { next: [`psyberg ${step} --process ${process ?? 'NAME'} --session ${session ?? 'ID'}`] },
    );
  }
  const config = speaksWithoutConfig(flags)
    ? configFromFlags(context, { ...flags, process })
    : await readConfig(context, { 'catalog.uri': flags.catalog, 'catalog.warehouse': flags.warehouse });
  const target = { config, process: process as ProcessName };
  return session === undefined ? target : { ...target, session: session as SessionId };
}
