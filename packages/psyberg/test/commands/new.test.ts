import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@psyberg/core';
import { openTable, parseIdentifier, planFiles, SqlCatalog } from '@psyberg/iceberg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/main.ts';
import { testIo } from '../support/test-io.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'psyberg-new-'));
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('psyberg new', () => {
  it('makes configuration, SQL and tables with the same rows every time', async () => {
    const io = testIo({ cwd });
    expect(await main(['new', 'demo', '--json'], io.io)).toBe(0);
    expect(JSON.parse(io.stdout())).toMatchObject({
      command: 'new',
      status: 'ok',
      next: ['cd demo', 'psyberg plan', 'psyberg run', 'psyberg verify'],
      tables: [
        { table: 'ref.products', rows: 8 },
        { table: 'raw.orders', rows: 400 },
        { table: 'raw.refunds', rows: 19 },
      ],
    });
    const directory = join(cwd, 'demo');
    const config = await loadConfig({ cwd: directory, env: {} });
    expect([...config.processes.values()].map(({ mode }) => mode)).toEqual(['stateless', 'stateful', 'sequential']);
    const catalog = await SqlCatalog.open({
      uri: `sqlite:${directory}/warehouse/catalog.db`,
      warehouse: `${directory}/warehouse`,
    });
    const files = await planFiles(await openTable(catalog, parseIdentifier('raw.orders')));
    await catalog.close();
    expect(files.reduce((rows, { file }) => rows + file.recordCount, 0)).toBe(400);
  });

  it('writes the same configuration in TypeScript', async () => {
    expect(await main(['new', 'typed', '--ts', '--quiet'], testIo({ cwd }).io)).toBe(0);
    const [yaml, typed] = await Promise.all(
      ['demo', 'typed'].map((folder) => loadConfig({ cwd: join(cwd, folder), env: {} })),
    );
    expect(typed?.file).toMatch(/psyberg\.config\.ts$/);
    expect([...typed!.processes.values()]).toEqual(
      [...yaml!.processes.values()].map((process) => ({ ...process, transform: expect.anything() })),
    );
  });

  it('refuses a folder that holds something, and touches nothing in it', async () => {
    const directory = await mkdtemp(join(cwd, 'full-'));
    await writeFile(join(directory, 'mine.txt'), 'mine');
    const io = testIo({ cwd: directory });
    expect(await main(['new'], io.io)).toBe(2);
    expect(io.stderr()).toContain('is not empty: it holds mine.txt. Nothing was made.');
    expect(io.stderr()).toContain('Next: psyberg new demo');
    expect(await readdir(directory)).toEqual(['mine.txt']);
    expect(await readFile(join(directory, 'mine.txt'), 'utf8')).toBe('mine');
  });

  it('leaves nothing behind when it is interrupted', async () => {
    const io = testIo({ cwd });
    const interrupted = (listener: (count: number) => void) => {
      listener(1);
      return () => {};
    };
    expect(await main(['new', 'cut'], { ...io.io, onSignal: interrupted })).toBe(130);
    expect(io.stderr()).toContain('✖ Interrupted.');
    expect(await readdir(cwd)).not.toContain('cut');
  });
});
