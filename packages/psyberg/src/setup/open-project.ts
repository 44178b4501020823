import {
  type DurationUs,
  grainLengthUs,
  type LoadedConfig,
  loadConfig,
  openProject,
  type ProcessName,
  type Project,
  UsageError,
} from '@psyberg/core';
import type { CommandContext } from '../context.ts';
import { openCatalog, openEngine } from './open-parts.ts';

/** The configuration that holds for the working folder, with `flags` by dotted key before it. @throws {ConfigError} */
export function readConfig(
  context: CommandContext,
  flags: Readonly<Record<string, string | undefined>> = {},
): Promise<LoadedConfig> {
  const given = Object.entries(flags).filter((flag): flag is [string, string] => flag[1] !== undefined);
  return loadConfig({
    cwd: context.io.cwd,
    env: context.io.env,
    flags: Object.fromEntries(given),
    ...(context.globals.config === undefined ? {} : { file: context.globals.config }),
  });
}

/** The same, for a command that is about processes. @throws {UsageError} none is configured */
export async function readChainConfig(context: CommandContext): Promise<LoadedConfig> {
  const config = await readConfig(context);
  requireProcesses(config);
  return config;
}

/** @throws {UsageError} there is none */
export function requireProcesses(config: LoadedConfig): void {
  if (config.processes.size > 0) return;
  throw new UsageError(
    `${config.file} configures no process, so that there is nothing to do with it. Nothing was begun. Write one under "processes", or see one that works.`,
    { next: ['psyberg new demo'] },
  );
}

/** Opens the project, does `work` and closes catalog and engine, whatever happens. */
export async function withProject<T>(
  context: CommandContext,
  config: LoadedConfig,
  work: (project: Project) => Promise<T>,
): Promise<T> {
  const catalog = await openCatalog(config.catalog);
  let project: Project;
  try {
    project = await openProject(config, {
      catalog,
      createEngine: (name) =>
        openEngine(
          name === undefined ? config.engine : (config.engines.get(name) ?? config.engine),
          config.catalog.type === 'sql' ? config.catalog.warehouse : undefined,
        ),
      clock: context.io.now,
      onEvent: context.onEvent,
    });
  } catch (error) {
    await catalog.close();
    throw error;
  }
  try {
    return await work(project);
  } finally {
    await project.close();
  }
}

/** Length of a process's intervals. */
export function lengthOf(config: LoadedConfig): (process: ProcessName) => DurationUs | undefined {
  return (name) => {
    const process = config.processes.get(name);
    return process && grainLengthUs(process.target.grain);
  };
}
