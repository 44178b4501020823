/**
 * From a file to a configuration: find, read, put the environment in, put overrides over it, check the shape, then the meaning.
 *
 * Everything that is wrong is gathered and said at once, each at its place; what has a wrong shape is left out of the checks of
 * meaning, since those would only repeat it in other words. The YAML parser, the schema library and the TypeScript loader are
 * imported when they are needed and not earlier, so that a command without a configuration does not wait for them.
 */
import { readFile } from 'node:fs/promises';
import { dirname, extname, isAbsolute, relative, resolve } from 'node:path';
import { ConfigError, type ConfigProblem } from '../errors.ts';
import type { ConfigSource, UnreadableConfig } from './config-source.ts';
import { findConfig } from './find-config.ts';
import { interpretConfig, soundParts } from './interpret-config.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { overridesFromEnv, overridesFromFlags } from './overrides.ts';
import { prepareConfig } from './prepare-config.ts';
import { type ConfigModules, readModuleConfig } from './read-module-config.ts';
import { explainIssues } from './shape-problems.ts';
import { readSqlFiles } from './sql-files.ts';

export interface LoadConfigOptions {
  /** Where the search upwards begins, and what relative paths in `file`, `env` and `flags` are relative to. */
  readonly cwd: string;
  /** A configuration file, instead of searching. */
  readonly file?: string | undefined;
  /** For `${VAR}` and `PSYBERG__…`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Values by dotted key, before everything else: `{ 'engine.threads': '4' }`. */
  readonly flags?: Readonly<Record<string, string>> | undefined;
  /** What a configuration in TypeScript gets when it imports one of our packages; by default `defineConfig` alone. */
  readonly modules?: ConfigModules | undefined;
}

/**
 * Reads the configuration that holds for a folder. Reads the file and the SQL files that it names, and writes nothing.
 *
 * @throws {ConfigError} there is none, or something in it is wrong; every problem with its place
 */
export async function loadConfig(options: LoadConfigOptions): Promise<LoadedConfig> {
  const file = options.file === undefined ? await findConfig(options.cwd) : resolve(options.cwd, options.file);
  if (file === undefined) {
    const message =
      'holds no psyberg.yaml (or .yml, .json, psyberg.config.ts), nor does any folder above. Make a project with `psyberg new`, or name a file with --config.';
    throw new ConfigError([{ file: options.cwd, path: '', message }], { next: ['psyberg new'] });
  }
  const shownAs = shownPath(file, options.cwd);
  const source = await readSource(file, shownAs, options.modules);
  if ('problems' in source) throw new ConfigError(source.problems);
  return understand(source, shownAs, options);
}

async function understand(source: ConfigSource, shownAs: string, options: LoadConfigOptions): Promise<LoadedConfig> {
  const { configSchema, toJsonSchema } = await import('./schema.ts');
  const overrides = [...overridesFromEnv(options.env), ...overridesFromFlags(options.flags ?? {})];
  const prepared = prepareConfig(source, shownAs, options.env, overrides, toJsonSchema);
  const { tree, problems, show } = prepared;
  const shaped = configSchema.safeParse(tree);
  if (!shaped.success) {
    problems.problems.push(...explainIssues(shaped.error.issues, { value: tree, jsonSchema: toJsonSchema(), show }));
  }
  const config = shaped.success ? shaped.data : soundParts(tree, problems);
  const directory = dirname(source.file);
  const files = await readSqlFiles(config, directory);
  const interpreted = interpretConfig(config, files, prepared, (path) =>
    prepared.isOverridden(path) ? options.cwd : directory,
  );
  if (problems.problems.length > 0 || prepared.refused.length > 0) {
    throw new ConfigError([...prepared.refused, ...inOrder(problems.problems.map(prepared.place))]);
  }
  return {
    file: source.file,
    directory,
    ...interpreted,
    origins: { tree, originOf: prepared.originOf, writtenAt: prepared.writtenAt },
  };
}

async function readSource(
  file: string,
  shownAs: string,
  modules: ConfigModules | undefined,
): Promise<ConfigSource | UnreadableConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const message = missing
      ? 'does not exist; correct the path given with --config.'
      : `could not be read: ${String(error)}`;
    return { problems: [{ file: shownAs, path: '', message }] };
  }
  if (['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'].includes(extname(file)))
    return readModuleConfig(file, shownAs, modules);
  const { readYamlConfig } = await import('./read-yaml-config.ts');
  return readYamlConfig(text, file, shownAs);
}

function shownPath(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith('..') || isAbsolute(path) ? file : path;
}

/** As one reads the file: from the top. */
const inOrder = (problems: readonly ConfigProblem[]): readonly ConfigProblem[] =>
  [...problems].sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
