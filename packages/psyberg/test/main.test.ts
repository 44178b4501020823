import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { main } from '../src/main.ts';
import { withOurSpellings } from '../src/program.ts';
import { testIo } from './support/test-io.ts';

async function call(argv: readonly string[], options: Parameters<typeof testIo>[0] = {}) {
  const io = testIo(options);
  const exitCode = await main(argv, io.io);
  return { exitCode, stdout: io.stdout(), stderr: io.stderr() };
}

describe('the command line', () => {
  it('prints its version and help to stdout', async () => {
    expect(await call(['--version'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    const help = await call(['--help']);
    expect(help.exitCode).toBe(0);
    for (const command of [
      'new',
      'check',
      'plan',
      'run',
      'init',
      'write',
      'audit',
      'publish',
      'commit',
      'status',
      'sessions',
    ]) {
      expect(help.stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    }
  });

  it('shows the help of a command with the flags that every command has', async () => {
    const { exitCode, stdout } = await call(['run', '--help']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('--max-intervals <n>');
    expect(stdout).toContain('--output-file <file>');
  });

  it('without a command shows the help and ends with 2', async () => {
    expect(await call([])).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining('Usage: psyberg'),
    });
  });

  it.each([
    [['plna'], 'Did you mean plan?'],
    [['run', '--sesion', '1'], 'Did you mean --session?'],
    [['run', '--jsno'], 'Did you mean --json?'],
    [['run', '--max-intervals', 'three'], 'Expected a whole number from 1 on'],
    [['run', '--log-level', 'loud'], 'Allowed choices are error, warn, info, debug'],
    [['changes'], "missing required argument 'table'"],
    [['signal', 'a.b', 'c.d'], 'too many arguments'],
  ])('answers %j with a hint and exit 2', async (argv, hint) => {
    const { exitCode, stdout, stderr } = await call(argv);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(hint);
    expect(stderr).toContain('Nothing was begun.');
  });

  it('answers a mistyped flag in JSON too, when JSON was asked for', async () => {
    const { stdout } = await call(['run', '--sesion', '1', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      schemaVersion: 1,
      status: 'failed',
      exitCode: 2,
      error: { code: 'PSY_USAGE' },
    });
  });

  it('without a configuration names psyberg new', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'psyberg-empty-'));
    const { exitCode, stdout, stderr } = await call(['plan'], { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Next: psyberg new');
    const json = await call(['plan', '--json'], { cwd });
    expect(JSON.parse(json.stdout)).toMatchObject({
      command: 'plan',
      status: 'failed',
      exitCode: 2,
      next: ['psyberg new'],
    });
  });

  it('asks for process and session of a step', async () => {
    expect(await call(['write', '--process', 'x_f'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--session ID'),
    });
  });
});

describe('withOurSpellings', () => {
  it('takes the published spellings of flags for ours, up to a lone --', () => {
    const argv = [
      'init',
      '--process_name=a',
      '--psyberg_session_id',
      '1',
      '--src_tables',
      'a.b|c',
      '--',
      '--src_tables',
    ];
    expect(withOurSpellings(argv)).toEqual([
      'init',
      '--process=a',
      '--session',
      '1',
      '--src-tables',
      'a.b|c',
      '--',
      '--src_tables',
    ]);
  });
});
