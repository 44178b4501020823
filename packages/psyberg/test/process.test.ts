/** What only a process of its own can show: signals, closed pipes, time to the first line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FOLDERS } from '../../../test/support/folders.ts';
import { main } from '../src/main.ts';
import { testIo } from './support/test-io.ts';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const CLI = fileURLToPath(new URL('support/cli.ts', import.meta.url));

function start(cwd: string, ...argv: string[]): ChildProcess {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return spawn(process.execPath, ['--conditions=source', '--import', TSX, CLI, ...argv], { cwd, env });
}

async function ended(child: ChildProcess) {
  const out: string[] = [];
  const err: string[] = [];
  child.stdout?.on('data', (chunk) => out.push(String(chunk)));
  child.stderr?.on('data', (chunk) => err.push(String(chunk)));
  const [exitCode, signal] = await once(child, 'close');
  return { exitCode, signal, stdout: out.join(''), stderr: err.join('') };
}

/** What needs no process of its own, and goes well. */
async function here(cwd: string, ...argv: string[]): Promise<void> {
  const io = testIo({ cwd });
  expect(await main([...argv, '--quiet'], io.io), io.stderr()).toBe(0);
}

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(FOLDERS, 'psyberg-process-'));
  for (const name of ['demo', 'held']) await here(root, 'new', name);
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

describe('the program', () => {
  it('stops with 4 before it writes where another run holds the process', async () => {
    const cwd = join(root, 'held');
    const first = start(cwd, 'run');
    const second = new Promise<Awaited<ReturnType<typeof ended>>>((resolve, reject) => {
      first.stderr?.on('data', (chunk) => {
        if (!String(chunk).includes('order_f: init')) return;
        // The first one stands still, alive, and holds its lease.
        first.kill('SIGSTOP');
        ended(start(cwd, 'run', 'order_f'))
          .then(resolve, reject)
          .finally(() => first.kill('SIGCONT'));
      });
    });
    const refused = await second;
    expect(refused).toMatchObject({ exitCode: 4 });
    expect(refused.stderr).toContain('This run has written nothing.');
    expect(await ended(first)).toMatchObject({ exitCode: 0 });
    await here(cwd, 'verify');
  });

  it('stops at SIGINT with 130 and goes on where it stopped', async () => {
    const cwd = join(root, 'demo');
    const child = start(cwd, 'run');
    child.stderr?.on('data', (chunk) => {
      if (String(chunk).includes('order_f: init')) child.kill('SIGINT');
    });
    const stopped = await ended(child);
    expect(stopped).toMatchObject({ exitCode: 130, signal: null });
    expect(stopped.stderr).toContain('Interrupted; finishing the current step.');
    await here(cwd, 'run');
    await here(cwd, 'verify');
  });

  it('does not fall over when its reader goes away', async () => {
    const child = start(root, '--help');
    child.stdout?.destroy();
    const { stderr } = await ended(child);
    expect(stderr).toBe('');
  });
});
