/**
 * Installs the packs as a stranger would, in empty folders far from here, and uses them: `npm run test:pack`.
 *
 * Not a vitest suite, since nothing of this repository may help: what a pack lacks must be missed. Needs the npm registry.
 */
import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const PACKAGES = ['iceberg', 'core', 'duckdb', 'psyberg'];

const ICEBERG_PROGRAM = `
import { MemoryCatalog, formatIdentifier } from '@psyberg/iceberg';
const catalog = new MemoryCatalog();
await catalog.createNamespace(['raw']);
const { identifier, metadata } = await catalog.createTable(
  { namespace: ['raw'], name: 'signups' },
  { schema: { schemaId: 0, fields: [{ id: 1, name: 'id', required: true, type: 'long' }] } },
);
console.log(formatIdentifier(identifier), metadata.snapshots.length);
`;

const work = await mkdtemp(join(tmpdir(), 'psyberg-pack-'));
const counts = { passed: 0, failed: 0 };

/** Everything a program says, or an error that holds it. */
function run(cwd, command, args) {
  const { TEST_SUMMARY_FILE: _, ...env } = process.env;
  return new Promise((resolve, reject) => {
    execFile(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      reject(
        new Error(`${command} ${args.join(' ')} in ${cwd} ended with ${error.code}\n${stdout}${stderr}`, {
          cause: error,
        }),
      );
    });
  });
}

async function test(name, body) {
  const started = performance.now();
  try {
    await body();
    counts.passed += 1;
    console.log(`✓ ${name} (${Math.round(performance.now() - started)} ms)`);
  } catch (error) {
    counts.failed += 1;
    console.error(`✗ ${name}\n${error instanceof Error ? error.message : error}`);
  }
}

function assert(condition, message) {
  if (!condition) throw new TypeError(message);
}

async function folder(name, manifest) {
  const directory = join(work, name);
  await mkdir(directory, { recursive: true });
  if (manifest)
    await writeFile(join(directory, 'package.json'), JSON.stringify({ private: true, type: 'module', ...manifest }));
  return directory;
}

const install = (directory, packs) =>
  run(directory, 'npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', ...packs]);

async function pack(name) {
  const directory = join(ROOT, 'packages', name);
  const [{ filename, files }] = JSON.parse(await run(directory, 'npm', ['pack', '--json', '--pack-destination', work]));
  return { tarball: join(work, filename), files: files.map(({ path }) => path) };
}

const packs = new Map();
try {
  await run(ROOT, 'npm', ['run', 'build']);
  for (const name of PACKAGES) {
    await test(`${name} packs what it promises and nothing else`, async () => {
      const packed = await pack(name);
      packs.set(name, packed.tarball);
      for (const wanted of ['package.json', 'LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']) {
        assert(packed.files.includes(wanted), `${wanted} is missing`);
      }
      const unwanted = packed.files.filter((path) => /^(src|test)\/|tsbuildinfo|node_modules/.test(path));
      assert(unwanted.length === 0, `does not belong into the pack: ${unwanted.join(', ')}`);
      await promisedFilesExist(name, packed.files);
    });
  }

  await test('iceberg works alone, and brings nothing along', async () => {
    const directory = await folder('iceberg-alone', {});
    await install(directory, [packs.get('iceberg')]);
    const installed = (await readdir(join(directory, 'node_modules'))).filter((name) => !name.startsWith('.'));
    assert(installed.join() === '@psyberg', `installed ${installed.join(', ')}`);
    await writeFile(join(directory, 'use.mjs'), ICEBERG_PROGRAM);
    const output = await run(directory, process.execPath, ['use.mjs']);
    assert(output.trim() === 'raw.signups 0', `printed ${output}`);
  });

  const home = await folder('project', {});
  await test('psyberg installs with its siblings', () => install(home, [...packs.values()]));

  await test('every entry of every pack can be imported, and its types hold without skipLibCheck', async () => {
    const entries = await entriesOf();
    await writeFile(join(home, 'all.mjs'), entries.map((entry) => `await import('${entry}');`).join('\n'));
    await run(home, process.execPath, ['all.mjs']);
    const typed = entries.map((entry, index) => `import * as m${index} from '${entry}';\nvoid m${index};`).join('\n');
    await writeFile(join(home, 'all.ts'), typed);
    const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'nodenext', '--target', 'es2022'];
    const types = [
      '--lib',
      'es2023,esnext.disposable',
      '--types',
      'node',
      '--typeRoots',
      join(ROOT, 'node_modules/@types'),
    ];
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
    await run(home, process.execPath, [compiler, ...options, ...types, 'all.ts']);
  });

  await test('npx psyberg new demo, then npx psyberg run in it', async () => {
    await run(home, 'npx', ['psyberg', 'new', 'demo']);
    await ranEverything(await run(join(home, 'demo'), 'npx', ['psyberg', 'run', '--json']));
    const again = JSON.parse(await run(join(home, 'demo'), 'npx', ['psyberg', 'run', '--json']));
    assert(again.status === 'nothing_to_do', `the second run was ${again.status}`);
  });

  const bin = join(home, 'node_modules/psyberg/bin/psyberg.js');
  for (const flags of [[], ['--ts']]) {
    await test(`psyberg new demo ${flags.join('')} and run where there is no node_modules`, async () => {
      const elsewhere = await folder(`elsewhere${flags.join('')}`);
      await run(elsewhere, process.execPath, [bin, 'new', 'demo', ...flags]);
      await ranEverything(await run(join(elsewhere, 'demo'), process.execPath, [bin, 'run', '--json']));
    });
  }
} catch (error) {
  counts.failed += 1;
  console.error(error);
} finally {
  await rm(work, { recursive: true, force: true });
}
console.log(`packs: ${counts.passed} passed, ${counts.failed} failed`);
if (process.env.TEST_SUMMARY_FILE) await appendFile(process.env.TEST_SUMMARY_FILE, `${JSON.stringify(counts)}\n`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;

async function manifestOf(name) {
  return JSON.parse(await readFile(join(ROOT, 'packages', name, 'package.json'), 'utf8'));
}

/** `exports` and `bin` name files; a typo there shows only after publication. */
async function promisedFilesExist(name, files) {
  const { exports, bin = {} } = await manifestOf(name);
  const targets = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [entry] : [entry.types, entry.default],
  );
  const promised = [...targets, ...Object.values(bin)].map((path) => path.replace(/^\.\//, ''));
  const missing = promised.filter((path) => !files.includes(path));
  assert(missing.length === 0, `package.json names what is not packed: ${missing.join(', ')}`);
}

async function entriesOf() {
  const lists = await Promise.all(
    PACKAGES.map(async (folderName) => {
      const { name, exports } = await manifestOf(folderName);
      return Object.keys(exports)
        .filter((entry) => !entry.endsWith('.json'))
        .map((entry) => name + entry.slice(1));
    }),
  );
  return lists.flat();
}

async function ranEverything(output) {
  const document = JSON.parse(output);
  assert(document.status === 'ok' && document.exitCode === 0, `run was ${output}`);
  const rows = document.processes.map((process) =>
    process.intervals?.reduce((sum, one) => sum + (one.rowsWritten ?? 0), 0),
  );
  assert(rows.length >= 3 && rows.every((count) => count > 0), `rows written: ${rows.join(', ')}`);
}
