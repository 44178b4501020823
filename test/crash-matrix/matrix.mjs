/** Plays the crash matrix for a seed: lets processes die at points of every scenario, and looks at what they left. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { clean, run, sessions } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { randomOf } from '../support/random.mjs';
import { local, unreachableFiles } from './reachable.mjs';
import { rowsOfSeed, SCENARIOS, scenarioNamed } from './scenarios.mjs';
import { copyWorld, foreignRows, fullRecompute, makeWorld, openWorld, visibleRows } from './world.mjs';

const DYING_BATCH = fileURLToPath(new URL('dying-batch.mjs', import.meta.url));
const DAY_MS = 86_400_000;
/** More would not be read. */
const PROBLEMS_MAX = 20;
/** Of so many deaths one is also cleaned up after. */
const CLEANED = 4;
const ENDED = ['committed', 'empty', 'superseded', 'discarded'];

/**
 * @param folder where worlds may be made; emptied before
 * @param options `share`: only every third scenario, from this one on; `most`: no more points of each; `points`: these; `fine`: also those
 *   of temporary files; `photographs`: the disk is copied at each point, no process dies there; `only`: scenarios whose name has this in it;
 *   `seedless` (true): also those that are much the same for every seed
 * @returns how many deaths there were by scenario, and every difference found as a sentence
 */
export async function playMatrix(folder, seed, options = {}) {
  const project = path.join(folder, 'project');
  const remains = path.join(folder, 'remains');
  const { share, most, points, fine = false, photographs = false, only = '', seedless = true } = options;
  const scenarios = SCENARIOS.filter(
    (scenario, n) =>
      scenario.name.includes(only) &&
      (share === undefined || n % 3 === share) &&
      (seedless || scenario.seedless !== true),
  );
  await rm(folder, { recursive: true, force: true });
  await mkdir(remains, { recursive: true });
  const engine = await createDuckDbEngine({ allowedLocations: [project], threads: 1 });
  try {
    const states = new Map();
    const tasks = [];
    const begun = new Map();
    for (const [n, scenario] of scenarios.entries()) {
      const world = await beginning(folder, engine, scenario, rowsOfSeed(seed), begun);
      states.set(scenario.name, await scenario.prepare(world, rowsOfSeed(seed)));
      await world.close();
      const saved = path.join(folder, `saved-${n}`);
      await rename(project, saved);
      tasks.push({ scenario: scenario.name, saved, ...pick({ most, points }), drawn: randomOf(seed)() });
    }
    const job = { project, remains, fine, photographs, tasks, played: path.join(folder, 'played.json') };
    const played = await letDie(path.join(folder, 'job.json'), job);
    const problems = [];
    const deaths = new Map();
    for (const death of played) {
      deaths.set(death.scenario, [...(deaths.get(death.scenario) ?? []), death.point]);
      await rm(project, { recursive: true, force: true });
      await rename(death.remains, project);
      const told = `seed ${seed}, ${death.scenario}, point ${death.point} of ${death.of}`;
      try {
        if (death.how !== 'stopped') problems.push(`${told}: passed alive`);
        for (const text of await examine(project, engine, death, states.get(death.scenario)))
          problems.push(`${told}: ${text}`);
      } catch (error) {
        problems.push(`${told}: ${error.stack}`);
      }
      if (problems.length >= PROBLEMS_MAX) break;
    }
    return { deaths, problems };
  } finally {
    await engine.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The world with which a scenario begins; scenarios of the same processes may share it. */
async function beginning(folder, engine, { processes, begin }, rows, begun) {
  const project = path.join(folder, 'project');
  const key = JSON.stringify([processes, begin !== undefined]);
  const known = begun.get(key);
  if (known !== undefined) {
    copyWorld(known, project);
    return openWorld(project, engine);
  }
  const world = await makeWorld(project, engine, processes);
  await begin?.(world, rows);
  if (begin === undefined) return world;
  await world.close();
  const saved = path.join(folder, `begun-${begun.size}`);
  copyWorld(project, saved);
  begun.set(key, saved);
  return openWorld(project, engine);
}

const pick = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

async function letDie(file, job) {
  await writeFile(file, JSON.stringify(job));
  const child = spawn(process.execPath, [DYING_BATCH, file], { stdio: ['ignore', 'inherit', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const signal = await new Promise((resolve) => child.once('close', (_code, by) => resolve(by)));
  assert.equal(signal, 'SIGKILL', `the batch did not die: ${stderr}`);
  return JSON.parse(await readFile(job.played, 'utf8'));
}

/** What is wrong after one death, as sentences. */
async function examine(project, engine, { scenario: name, point }, { before, after }) {
  const scenario = scenarioNamed(name);
  const problems = [];
  const names = Object.keys(scenario.processes);
  const world = await openWorld(project, engine);
  const differs = (seen, wanted) => JSON.stringify(seen) !== JSON.stringify(wanted);
  const compare = async (when) => {
    for (const process of names) {
      const seen = await visibleRows(world, process);
      const wanted = fullRecompute(process, after);
      if (differs(seen, wanted)) problems.push(`${when}: ${process} has ${seen.join(', ')}, not ${wanted.join(', ')}`);
      const foreign = scenario.foreign === undefined ? 0 : await foreignRows(world, process);
      if (foreign !== (scenario.foreign ?? 0)) problems.push(`${when}: ${process} has ${foreign} rows of others`);
    }
  };
  try {
    for (const process of scenario.parts ? [] : names) {
      const seen = await visibleRows(world, process);
      if (differs(seen, fullRecompute(process, before)) && differs(seen, fullRecompute(process, after)))
        problems.push(`readers of ${process} see half: ${seen.join(', ')}`);
    }
    await scenario.again(world, point);
    await compare('after going on');
    await idle(world, problems);
    const open = (await sessions(await world.project())).filter(({ state }) => !ENDED.includes(state));
    if (open.length > 0)
      problems.push(`open sessions: ${open.map(({ session, state }) => `${session} ${state}`).join(', ')}`);
    await compareClean(world, problems);
    if (point % CLEANED === 0) {
      await cleanUp(world, problems);
      await compare('after clean');
      await idle(world, problems);
    }
    return problems;
  } finally {
    await world.close();
  }
}

/** A further run finds nothing. */
async function idle(world, problems) {
  const { processes } = await run(await world.project());
  for (const { process, status, message } of processes)
    if (status !== 'nothing_to_do') problems.push(`a further run of ${process} ended ${status}: ${message}`);
}

/** Files have to be a day old. */
const later = (world) => world.project({ clock: () => Date.now() + 2 * DAY_MS });

/** What `clean` names is what nothing reaches, no more and no less. */
async function compareClean(world, problems) {
  const told = await clean(await later(world), { dryRun: true });
  const unreachable = await unreachableFiles(world, new Set(told.stagedSnapshots.map(({ snapshotId }) => snapshotId)));
  const named = new Set(told.files.map(({ location }) => local(location)));
  for (const file of named) if (!unreachable.has(file)) problems.push(`clean would delete ${file}, which is needed`);
  for (const file of unreachable) if (!named.has(file)) problems.push(`clean does not find ${file}`);
}

/** Once it has cleaned nothing is left. */
async function cleanUp(world, problems) {
  await clean(await later(world), { dryRun: false });
  const after = await clean(await later(world), { dryRun: true });
  if (after.stagedSnapshots.length + after.files.length > 0) problems.push('clean leaves something');
}
