import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import { failureOf, project } from './project.ts';

const process = `{ mode: 'stateless', sources: ['raw.a'], target: { table: 'dw.a' }, transform: { sql: 'select 1' } }`;

describe('a configuration that is a program', () => {
  it.each([
    [
      'psyberg.config.ts',
      `import { defineConfig, type PsybergConfig } from 'psyberg';\nconst name: string = 'a';\nconst config: PsybergConfig = { processes: { [name]: ${process} } };\nexport default defineConfig(config);`,
    ],
    [
      'psyberg.config.mjs',
      `import { defineConfig } from '@psyberg/core';\nexport default defineConfig({ processes: { a: ${process} } });`,
    ],
    ['psyberg.config.js', `export default Promise.resolve({ processes: { a: ${process} } });`],
    ['psyberg.config.ts', `import { more } from './more.ts';\nexport default { processes: more };`],
  ])('is run without anything installed beside it: %s', async (name, text) => {
    const cwd = await project({ [name]: text, 'more.ts': `export const more: object = { a: ${process} };` });
    const config = await loadConfig({ cwd, env: {} });
    expect([...config.processes.keys()]).toEqual(['a']);
    expect(config.directory).toBe(cwd);
  });

  it('says the file and the path of the key when a value is wrong', async () => {
    const cwd = await project({ 'psyberg.config.ts': `export default { engine: { threads: '4' }, process: {} };` });
    expect(await failureOf(loadConfig({ cwd, env: {} }))).toEqual([
      'psyberg.config.ts engine.threads: must be a number, not "4".',
      'psyberg.config.ts process: unknown key "process"; did you mean "processes"?',
    ]);
  });

  it('says where it failed to run', async () => {
    const broken = await project({ 'psyberg.config.ts': 'const a: = 1;' });
    expect(await failureOf(loadConfig({ cwd: broken, env: {} }))).toEqual([
      expect.stringMatching(/could not be run: .*:1:9/),
    ]);
    const throwing = await project({ 'psyberg.config.ts': 'const a: number = 1;\nnull.x;\nexport default a;' });
    expect(await failureOf(loadConfig({ cwd: throwing, env: {} }))).toEqual([
      expect.stringMatching(/could not be run: Cannot read properties of null .*\(line 2, column 6\)/),
    ]);
  });

  it('wants a default export', async () => {
    const cwd = await project({ 'psyberg.config.ts': 'export const config = {};' });
    expect(await failureOf(loadConfig({ cwd, env: {} }))).toEqual([
      'psyberg.config.ts has no default export; write "export default defineConfig({ … })".',
    ]);
  });
});
