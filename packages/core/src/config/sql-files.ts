import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ShapedConfig } from './schema.ts';

/** SQL files by name as written: their text, or what is wrong with them (the end of a sentence that begins with the name). */
export type SqlFiles = ReadonlyMap<string, { readonly text: string } | { readonly problem: string }>;

/** Reads every SQL file that the processes name, once each. Names are relative to `directory`. */
export async function readSqlFiles(config: ShapedConfig, directory: string): Promise<SqlFiles> {
  const names = new Set<string>();
  for (const process of Object.values(config.processes ?? {})) {
    const { file } = process.transform;
    for (const name of typeof file === 'string' ? [file] : Object.values(file ?? {})) names.add(name);
  }
  return new Map(
    await Promise.all([...names].map(async (name) => [name, await readSql(resolve(directory, name))] as const)),
  );
}

async function readSql(path: string): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    return { text: await readFile(path, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return { problem: `does not exist (looked for ${path}); create it, or correct the name.` };
    if (code === 'EISDIR') return { problem: `is a folder (${path}); name a file.` };
    return { problem: `could not be read (${path}): ${error instanceof Error ? error.message : String(error)}` };
  }
}
