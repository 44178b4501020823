/** The tools of `npm run check`, with the settings of this repository, find the faults that they are there for. */
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ROOT } from '../support/source-tree.ts';

const made: string[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
});

/** A repository like this one, with one package in it. */
async function seeded(files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'psyberg-guard-'));
  made.push(directory);
  const manifests = {
    'package.json': JSON.stringify({ name: 'seeded', private: true, type: 'module', workspaces: ['packages/*'] }),
    'packages/one/package.json': JSON.stringify({ name: 'one', type: 'module', exports: { '.': './src/index.ts' } }),
  };
  for (const [name, text] of Object.entries({ ...manifests, ...files })) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), text);
  }
  for (const name of ['biome.json', 'knip.json', '.gitignore', 'tsconfig.base.json']) {
    await copyFile(join(ROOT, name), join(directory, name));
  }
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  return directory;
}

interface Run {
  readonly code: number;
  readonly output: string;
}

function run(
  cwd: string,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Run> {
  // Away from what the outer test run says of itself, which the inner one would take for its own.
  const { VITEST: _, VITEST_WORKER_ID: __, VITEST_POOL_ID: ___, NODE_ENV: ____, ...clean } = process.env;
  const options = { cwd, env: { ...clean, NO_COLOR: '1', TEST_SUMMARY_FILE: '', ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(ROOT, 'node_modules', script), ...args], options, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output: stdout + stderr });
    });
  });
}

describe('knip', () => {
  it('finds a file and an export that nobody uses, and a package that nobody declared', async () => {
    const directory = await seeded({
      'packages/one/src/index.ts': `import { used } from './parts.ts';\nimport { parse } from 'yaml';\nexport const one = parse(used);\n`,
      'packages/one/src/parts.ts': `export const used = 'a';\nexport const dead = 'b';\n`,
      'packages/one/src/orphan.ts': `export const orphan = 1;\n`,
    });
    const { code, output } = await run(directory, 'knip/bin/knip.js', []);
    expect(code).toBe(1);
    expect(output).toMatch(/Unused files \(1\)\s+packages\/one\/src\/orphan\.ts/);
    expect(output).toMatch(/Unlisted dependencies \(1\)\s+yaml/);
    expect(output).toMatch(/Unused exports \(1\)\s+dead/);
  });
});

describe('Biome', () => {
  it('finds any, a circle, a promise that nobody awaits and a layout of its own', async () => {
    const directory = await seeded({
      'packages/one/src/any.ts': 'export const a = (value: any): string => String(value);\n',
      'packages/one/src/b.ts': `import { c } from './c.ts';\n\nexport const b = (): number => c();\n`,
      'packages/one/src/c.ts': `import { b } from './b.ts';\n\nexport const c = (): number => b();\n`,
      'packages/one/src/promise.ts': `async function f(): Promise<void> {}\n\nexport function g(): void {\n  f();\n}\n`,
      'packages/one/src/layout.ts': 'export const x = "double"\n',
    });
    const { code, output } = await run(directory, '@biomejs/biome/bin/biome', ['check', '.', '--max-diagnostics=50']);
    expect(code).toBe(1);
    expect(output).toMatch(/any\.ts:\d+:\d+ lint\/suspicious\/noExplicitAny/);
    expect(output).toMatch(/b\.ts:\d+:\d+ lint\/suspicious\/noImportCycles/);
    expect(output).toMatch(/promise\.ts:\d+:\d+ lint\/nursery\/noFloatingPromises/);
    expect(output).toMatch(/layout\.ts format/);
  });
});

describe('the compiler', () => {
  it('finds an element that may be absent, an unused name and a type imported as a value', async () => {
    const directory = await seeded({
      'tsconfig.json': JSON.stringify({
        extends: './tsconfig.base.json',
        include: ['packages/one/src'],
        compilerOptions: { noEmit: true, composite: false, declaration: false, declarationMap: false },
      }),
      'packages/one/src/a.ts': `export interface A {\n  readonly x: string;\n}\nexport const first = (list: readonly string[]): string => list[0];\n`,
      'packages/one/src/b.ts': `import { A } from './a.ts';\nconst unused = 1;\nexport const b = (a: A): string => a.x;\n`,
    });
    const { code, output } = await run(directory, 'typescript/bin/tsc', ['-p', '.']);
    expect(code).not.toBe(0);
    expect(output).toMatch(/a\.ts\(4,\d+\): error TS2322/);
    expect(output).toMatch(/b\.ts\(1,\d+\): error TS1484/);
    expect(output).toMatch(/b\.ts\(2,\d+\): error TS6133/);
  });
});

describe('the summary reporter', () => {
  it('counts tests, and a file that cannot be loaded as a failure', async () => {
    const test = (body: string) => `import { expect, it } from 'vitest';\n${body}\n`;
    const directory = await seeded({
      'a.test.ts': test(
        `it('is', () => expect(1).toBe(1));\nit('is not', () => expect(1).toBe(2));\nit.skip('waits', () => {});`,
      ),
      'b.test.ts': `import './gone.ts';\n`,
      'c.test.ts': test(`it('is', () => expect(1).toBe(1));`),
    });
    const summary = join(directory, 'summary.jsonl');
    const reporter = join(ROOT, 'test/support/summary-reporter.ts');
    const { code } = await run(directory, 'vitest/vitest.mjs', ['run', `--reporter=${reporter}`], {
      TEST_SUMMARY_FILE: summary,
    });
    expect(code).toBe(1);
    expect(await readFile(summary, 'utf8')).toBe('{"passed":2,"failed":2,"skipped":1}\n');
  });
});
