import { mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FOLDERS } from '../support/folders.ts';
import { difference } from './compare.ts';
import { generateHistory } from './generate.ts';
import { type History, printHistory } from './history.ts';
import { perform } from './law-system.ts';
import { Model } from './oracle/model.ts';
import { Sql } from './oracle/sql.ts';
import { PsybergSystem } from './psyberg-system.ts';
import { REMEMBERED } from './remembered.ts';
import { shrink } from './shrink.ts';

/**
 * The incremental result equals the full recompute, whatever happened.
 *
 * `LAW_HISTORIES=1000` tells more histories, `LAW_SEED=42` begins with that seed (and tells one, unless the number is given too),
 * `LAW_SHRINK=1` shortens the first history that breaks the law before it is printed.
 */
const FIRST_SEED = Number(process.env.LAW_SEED ?? 1);
const COUNT = Number(process.env.LAW_HISTORIES ?? (process.env.LAW_SEED === undefined ? 100 : 1));
const AT_ONCE = 4;
/** After so many the rest is not told. */
const BROKEN_MAX = 5;

let folder: string;
let engine: Engine;
let sql: Sql;
let tales = 0;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(FOLDERS, 'psyberg-law-')));
  engine = await createDuckDbEngine({ allowedLocations: [folder], threads: 1 });
  sql = await Sql.open();
});

afterAll(async () => {
  await engine.close();
  sql.close();
  await rm(folder, { recursive: true, force: true });
});

/** Tells one history to the system and to the model. @returns what they disagree about, or null */
async function tell(history: History): Promise<string | null> {
  tales += 1;
  const system = new PsybergSystem(path.join(folder, `tale-${tales}`), engine);
  const model = new Model(sql, history.sources, history.processes, history.labels);
  try {
    for (const source of history.sources) await system.createSource(source);
    if (history.labels !== undefined) await system.createLabels(history.labels);
    await system.configure(history.processes);
    for (const [n, event] of history.events.entries()) {
      if (await perform(system, event, history.processes)) await model.apply(event);
      const problem = event.do === 'run' ? await disagreement(history, system, model) : null;
      if (problem !== null) return `after event ${n}\n${problem}`;
    }
    return null;
  } catch (error) {
    return (error as Error).stack ?? String(error);
  } finally {
    await system.close();
  }
}

async function disagreement(history: History, system: PsybergSystem, model: Model): Promise<string | null> {
  for (const process of history.processes) {
    const problem = difference(process, model.rowsOf(process), await system.readTarget(process));
    if (problem !== null) return problem;
  }
  return null;
}

async function describeBroken(history: History, problem: string): Promise<string> {
  if (process.env.LAW_SHRINK === undefined) return `LAW_SEED=${history.seed}\n${problem}\n${printHistory(history)}`;
  const short = await shrink(history, async (candidate) => (await tell(candidate)) !== null);
  return `LAW_SEED=${history.seed}, shortened\n${await tell(short)}\n${printHistory(short)}`;
}

test.each(Object.entries(REMEMBERED))('%s', async (_, history) => {
  expect(await tell(history)).toBeNull();
});

test(`the law holds in ${COUNT} histories from seed ${FIRST_SEED} on`, {
  timeout: 120_000 + COUNT * 2_000,
}, async () => {
  const seeds = Array.from({ length: COUNT }, (_, n) => FIRST_SEED + n);
  const broken: { history: History; problem: string }[] = [];
  const worker = async () => {
    for (let seed = seeds.shift(); seed !== undefined && broken.length < BROKEN_MAX; seed = seeds.shift()) {
      const history = generateHistory(seed);
      const problem = await tell(history);
      if (problem !== null) broken.push({ history, problem });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  const [first, ...others] = broken;
  const also = others.map(({ history, problem }) => `LAW_SEED=${history.seed} too: ${problem.slice(0, 300)}`);
  expect(first === undefined ? '' : [await describeBroken(first.history, first.problem), ...also].join('\n')).toBe('');
});
