import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type LoadConfigOptions, loadConfig } from '../../src/config/load-config.ts';
import { ConfigError } from '../../src/errors.ts';

const made: string[] = [];
afterAll(async () => {
  await Promise.all(made.map((directory) => rm(directory, { recursive: true, force: true })));
});

/** A folder with these files in it; gone after the tests of the file. */
export async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'psyberg-config-'));
  made.push(directory);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  return directory;
}

export async function loadYaml(text: string, options: Partial<LoadConfigOptions> = {}) {
  const cwd = await project({ 'psyberg.yaml': text });
  return loadConfig({ cwd, env: {}, ...options });
}

/** The problems of a configuration that must have some, each as it is printed. */
export async function problemsOf(text: string, options: Partial<LoadConfigOptions> = {}): Promise<readonly string[]> {
  return failureOf(loadYaml(text, options));
}

export async function failureOf(loading: Promise<unknown>): Promise<readonly string[]> {
  try {
    await loading;
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  throw new TypeError('the configuration was accepted');
}
