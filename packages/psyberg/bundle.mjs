/**
 * Puts the program and what it loads into a few files below `program/`: opening three hundred small ones takes half of the time of a
 * short command. Part of packing (`npm pack`), from what the compiler made; `--remove` takes it away again, so that a working copy never
 * runs a stale one. Commands stay files of their own, loaded when they are typed.
 */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'esbuild';

const PACKAGE = import.meta.dirname;
const PROGRAM = path.join(PACKAGE, 'program');
/** Native code, and what loads files by itself: these stay packages. */
const EXTERNAL = ['better-sqlite3', '@duckdb/node-api', 'jiti'];

await rm(PROGRAM, { recursive: true, force: true });
if (!process.argv.includes('--remove')) {
  const { metafile } = await build({
    entryPoints: [path.join(PACKAGE, 'dist', 'main.js')],
    outdir: PROGRAM,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.12',
    external: EXTERNAL,
    // Some of what is bundled is CommonJS and asks for Node's own modules.
    banner: {
      js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
    },
    metafile: true,
    absWorkingDir: PACKAGE,
    logLevel: 'warning',
  });
  await requireNames();
  await writeFile(path.join(PROGRAM, 'THIRD-PARTY-LICENSES.txt'), await licensesOf(Object.keys(metafile.inputs)));
}

/** Error classes print their names, which a bundler changes where two are alike. @throws {TypeError} it did */
async function requireNames() {
  for (const file of (await readdir(PROGRAM)).filter((name) => name.endsWith('.js'))) {
    const renamed = /^var \w+Error\d+ = class\b/m.exec(await readFile(path.join(PROGRAM, file), 'utf8'));
    if (renamed) throw new TypeError(`${file}: "${renamed[0]}", so two classes of errors have one name`);
  }
}

/** The license of every package that went into the files. */
async function licensesOf(inputs) {
  const folders = new Set(inputs.flatMap((input) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0] ?? []));
  const texts = [];
  for (const folder of [...folders].sort()) {
    const directory = path.resolve(PACKAGE, folder);
    const { name, version, license } = JSON.parse(await readFile(path.join(directory, 'package.json'), 'utf8'));
    const file = (await readdir(directory)).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : await readFile(path.join(directory, file), 'utf8');
    texts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
  }
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
