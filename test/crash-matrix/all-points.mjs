/**
 * `node all-points.mjs [--seeds N] [--seed FIRST] [--only TEXT] [--fine] [--photographs]`: the whole crash matrix, every write of every
 * scenario for N seeds (3); `--fine`: also between the system's calls of which the making of a file consists; `--photographs`: what a
 * death at a write leaves is copied while the scenario goes on, in a third of the time. Prints what was played; build first.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { playMatrix } from './matrix.mjs';

/** What is much the same for every seed is played for so many only. */
const SEEDLESS_MAX = 3;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: '' },
    fine: { type: 'boolean', default: false },
    photographs: { type: 'boolean', default: false },
  },
});
const folder = path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `psyberg-matrix-${process.pid}`);
const say = (text) => process.stdout.write(`${text}\n`);
const counts = new Map();
const problems = [];
const begun = performance.now();
for (let n = 0; n < Number(values.seeds) && problems.length === 0; n += 1) {
  const seed = Number(values.seed) + n;
  const played = await playMatrix(folder, seed, {
    fine: values.fine,
    photographs: values.photographs,
    only: values.only,
    seedless: n < SEEDLESS_MAX,
  });
  for (const [scenario, points] of played.deaths) counts.set(scenario, (counts.get(scenario) ?? 0) + points.length);
  problems.push(...played.problems);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  say(
    `seed ${seed}: ${total} deaths so far, ${problems.length} problems, ${Math.round((performance.now() - begun) / 1000)} s`,
  );
}
for (const [scenario, count] of counts) say(`${String(count).padStart(7)}  ${scenario}`);
for (const problem of problems) say(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
