import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type DurationUs,
  type Engine,
  grainLengthUs,
  type LoadedCatalog,
  type LoadedConfig,
  type LoadedEngine,
  loadConfig,
  openProject,
  type ProcessName,
  type Project,
  UsageError,
} from '@psyberg/core';
import type { Catalog } from '@psyberg/iceberg';
import type { CommandContext } from '../context.ts';
import { maskSecrets } from '../secrets.ts';
import { VERSION } from '../version.ts';

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
      createEngine: () => openEngine(config.engine),
      clock: context.io.now,
      onEvent: context.onEvent,
      createdBy: `psyberg ${VERSION}`,
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

/** Connects to the catalog that a configuration names; a SQLite file must be there already. @throws {UsageError} it is not */
export async function openCatalog(catalog: LoadedCatalog): Promise<Catalog> {
  const iceberg = await import('@psyberg/iceberg');
  if (catalog.type === 'memory') return new iceberg.MemoryCatalog();
  requireDatabase(catalog.uri);
  return iceberg.SqlCatalog.open({ ...catalog, create: false });
}

function requireDatabase(uri: string): void {
  const path = sqlitePath(uri);
  if (path === undefined || existsSync(path)) return;
  const folder = existsSync(dirname(path)) ? '' : ` (nor the folder ${dirname(path)})`;
  throw new UsageError(
    `There is no catalog at ${path}${folder}. Nothing was begun. Point catalog.uri at the database that names your tables, or make a project with data by psyberg new.`,
    { next: ['psyberg new demo', 'psyberg check --show-config'] },
  );
}

/** The file of `sqlite:PATH`, undefined for other databases. */
export const sqlitePath = (uri: string): string | undefined => /^sqlite:(?:\/\/\/)?(.+)$/.exec(uri)?.[1];

/** DuckDB is loaded here and not earlier: it takes longer than everything else together. */
export async function openEngine(engine: LoadedEngine): Promise<Engine> {
  const { createDuckDbEngine } = await import('@psyberg/duckdb');
  const { type: _, ...options } = engine;
  return createDuckDbEngine(options);
}

/** Length of a process's intervals. */
export function lengthOf(config: LoadedConfig): (process: ProcessName) => DurationUs | undefined {
  return (name) => {
    const process = config.processes.get(name);
    return process && grainLengthUs(process.target.grain);
  };
}

/** The catalog's place without its password, for messages. */
export const shownCatalog = (catalog: LoadedCatalog): string =>
  catalog.type === 'memory' ? 'memory' : maskSecrets(catalog.uri);
