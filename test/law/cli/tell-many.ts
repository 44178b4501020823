import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type History, printHistory } from '../history.ts';
import { count, printTally, type Tally } from '../tally.ts';
import { Teller } from './teller.ts';
import type { Answer } from './worker.ts';

export interface SeedRange {
  readonly histories: number;
  readonly seed: number;
  readonly workers: number;
}

const PROGRESS_EVERY_MS = 10_000;
const SHRINK_MS_MAX = 600_000;
/** After so many broken histories the rest is not told. */
const BROKEN_MAX = 5;

/** @returns the exit status: 0 when the law held in all */
export async function tellMany({ histories, seed, workers }: SeedRange): Promise<number> {
  console.log(`${histories} histories, seeds ${seed} to ${seed + histories - 1}, ${workers} workers`);
  const tally: Tally = {};
  const broken: { seed: number; answer: Answer | { problem: string } }[] = [];
  const begun = Date.now();
  let next = seed;
  let told = 0;
  const timer = setInterval(() => console.log(progress(told, histories, broken.length, begun)), PROGRESS_EVERY_MS);
  const work = async () => {
    let teller = await Teller.start();
    while (next < seed + histories && broken.length < BROKEN_MAX) {
      const own = next;
      next += 1;
      const answer = await teller.ask({ do: 'tell', seed: own });
      told += 1;
      if ('tally' in answer) for (const [name, times] of Object.entries(answer.tally)) count(tally, name, times);
      if (answer.problem !== null) {
        console.log(`seed ${own} broke the law`);
        broken.push({ seed: own, answer });
      }
      if (!teller.isAlive) teller = await Teller.start();
    }
    await teller.stop();
  };
  await Promise.all(Array.from({ length: workers }, work));
  clearInterval(timer);
  console.log(progress(told, histories, broken.length, begun));
  console.log(`came up:\n${printTally(tally)}`);
  for (const { seed: own, answer } of broken) console.log(`seed ${own}: ${answer.problem}`);
  const [first] = broken;
  if (first !== undefined) await explain(first.seed, first.answer);
  return first === undefined ? 0 : 1;
}

function progress(told: number, of: number, broken: number, begun: number): string {
  const seconds = Math.round((Date.now() - begun) / 1000);
  return `${String(seconds).padStart(5)} s  ${told} of ${of} histories told, ${broken} broke the law`;
}

/** Shortens the history, and leaves it where it can be told again. */
async function explain(seed: number, answer: Answer | { readonly problem: string }): Promise<void> {
  if (!('history' in answer)) return;
  const teller = await Teller.start();
  const short = await teller.ask({ do: 'shrink', history: answer.history }, SHRINK_MS_MAX);
  await teller.stop();
  const [history, problem] = 'history' in short ? [short.history, short.problem] : [answer.history, answer.problem];
  const file = path.join(tmpdir(), 'psyberg-law', `seed-${seed}.json`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(history, null, 1));
  console.log(
    `\nseed ${seed}, shortened:\n${problem}\n${printHistory(history)}\nagain: npm run test:law -- --history ${file}`,
  );
}

/** @returns the exit status */
export async function retell(file: string): Promise<number> {
  const history = JSON.parse(await readFile(file, 'utf8')) as History;
  const teller = await Teller.start();
  const { problem } = await teller.ask({ do: 'tell history', history });
  await teller.stop();
  console.log(`${printHistory(history)}\n${problem ?? 'the law held'}`);
  return problem === null ? 0 : 1;
}
