import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { configJsonSchema, UsageError } from '@psyberg/core';
import type { Answer, Command } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { PACKAGE_FOLDER } from '../package-folder.ts';
import { counted } from '../render/words.ts';
import { type DemoRows, writeDemoData } from '../setup/demo-data.ts';

export interface NewOptions {
  readonly ts?: boolean;
}

const TEMPLATE = new URL('templates/demo/', PACKAGE_FOLDER);

/** Makes a folder with configuration, SQL and raw tables, so that `run` works in it at once. Touches no folder with files in it. */
export const run: Command<NewOptions> = async (context, [given], options) => {
  const directory = resolve(context.io.cwd, given ?? '.');
  const existed = existsSync(directory);
  await requireEmpty(directory, given);
  await mkdir(directory, { recursive: true });
  try {
    await copyTemplate(directory, options.ts === true);
    const tables = await writeDemoData(directory, context.signal);
    return madeAnswer(directory, relative(context.io.cwd, directory), tables);
  } catch (error) {
    // Half a project would be refused by the next `new`.
    await removeMade(directory, existed);
    throw error;
  }
};

async function requireEmpty(directory: string, given: string | undefined): Promise<void> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    const why = error.code === 'ENOTDIR' ? 'is a file, not a folder' : `cannot be read (${error.code})`;
    throw new UsageError(`${directory} ${why}. Nothing was made.`, { cause: error });
  });
  if (entries.length === 0) return;
  const shown = entries.length > 3 ? [...entries.slice(0, 3), '…'] : entries;
  throw new UsageError(
    `${directory} is not empty: it holds ${shown.join(', ')}. Nothing was made. Name a folder that is empty or does not exist.`,
    { next: given === undefined ? ['psyberg new demo'] : [] },
  );
}

async function copyTemplate(directory: string, typescript: boolean): Promise<void> {
  const unwanted = typescript ? 'psyberg.yaml' : 'psyberg.config.ts';
  await cp(TEMPLATE, directory, { recursive: true, filter: (source) => !source.endsWith(unwanted) });
  // npm leaves out files called .gitignore when it packs.
  await rename(join(directory, 'gitignore'), join(directory, '.gitignore'));
  if (typescript) return;
  await writeFile(join(directory, 'psyberg.schema.json'), `${JSON.stringify(await configJsonSchema(), null, 2)}\n`);
}

async function removeMade(directory: string, existed: boolean): Promise<void> {
  if (!existed) return rm(directory, { recursive: true, force: true });
  for (const entry of await readdir(directory)) await rm(join(directory, entry), { recursive: true, force: true });
}

function madeAnswer(directory: string, shown: string, tables: readonly DemoRows[]): Answer {
  const enter = shown === '' ? [] : [`cd ${shown.includes(' ') ? `"${shown}"` : shown}`];
  return {
    status: 'ok',
    exitCode: EXIT.ok,
    next: [...enter, 'psyberg plan', 'psyberg run', 'psyberg verify'],
    keys: { directory, tables: tables.map(({ name, rows }) => ({ table: name, rows })) },
    lines: ({ paint }) => [
      `${paint('good', '✔')} Made a project in ${directory}`,
      `  ${tables.map(({ name, rows }) => `${name} (${counted(rows, 'row')})`).join(', ')}`,
      '  Three processes read them, one of each mode: order_f, revenue_h and revenue_total_h.',
    ],
    kind: 'deed',
  };
}
