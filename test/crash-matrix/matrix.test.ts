/**
 * Processes die for good at writes of every step in every mode; then readers see old or new, and going on makes all right. Here a
 * write of each scenario, drawn anew each time; every one by `.ci/run` and `npm run test:crash`, which also takes up a seed printed here.
 */
import path from 'node:path';
import { expect, test } from 'vitest';
import { FOLDERS } from '../support/folders.ts';
import { playMatrix } from './matrix.mjs';

const SEEDS = 3;
const MOST = 1;
const first = Number(process.env.CRASH_SEED ?? Date.now() % 1_000_000);

test.each(Array.from({ length: SEEDS }, (_, n) => [first + n, n] as const))(
  'wherever a process dies, readers see old or new, and going on makes everything right (seed %i)',
  {
    timeout: 300_000,
  },
  async (seed, n) => {
    const folder = path.join(FOLDERS, `psyberg-matrix-${process.pid}-${n}`);
    const { deaths, problems } = await playMatrix(folder, seed, { share: n, most: MOST });
    expect(problems, `npm run test:crash -- --seed ${seed} --seeds 1`).toEqual([]);
    expect(deaths.size).toBeGreaterThanOrEqual(6);
  },
);
