import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateHistory } from './generate.ts';
import { type History, printHistory } from './history.ts';
import { shrink } from './shrink.ts';
import { Stage } from './tell.ts';

/**
 * `LAW_HISTORIES=1000` tells more histories than the sixty here (`.ci/run` tells three hundred, by `npm run test:law`), `LAW_SEED=42`
 * begins with that seed (and tells one, unless the number is given too), `LAW_SHRINK=1` shortens the first history that breaks the law
 * before it is printed.
 */
const FIRST_SEED = Number(process.env.LAW_SEED ?? 1);
const COUNT = Number(process.env.LAW_HISTORIES ?? (process.env.LAW_SEED === undefined ? 60 : 1));
const AT_ONCE = 3;
/** After so many the rest is not told. */
const BROKEN_MAX = 5;

/**
 * Tests that the law holds in the given histories, and in every `of`-th random one from the `part`-th on: a share of them for each
 * test file, as files run side by side.
 */
export function holdLaw(part: number, of: number, remembered: Readonly<Record<string, History>> = {}): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  for (const [rule, history] of Object.entries(remembered)) {
    test(rule, async () => {
      expect(await stage.tell(history)).toBeNull();
    });
  }

  const seeds = Array.from({ length: COUNT }, (_, n) => FIRST_SEED + n).filter((_, n) => n % of === part);
  test.runIf(seeds.length > 0)(
    `the law holds in ${seeds.length} random histories`,
    { timeout: 120_000 + COUNT * 2_000 },
    async () => {
      expect(await firstBroken(stage, seeds)).toBe('');
    },
  );
}

async function firstBroken(stage: Stage, seeds: number[]): Promise<string> {
  const broken: { history: History; problem: string }[] = [];
  const worker = async () => {
    for (let seed = seeds.shift(); seed !== undefined && broken.length < BROKEN_MAX; seed = seeds.shift()) {
      const history = generateHistory(seed);
      const problem = await stage.tell(history);
      if (problem !== null) broken.push({ history, problem });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const [first, ...others] = broken;
  const also = others.map(({ history, problem }) => `LAW_SEED=${history.seed} too: ${problem.slice(0, 300)}`);
  return first === undefined ? '' : [await describe(stage, first.history, first.problem), ...also].join('\n');
}

async function describe(stage: Stage, history: History, problem: string): Promise<string> {
  if (process.env.LAW_SHRINK === undefined) return `LAW_SEED=${history.seed}\n${problem}\n${printHistory(history)}`;
  const short = await shrink(history, async (candidate) => (await stage.tell(candidate)) !== null);
  return `LAW_SEED=${history.seed}, shortened\n${await stage.tell(short)}\n${printHistory(short)}`;
}
