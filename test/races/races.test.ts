/**
 * Processes of their own race for one pipeline and its targets; nothing is lost or doubled, ours or of others, and who loses ends as a
 * conflict. Here a few rounds; `.ci/run` plays fifty, and `npm run test:races` five hundred.
 */
import path from 'node:path';
import { expect, test } from 'vitest';
import { FOLDERS } from '../support/folders.ts';
import { playRace, RACES, storeAtOnce } from './races.mjs';

const ROUNDS = 3;
const seed = Number(process.env.RACE_SEED ?? Date.now() % 1_000_000);

test.each(Object.keys(RACES))('%s', { timeout: 300_000 }, async (name) => {
  const folder = path.join(FOLDERS, `psyberg-race-${process.pid}`);
  const { counts, problems } = await playRace(folder, name, ROUNDS, seed);
  expect(problems).toEqual([]);
  expect(counts.ok).toBeGreaterThanOrEqual(ROUNDS / 2);
});

test('many processes that store their sessions in one set of tables at once all succeed', {
  timeout: 300_000,
}, async () => {
  const { tookMs, missing } = await storeAtOnce(path.join(FOLDERS, `psyberg-store-${process.pid}`), 4, 4);
  expect(missing).toEqual([]);
  expect(tookMs).toHaveLength(4);
});
