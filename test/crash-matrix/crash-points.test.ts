/**
 * The process dies for good at a write of a run, at every one of them by `CRASH_POINTS=all`, else at a few; `CRASH_POINTS=17,40`
 * picks some, `CRASH_SEED=…` draws the few again.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLake } from '../../examples/lake.mjs';
import { FOLDERS } from '../support/folders.ts';
import { runCommand } from '../support/run-command.ts';
import { arrive, type Differences, makeFixture, type Oracle, openOracle, TARGETS } from './fixture.mjs';

const DYING_RUN = fileURLToPath(new URL('dying-run.mjs', import.meta.url));
const FEW = 3;
const EQUAL = { missing: 0, extra: 0 };

let folder: string;
let oracle: Oracle;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(FOLDERS, 'psyberg-crash-')));
  oracle = await openOracle();
  const lake = await makeFixture(project());
  await arrive(lake, 'loaded');
  const { exitCode, stderr } = await runCommand(project(), 'run', '--quiet');
  expect(exitCode, stderr).toBe(0);
  await arrive(lake, 'late');
  await lake.close();
  await cp(project(), path.join(folder, 'saved'), { recursive: true });
});
afterAll(async () => {
  oracle.close();
  await rm(folder, { recursive: true, force: true });
});

/** Tables name their files by absolute path, so every case is played in the same place. */
const project = (): string => path.join(folder, 'project');

async function restore(): Promise<void> {
  await rm(project(), { recursive: true, force: true });
  await cp(path.join(folder, 'saved'), project(), { recursive: true });
}

interface Ended {
  readonly died: boolean;
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function dyingRun(point: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [DYING_RUN, project(), String(point)], (_error, stdout, stderr) =>
      resolve({ died: child.signalCode === 'SIGKILL', exitCode: child.exitCode, stdout, stderr }),
    );
  });
}

async function differences(...phases: readonly ('loaded' | 'late')[]): Promise<Differences> {
  const lake = await openLake(path.join(project(), 'warehouse'));
  try {
    return await oracle.compare(lake, phases);
  } finally {
    await lake.close();
  }
}

test('wherever a run dies, readers see old or new, and running again makes everything right', {
  timeout: 3_600_000,
}, async () => {
  await restore();
  const whole = await dyingRun(0);
  expect(whole, whole.stderr).toMatchObject({ died: false, exitCode: 0 });
  for (const point of chosenPoints(Number(whole.stdout))) {
    await restore();
    const { died, stderr } = await dyingRun(point);
    expect(died, `the run passed point ${point} alive: ${stderr}`).toBe(true);

    const [old, now] = [await differences('loaded'), await differences('loaded', 'late')];
    for (const target of TARGETS) {
      expect([old[target], now[target]], `point ${point}: readers of ${target} see half`).toContainEqual(EQUAL);
    }
    const again = await runCommand(project(), 'run', '--json');
    expect(again.exitCode, `point ${point}: ${again.stderr}`).toBe(0);
    const after = await differences('loaded', 'late');
    for (const target of TARGETS) expect(after[target], `point ${point}: ${target}`).toEqual(EQUAL);
    const verified = await runCommand(project(), 'verify', '--json');
    expect(verified.exitCode, `point ${point}: ${verified.stderr}`).toBe(0);
    const empty = await runCommand(project(), 'run', '--json');
    expect(empty.document.status, `point ${point}`).toBe('nothing_to_do');
    const sessions = await runCommand(project(), 'sessions', '--json');
    expect(openSessions(sessions.document), `point ${point}`).toEqual([]);
  }
});

const openSessions = (document: { sessions: readonly { state: string }[] }) =>
  document.sessions.filter(({ state }) => !['committed', 'empty', 'superseded', 'discarded'].includes(state));

/** All, those asked for, or a few spread over the run, drawn by a seed that is printed. */
function chosenPoints(count: number): readonly number[] {
  const asked = process.env.CRASH_POINTS;
  if (asked === 'all') return Array.from({ length: count }, (_, n) => n + 1);
  if (asked !== undefined && asked !== '') return asked.split(',').map(Number);
  const seed = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);
  const random = randomOf(seed);
  const points = Array.from({ length: FEW }, (_, n) => 1 + Math.floor(((n + random()) * count) / FEW));
  console.log(`crash points ${points.join(', ')} of ${count} (CRASH_SEED=${seed}; all by CRASH_POINTS=all)`);
  return points;
}

/** Mulberry32. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
