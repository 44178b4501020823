#!/usr/bin/env node
/**
 * `node test/crash-matrix/kill-nine.mjs [--kills 100] [--seed N]`: kills `psyberg run` at random moments, a hundred times and more
 * until every step was hit ten times, and runs it again each time. Every table must then equal a full recompute, by plain SQL and
 * by `psyberg verify`, and what readers saw right after the kill must have been the old rows or the new. Ends with status 1 at any
 * difference. Takes minutes; build first.
 *
 * A kill is aimed: the events of the run tell when a step begins, and the signal goes out a random while later, within about the
 * time that the step takes. Which step it hit is read afterwards from the events that the dead process left.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openLake } from '../../examples/lake.mjs';
import { arrive, makeFixture, openOracle, TARGETS } from './fixture.mjs';

const BIN = fileURLToPath(new URL('../../packages/psyberg/bin/psyberg.js', import.meta.url));
const STEPS = ['init', 'write', 'audit', 'publish', 'commit'];
const HITS_MIN = 10;
const { values } = parseArgs({ options: { kills: { type: 'string' }, seed: { type: 'string' } } });
const kills = Number(values.kills ?? 100);
const seed = Number(values.seed ?? Date.now() % 1_000_000);

/** Mulberry32. */
let state = seed;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
const anyOf = (items) => items[Math.floor(random() * items.length)];

const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'psyberg-kill-')));
const project = path.join(root, 'project');
const warehouse = path.join(project, 'warehouse');
const eventsFile = path.join(project, 'events.jsonl');
const say = (text) => process.stdout.write(`${text}\n`);

/** Where rounds begin: before the first run of all, and with late data arrived. Tables name files by absolute path. */
const STARTS = [
  { name: 'first', before: [], after: ['loaded'] },
  { name: 'late', before: ['loaded'], after: ['loaded', 'late'] },
];

async function prepare() {
  const lake = await makeFixture(project);
  await arrive(lake, 'loaded');
  cpSync(project, path.join(root, 'first'), { recursive: true });
  expectStatus(psyberg('run', '--quiet'));
  await arrive(lake, 'late');
  await lake.close();
  cpSync(project, path.join(root, 'late'), { recursive: true });
}

function restore({ name }) {
  rmSync(project, { recursive: true, force: true });
  cpSync(path.join(root, name), project, { recursive: true });
}

const psyberg = (...words) => spawnSync(process.execPath, [BIN, ...words], { cwd: project, encoding: 'utf8' });

function expectStatus({ status, stderr, stdout }) {
  if (status !== 0) throw new Error(`ended with status ${status}: ${stderr}${stdout}`);
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const pause = (ms) => Atomics.wait(sleeper, 0, 0, ms);

function readEvents() {
  if (!existsSync(eventsFile)) return [];
  const lines = readFileSync(eventsFile, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

/** How long each step took lately, so that shots fall inside it. */
const tookMs = new Map(STEPS.map((step) => [step, 30]));

function learn(events) {
  for (const [n, { event, step, process: name, at }] of events.entries()) {
    if (event !== 'step-finished') continue;
    const begun = events
      .slice(0, n)
      .findLast((e) => e.event === 'step-started' && e.step === step && e.process === name);
    if (begun) tookMs.set(step, 0.7 * tookMs.get(step) + 0.3 * Math.max(2, Date.parse(at) - Date.parse(begun.at)));
  }
}

/** Starts the run and kills it while `target` does `step`. @returns whether it was still alive, and what it had told */
async function killDuring(step, target) {
  const child = spawn(process.execPath, [BIN, 'run', '--quiet', '--output-file', eventsFile], {
    cwd: project,
    stdio: 'ignore',
  });
  const dead = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)));
  // Rows of all sessions are stored after the last step has ended, and belong to `commit`.
  const lasts = step === 'commit' && random() < 0.7;
  const begun = ({ event, ...e }) =>
    lasts
      ? event === 'process-finished' && e.process === TARGETS.at(-1)
      : event === 'step-started' && e.step === step && e.process === target;
  const giveUpAt = Date.now() + 30_000;
  while (!readEvents().some(begun) && Date.now() < giveUpAt && isRunning(child.pid)) pause(0.5);
  pause(random() * (lasts ? 60 : tookMs.get(step)));
  child.kill('SIGKILL');
  return (await dead) === 'SIGKILL';
}

/** Our event loop sleeps meanwhile, so Node cannot tell yet; a process that has ended is a zombie until then. */
function isRunning(pid) {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}

/** The step that was going on when the log ends. */
function stepHit(events) {
  const last = events.findLast(
    ({ event }) => event === 'step-started' || event === 'step-finished' || event === 'process-finished',
  );
  if (last === undefined) return 'before';
  if (last.event === 'step-started') return last.step;
  const everyOne = events.filter(({ event }) => event === 'process-finished').length === TARGETS.length;
  return everyOne ? 'commit' : 'between';
}

async function differences(oracle, phases) {
  const lake = await openLake(warehouse);
  try {
    return await oracle.compare(lake, phases);
  } finally {
    await lake.close();
  }
}

const isEqual = ({ missing, extra }) => missing + extra === 0;
const problems = [];
const hits = new Map([...STEPS, 'between', 'before'].map((step) => [step, { kills: 0, old: 0, now: 0 }]));

async function playRound(oracle, number) {
  const start = anyOf(STARTS);
  restore(start);
  const wanted = STEPS.toSorted((a, b) => hits.get(a).kills - hits.get(b).kills)[0];
  const died = await killDuring(wanted, anyOf(TARGETS));
  const events = readEvents();
  learn(events);
  if (!died) return false;
  const hit = stepHit(events);
  const seen = hits.get(hit);
  seen.kills += 1;
  const problem = (text) => problems.push(`kill ${number} (${start.name}, ${hit}): ${text}`);

  const [old, now] = [await differences(oracle, start.before), await differences(oracle, start.after)];
  for (const target of TARGETS) {
    if (isEqual(now[target])) seen.now += 1;
    else if (isEqual(old[target])) seen.old += 1;
    else problem(`readers of ${target} see half: ${JSON.stringify([old[target], now[target]])}`);
  }
  const again = psyberg('run', '--quiet');
  if (again.status !== 0) problem(`running again ended with status ${again.status}: ${again.stderr}`);
  for (const [target, difference] of Object.entries(await differences(oracle, start.after))) {
    if (!isEqual(difference)) problem(`${target} differs: ${JSON.stringify(difference)}`);
  }
  const verified = psyberg('verify', '--quiet');
  if (verified.status !== 0) problem(`verify ended with status ${verified.status}: ${verified.stderr}`);
  return true;
}

function showTable() {
  say('');
  say('step hit    kills   tables old   tables new');
  for (const [step, { kills: count, old, now }] of hits) {
    say(`${step.padEnd(9)} ${String(count).padStart(7)} ${String(old).padStart(12)} ${String(now).padStart(12)}`);
  }
  say('');
}

say(`seed ${seed}`);
await prepare();
const oracle = await openOracle();
let done = 0;
let passedAlive = 0;
while (
  (done < kills || STEPS.some((step) => hits.get(step).kills < HITS_MIN)) &&
  passedAlive < kills &&
  problems.length < 5
) {
  if (await playRound(oracle, done + 1)) done += 1;
  else passedAlive += 1;
  if (done % 10 === 0) say(`${done} kills, ${problems.length} problems`);
}
oracle.close();
rmSync(root, { recursive: true, force: true });
showTable();
for (const text of problems) say(text);
const enough = STEPS.every((step) => hits.get(step).kills >= HITS_MIN);
if (!enough) say(`Not every step was hit ${HITS_MIN} times.`);
say(`${done} kills (and ${passedAlive} runs that ended before theirs), ${problems.length} problems`);
process.exitCode = problems.length === 0 && enough ? 0 : 1;
