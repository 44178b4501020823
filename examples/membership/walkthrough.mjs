#!/usr/bin/env node
/**
 * A day in which data comes late, from beginning to end: `npm start`. With `--pause` it stops where the late data has arrived and
 * nothing has been run, so that you can go on by hand.
 *
 * What it shows is checked as it goes: every hour that a process touches, and every row of every table. It ends with status 1 if
 * anything is not as it must be.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { styleText } from 'node:util';
import { main } from 'psyberg';
import { arrive, HERE, makeWarehouse, WAREHOUSE } from './build.mjs';
import { ARRIVALS, HOURS } from './events.mjs';
import { hoursByWord, PLAN_WITH_LATE_DATA, PLAN_WITH_MISSING_HOUR, unmetExpectations } from './expectations.mjs';
import { gridLines } from './grid.mjs';
import { compareWithFullRecompute, TARGETS } from './proof.mjs';
import { timeSmallSession } from './small-session.mjs';

const startedMs = performance.now();
const colours = process.stderr.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
const paint = (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text);
const say = (text = '') => process.stderr.write(`${text}\n`);
const problems = [];

function chapter(title, ...sentences) {
  say();
  say(paint('bold', `── ${title} ${'─'.repeat(Math.max(3, 96 - title.length))}`));
  for (const sentence of sentences) say(sentence);
  say();
}

/** Runs a command as if typed in this folder, in this process; `--json` ones give their document. */
async function psyberg(...words) {
  const out = [];
  const json = words.includes('--json');
  if (!json) say(paint('dim', `$ psyberg ${words.join(' ')}`));
  const exitCode = await main(words, {
    stdout: { write: (text) => out.push(text) },
    stderr: {
      write: (text) => (json ? undefined : process.stderr.write(text)),
      isTTY: process.stderr.isTTY === true,
      columns: process.stderr.columns ?? 100,
    },
    env: process.env,
    cwd: HERE,
    now: Date.now,
    onSignal: () => () => undefined,
  });
  if (exitCode !== 0)
    problems.push(`psyberg ${words.join(' ')} ended with status ${exitCode}: ${out.join('').slice(0, 2000)}`);
  return json && out.length > 0 ? JSON.parse(out.join('')) : undefined;
}

/** Runs the whole chain; the reports of its processes. */
async function runChain() {
  const document = await psyberg('run', '--json', '--quiet');
  return document?.processes ?? [];
}

function expectHours(expected, processes) {
  problems.push(...unmetExpectations(expected, processes));
}

function showGrid(rawPhases, loadedHours, processes) {
  const rows = [...groupArrivals(rawPhases)].map(([name, cells]) => ({ name, cells }));
  for (const target of TARGETS) {
    const cells = new Map(loadedHours[target].map((hour) => [hour, 'on time']));
    const byWord = hoursByWord(processes.find((report) => report.process === target)?.intervals ?? []);
    for (const hour of byWord.append ?? []) cells.set(hour, 'appended');
    for (const hour of byWord.overwrite ?? []) cells.set(hour, 'overwritten');
    for (const hour of byWord.waiting ?? []) cells.set(hour, 'waiting');
    rows.push({ name: `dw.${target}`, cells });
  }
  for (const line of gridLines(
    rows,
    Array.from({ length: HOURS }, (_, hour) => hour),
    paint,
  ))
    say(line);
}

/** By raw table, which hours came on time and which late; a late hour is one that was loaded before. */
function groupArrivals(phases) {
  const tables = new Map();
  for (const { phase, table, hour, lateHour } of ARRIVALS) {
    if (!phases.includes(phase)) continue;
    if (!tables.has(table)) tables.set(table, new Map());
    tables.get(table).set(hour, 'on time');
    if (lateHour !== undefined) tables.get(table).set(lateHour, 'late');
  }
  return tables;
}

async function prove(lake, state) {
  const document = await psyberg('verify', '--json', '--quiet');
  const verified = new Map((document?.processes ?? []).map((report) => [report.process, report]));
  for (const { target, rows, missing, extra } of await compareWithFullRecompute(lake, state)) {
    const { equal } = verified.get(target) ?? {};
    const independent = missing === 0 && extra === 0;
    if (equal !== true) problems.push(`psyberg verify does not find dw.${target} equal to a full recompute`);
    if (!independent)
      problems.push(`dw.${target}: ${missing} rows missing and ${extra} extra against full-recompute.sql`);
    const mark = (good) => (good ? paint('green', '✔') : paint('red', '✖'));
    say(
      `  ${`dw.${target}`.padEnd(20)} ${String(rows).padStart(5)} rows   ${mark(equal === true)} psyberg verify   ${mark(independent)} full-recompute.sql over the raw rows`,
    );
  }
}

const hours = (from, to) => Array.from({ length: to - from }, (_, n) => from + n);
const LOADED_THROUGH_5 = Object.fromEntries(TARGETS.map((target) => [target, hours(0, 6)]));
const LOADED_AFTER_LATE = {
  ...LOADED_THROUGH_5,
  signup_f: hours(0, 7),
  account_plan_f: hours(0, 7),
  cancel_f: hours(0, 8),
  account_state_d: hours(0, 7),
};

async function tellWhole(lake) {
  chapter('What would be loaded, and why', 'Nothing has been run. `plan` reads table metadata and writes nothing.');
  await psyberg('plan');
  expectHours(PLAN_WITH_LATE_DATA, (await psyberg('plan', '--json', '--quiet'))?.processes ?? []);

  chapter('Run the chain');
  const caughtUp = await runChain();
  expectHours(PLAN_WITH_LATE_DATA, caughtUp);
  showGrid(['loaded', 'late'], LOADED_THROUGH_5, caughtUp);
  say();
  say('Hour 7 of the cancels is loaded; account states wait for hour 7 of signups and plan changes.');
  say();
  await prove(lake, { phases: ['loaded', 'late'], cancelsUntil: 8, statesUntil: 7 });

  chapter('The missing hour arrives', 'Signups and plan changes of hour 7. The chain runs again.');
  await arrive(lake, 'missing');
  const completed = await runChain();
  expectHours(PLAN_WITH_MISSING_HOUR, completed);
  showGrid(['loaded', 'late', 'missing'], LOADED_AFTER_LATE, completed);
  say();
  await prove(lake, { phases: ['loaded', 'late', 'missing'], cancelsUntil: 8, statesUntil: 8 });
  await showTimes();
}

async function showTimes() {
  chapter('How long it takes');
  const small = await timeSmallSession();
  say(`  a session of 1,000 rows in 3 hours, within this process   ${small.toFixed(0)} ms`);
  const before = performance.now();
  const empty = spawnSync(
    process.execPath,
    [path.join(HERE, '../../packages/psyberg/bin/psyberg.js'), 'run', '--quiet'],
    {
      cwd: HERE,
    },
  );
  say(`  \`psyberg run\` with nothing to do, as a process             ${(performance.now() - before).toFixed(0)} ms`);
  if (empty.status !== 0) problems.push(`an empty run ended with status ${empty.status}: ${empty.stderr}`);
}

function pause() {
  chapter('Paused: the late data is there, nothing has been run');
  const folder = path.relative(process.cwd(), HERE) || '.';
  for (const line of [
    `cd ${folder}`,
    'npx psyberg plan                         # what would be loaded, and why',
    'npx psyberg run                          # load it',
    'npx psyberg sessions                     # what was loaded in every run',
    'npx psyberg explain account_state_d --interval 2023-09-14T02:00:00Z',
    'npx psyberg verify                       # every table against a full recompute',
  ]) {
    say(`  ${line}`);
  }
}

chapter(
  'A warehouse that is loaded through hour 5',
  `Raw tables and their facts and dimension, in ${path.relative(process.cwd(), WAREHOUSE) || '.'}.`,
);
const lake = await makeWarehouse();
try {
  await arrive(lake, 'loaded');
  const first = await runChain();
  showGrid(['loaded'], LOADED_THROUGH_5, []);
  if (first.some(({ status }) => status !== 'ok')) problems.push('the first load did not end well');

  chapter(
    'Then, while nobody looks, data arrives',
    'Signups of hour 6, and some of hour 2. Plan changes of hour 6, and some of hour 3. Cancels and cancel requests of hours 6 and 7,',
    'and some of hour 5.',
  );
  await arrive(lake, 'late');
  showGrid(['loaded', 'late'], LOADED_THROUGH_5, []);
  if (process.argv.includes('--pause')) pause();
  else await tellWhole(lake);
} finally {
  await lake.close();
}

say();
for (const problem of problems) say(paint('red', `✖ ${problem}`));
if (problems.length > 0) process.exitCode = 1;
else say(paint('green', `✔ All as it must be, in ${((performance.now() - startedMs) / 1000).toFixed(1)} seconds.`));
