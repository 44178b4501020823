import { readdir } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { ConfigError } from '../errors.ts';

/** The names a configuration may have; one of them per folder. */
export const CONFIG_FILE_NAMES = [
  'psyberg.yaml',
  'psyberg.yml',
  'psyberg.json',
  'psyberg.config.ts',
  'psyberg.config.js',
  'psyberg.config.mjs',
] as const;

/**
 * The nearest configuration file, upwards from `cwd`; its absolute path, or undefined when there is none.
 *
 * Lists the folders on the way and reads no file.
 *
 * @throws {ConfigError} two of the names stand in one folder
 */
export async function findConfig(cwd: string): Promise<string | undefined> {
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const names = new Set(await namesIn(directory));
    const found = CONFIG_FILE_NAMES.filter((name) => names.has(name));
    if (found.length > 1) {
      const message = `${found.join(' and ')} stand side by side in ${directory}; which one counts would be a guess. Keep one, or name one with --config.`;
      throw new ConfigError([{ file: join(relative(cwd, directory), found[0]!), path: '', message }]);
    }
    if (found[0] !== undefined) return join(directory, found[0]);
    if (directory === dirname(directory)) return undefined;
  }
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    // A folder above that may be entered but not listed hides no configuration of ours.
    if (['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
