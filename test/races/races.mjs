/** Rounds of a race between processes of their own, and what must hold after them. */
import { fork } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sessions } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { runAll } from '../crash-matrix/scenarios.mjs';
import {
  arrive,
  CHAIN,
  foreignRows,
  fullRecompute,
  makeWorld,
  PROCESSES,
  rowsOfHours,
  visibleRows,
} from '../crash-matrix/world.mjs';
import { randomOf } from '../support/random.mjs';

const PLAYER = fileURLToPath(new URL('player.mjs', import.meta.url));
/** The only ways in which a process may end that lost a race, or waits for one that did. */
const FINE = ['ok', 'nothing_to_do', 'conflict', 'blocked'];
/** A world grows with its rounds; then another one is begun. */
const ROUNDS_OF_A_WORLD = 50;

const run = (processes, more = {}) => ({ deed: 'run', ...(processes && { processes }), ...more });
/** Mostly close together, now and then well into what the other does. */
const jitter = (random) => ({ afterMs: Math.floor(random() ** 2 * 300) });

/** Who does what in a round, by race. Deeds of one round begin together, but for the wait that is drawn for each. */
export const RACES = {
  'two runs of a chain': {
    processes: CHAIN,
    deeds: (random) => [run(), { ...run(), ...jitter(random) }],
  },
  'two runs of a chain with nothing but the fence': {
    processes: { copy: CHAIN.copy, totals: CHAIN.totals },
    deeds: (random) => [run(undefined, { lease: false }), { ...run(undefined, { lease: false }), ...jitter(random) }],
  },
  'four runs of one process': {
    processes: { totals: PROCESSES.totals },
    deeds: (random) => [0, 1, 2, 3].map(() => ({ ...run(['totals'], { lease: random() < 0.5 }), ...jitter(random) })),
  },
  'appends of others': {
    processes: { copy: PROCESSES.copy, totals: PROCESSES.totals },
    deeds: (random) => [run(), { deed: 'append', table: random() < 0.5 ? 'copy' : 'totals', ...jitter(random) }],
  },
  'compactions and expiries of others': {
    processes: { copy: PROCESSES.copy, totals: PROCESSES.totals },
    deeds: (random) => {
      const table = random() < 0.5 ? 'copy' : 'totals';
      const other = random() < 0.6 ? { deed: 'compact', table } : { deed: 'expire', table, keep: 2 };
      return [run(), { ...other, ...jitter(random) }];
    },
  },
};

/**
 * @param folder where the world is made; emptied before and after
 * @returns how often processes ended how, and every difference found as a sentence
 */
export async function playRace(folder, name, rounds, seed) {
  const counts = {};
  const problems = [];
  const random = randomOf(seed);
  const engine = await createDuckDbEngine({ allowedLocations: [folder], threads: 1 });
  try {
    for (let done = 0; done < rounds && problems.length === 0; done += ROUNDS_OF_A_WORLD) {
      const some = Math.min(ROUNDS_OF_A_WORLD, rounds - done);
      for (const problem of await playWorld(folder, engine, RACES[name], some, random, counts))
        problems.push(`${name} (seed ${seed}, rounds from ${done}): ${problem}`);
    }
    return { counts, problems };
  } finally {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function playWorld(folder, engine, { processes, deeds }, rounds, random, counts) {
  const problems = [];
  const world = await makeWorld(folder, engine, processes);
  const batches = [rowsOfHours(random, 0, 1, 2)];
  await arrive(world, batches);
  await runAll(world);
  const foreign = {};
  const count = deeds(() => 0.5).length;
  const players = await Promise.all(Array.from({ length: count }, () => startPlayer(folder)));
  try {
    for (let round = 0; round < rounds && problems.length === 0; round += 1) {
      batches.push(rowsOfHours(random, Math.floor(random() * 4), 4 + Math.floor(random() * 3)));
      await arrive(world, batches.slice(-1));
      const orders = deeds(random);
      const results = await Promise.all(orders.map((order, n) => players[n].order(order)));
      for (const [n, order] of orders.entries()) {
        if (order.deed === 'append') foreign[order.table] = (foreign[order.table] ?? 0) + 1;
        if (order.deed !== 'run') continue;
        for (const { process, status, message, code } of results[n]) {
          counts[status] = (counts[status] ?? 0) + 1;
          if (!FINE.includes(status)) problems.push(`${process} ended ${status} (${code}): ${message}`);
        }
      }
      if (round % 10 === 9 || round === rounds - 1) {
        await runAll(world);
        problems.push(...(await differences(world, processes, batches, foreign)));
      }
    }
    return problems;
  } finally {
    for (const player of players) player.stop();
    await world.close();
  }
}

async function differences(world, processes, batches, foreign) {
  const problems = [];
  for (const process of Object.keys(processes)) {
    const seen = await visibleRows(world, process);
    const wanted = fullRecompute(process, batches);
    if (JSON.stringify(seen) !== JSON.stringify(wanted))
      problems.push(`${process} has ${seen.join(', ')}, not ${wanted.join(', ')}`);
    const others = await foreignRows(world, process);
    if (others !== (foreign[process] ?? 0))
      problems.push(`${process} has ${others} rows of others, not ${foreign[process] ?? 0}`);
  }
  return problems;
}

export async function startPlayer(folder) {
  const child = fork(PLAYER, [folder], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const waiting = new Map();
  const answer = (id) => new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
  child.on('message', ({ id, result, failure }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (failure === undefined) resolve(result);
    else reject(new Error(`a player failed: ${failure}`));
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('a player died'));
  });
  let last = 0;
  await answer(0);
  return {
    order(what) {
      last += 1;
      const answered = answer(last);
      child.send({ id: last, ...what });
      return answered;
    },
    stop: () => child.disconnect(),
  };
}

/**
 * Many processes store what happened in one set of session tables at once.
 *
 * @returns how long each took in ms, slowest last, and every session that is missing afterwards
 */
export async function storeAtOnce(folder, players, sessionsEach) {
  const engine = await createDuckDbEngine({ allowedLocations: [folder], threads: 1 });
  try {
    const world = await makeWorld(folder, engine, { copy: PROCESSES.copy });
    await arrive(world, [rowsOfHours(() => 0.5, 1)]);
    await runAll(world, { processes: ['copy'], session: 'first' });
    const all = await Promise.all(Array.from({ length: players }, () => startPlayer(folder)));
    const names = all.map((_, n) => Array.from({ length: sessionsEach }, (_, m) => `s${n}-${m}`));
    const tookMs = await Promise.all(all.map((player, n) => player.order({ deed: 'store', sessions: names[n] })));
    for (const player of all) player.stop();
    const stored = new Set((await sessions(await world.project())).map(({ session }) => session));
    await world.close();
    return { tookMs: tookMs.sort((a, b) => a - b), missing: names.flat().filter((name) => !stored.has(name)) };
  } finally {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}
