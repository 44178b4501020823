/**
 * `node dying-batch.mjs JOB`: plays scenarios, each as often as there are points, and stops each play for ever at its point. When all
 * stand still the process dies by SIGKILL: no play ever gets another turn, no memory of any outlives it.
 *
 * With `photographs` a scenario is played once, and at each point, while it holds its breath, what is on the disk is copied: what a
 * death there leaves is just that. It takes a play for each scenario instead of one for each point.
 *
 * A point is a write about to happen: a file made under its name, a file deleted, data files written by the engine (before, and torn
 * after), a table's metadata swapped, a property of a namespace set. With `fine`, also each call that makes or removes a temporary
 * file. JOB is the path of a JSON file; what was played is written beside it.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import fsp, { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { scenarioNamed } from './scenarios.mjs';
import { copyWorld, openWorld } from './world.mjs';

const job = JSON.parse(await readFile(process.argv[2], 'utf8'));
const forEver = new Promise(() => undefined);
/** The play to which a call belongs, however many others stand still meanwhile. */
const plays = new AsyncLocalStorage();

class Play {
  points = 0;
  dead = false;
  /** Calls of the system that were begun and are not answered yet. */
  underWay = 0;
  reached = new Promise((resolve) => {
    this.stop = resolve;
  });

  constructor(deadly) {
    this.deadly = deadly;
  }

  /** No call of the system begins before. */
  async turn() {
    if (this.dead) await forEver;
  }

  /** Goes on, or never. `torn` names a file of which only a part was written, and how long that is. */
  async point(torn) {
    await this.turn();
    this.points += 1;
    if (this.points !== this.deadly) return;
    this.dead = true;
    if (torn !== undefined) await truncate(torn.file, torn.sizeBytes);
    this.stop('stopped');
    await forEver;
  }
}

/** A play that never dies: at each point the world is handed out as a death would leave it. */
class PhotographedPlay extends Play {
  #taken = Promise.resolve();

  constructor(take) {
    super(0);
    this.take = take;
  }

  async turn() {
    for (let seen; seen !== this.#taken; ) {
      seen = this.#taken;
      await seen;
    }
  }

  async point(torn) {
    this.points += 1;
    const n = this.points;
    this.#taken = this.#taken.then(() => this.#photograph(n, torn));
    await this.#taken;
  }

  async #photograph(n, torn) {
    await quiet(this);
    // The photographer's own calls wait for nobody.
    await plays.run(undefined, () => this.take(n, torn));
  }
}

const point = async (torn) => plays.getStore()?.point(torn);
const isInWorld = (file) => typeof file === 'string' && file.startsWith(`${job.project}/`);

/** A call of the system, for a play that is alive. */
async function call(work) {
  const one = plays.getStore();
  if (one === undefined) return work();
  await one.turn();
  one.underWay += 1;
  try {
    return await work();
  } finally {
    one.underWay -= 1;
  }
}

/** Every file of ours is made and deleted by these. */
function deadlyFiles() {
  const { link, rm: remove, open, mkdir } = fsp;
  fsp.link = async (from, to) => {
    // What was not synced yet may be there in part.
    if (isInWorld(to)) await point({ file: from, sizeBytes: job.fine ? 0 : 7 });
    return call(() => link(from, to));
  };
  fsp.rm = async (file, options) => {
    if (isInWorld(file) && (job.fine || !file.endsWith('.tmp'))) await point();
    return call(() => remove(file, options));
  };
  fsp.open = async (file, flags, ...rest) => {
    if (job.fine && isInWorld(file) && flags === 'wx') await point();
    return call(() => open(file, flags, ...rest));
  };
  fsp.mkdir = (...args) => call(() => mkdir(...args));
  syncBuiltinESMExports();
}

/** Data files are the engine's own doing: before them, and with the last one written in part. */
function deadlyEngine(engine) {
  const { transform } = engine;
  engine.transform = async (...args) => {
    await point();
    const result = await transform.apply(engine, args);
    const last = result.files.at(-1);
    if (last !== undefined)
      await point({ file: last.path.replace(/^file:\/*/, '/'), sizeBytes: last.fileSizeBytes >> 1 });
    return result;
  };
}

function deadlyCatalog(catalog) {
  for (const name of ['createNamespace', 'compareAndSetNamespaceProperty']) {
    const method = catalog[name].bind(catalog);
    catalog[name] = async (...args) => {
      await point();
      return method(...args);
    };
  }
}

async function play({ scenario: name, saved }, one) {
  copyWorld(saved, job.project);
  const world = await openWorld(job.project, engine, {
    faults: { beforeSwap: () => point(), afterSwap: () => point() },
  });
  deadlyCatalog(world.catalog);
  const ended = plays.run(one, () => scenarioNamed(name).act(world)).then(() => 'ended');
  const how = await Promise.race([one.reached, ended]);
  if (how === 'ended') await world.close();
  else await quiet(one);
  return { how, points: one.points };
}

/** What had been begun beside the call that stopped comes to its end. */
async function quiet(one) {
  do await pause(2);
  while (one.underWay > 0);
}

/** Plays a scenario to its end. @param chosen which of the points */
async function photograph(task, chosen) {
  const taken = [];
  const one = new PhotographedPlay(async (n, torn) => {
    if (chosen !== undefined && !chosen.includes(n)) return;
    const remains = path.join(job.remains, String(played.length + taken.length));
    copyWorld(job.project, remains);
    if (torn !== undefined) await tear(path.join(remains, path.relative(job.project, torn.file)), torn.sizeBytes);
    taken.push({ ...task, point: n, how: 'stopped', remains });
  });
  const { points } = await play(task, one);
  for (const death of taken) played.push({ ...death, of: points });
}

/** The world has the same file still, and needs it whole. */
async function tear(file, sizeBytes) {
  const start = (await readFile(file)).subarray(0, sizeBytes);
  await rm(file);
  await writeFile(file, start);
}

/** Dies once at each of the points. */
async function die(task, chosen) {
  for (const n of chosen) {
    const { how } = await play(task, new Play(n));
    const remains = path.join(job.remains, String(played.length));
    await rename(job.project, remains);
    played.push({ ...task, point: n, how, remains });
  }
}

/** All of them, those asked for by number, or some spread over all by a draw. */
function chosen(count, { points, most, drawn }) {
  if (points !== undefined) return points.filter((n) => n <= count);
  if (most === undefined || count <= most) return Array.from({ length: count }, (_, n) => n + 1);
  return Array.from({ length: most }, (_, n) => 1 + Math.floor(((n + drawn) * count) / most));
}

const engine = await createDuckDbEngine({ allowedLocations: [job.project], threads: 1 });
deadlyFiles();
deadlyEngine(engine);
const played = [];
for (const task of job.tasks) {
  if (job.photographs && task.points === undefined && task.most === undefined) {
    await photograph(task);
    continue;
  }
  const { points: of } = await play(task, new Play(0));
  const some = chosen(of, task);
  if (job.photographs) await photograph(task, some);
  else await die({ ...task, of }, some);
}
await writeFile(job.played, JSON.stringify(played));
process.kill(process.pid, 'SIGKILL');
