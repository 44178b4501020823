/**
 * `node all-rounds.mjs [--rounds N] [--seed S] [--only TEXT]`: N rounds (500), shared out to all kinds of races, and then 50
 * processes that store their sessions at once; build first.
 */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { playRace, RACES, storeAtOnce } from './races.mjs';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string', default: '' },
  },
});
const folder = path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), `psyberg-race-${process.pid}`);
const names = Object.keys(RACES).filter((name) => name.includes(values.only));
let found = 0;
process.stdout.write(`seed ${values.seed}\n`);
for (const name of names) {
  const rounds = Math.ceil(Number(values.rounds) / names.length);
  const { counts, problems } = await playRace(folder, name, rounds, Number(values.seed));
  const ended = Object.entries(counts).map(([status, count]) => `${status} ${count}`);
  process.stdout.write(`${String(rounds).padStart(5)} rounds of ${name}: ${ended.join(', ')}\n`);
  for (const problem of problems) process.stdout.write(`  ${problem}\n`);
  found += problems.length;
}
if (values.only === '') {
  const { tookMs, missing } = await storeAtOnce(folder, 50, 1);
  const [median, slowest] = [tookMs[tookMs.length >> 1], tookMs.at(-1)];
  process.stdout.write(
    `50 processes stored a session at once: half of them within ${median} ms, the slowest in ${slowest} ms\n`,
  );
  if (missing.length > 0) process.stdout.write(`  missing: ${missing.join(', ')}\n`);
  found += missing.length;
}
process.stdout.write(`${found} problems\n`);
process.exitCode = found === 0 ? 0 : 1;
