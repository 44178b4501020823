#!/usr/bin/env node
/**
 * A week of earthquakes, replayed as the reports came in: `npm run earthquakes`. The chain runs after every block of hours that
 * brought reports (`-- --hours 1` for every hour); each run finds which old hours they belong to and loads exactly those.
 *
 * It ends with the proof that every table equals a full recompute, and with what fixed lookback windows would have done instead.
 * Status 1 if a table is not what it must be.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs, styleText } from 'node:util';
import { loadConfig, openProject, run, verify } from 'psyberg';
import { compareTables } from '../compare-tables.mjs';
import { appendRows, createTable, makeLake } from '../lake.mjs';
import { arrivals, COLUMNS, HOUR_MS, reports } from './events.mjs';
import { fixedLookback, workOfRun } from './lookback.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const TARGETS = ['quake_f', 'network_hour_d', 'network_total_d'];
const LOOKBACK_HOURS = [6, 24, 72];

const { values: flags } = parseArgs({ options: { hours: { type: 'string', default: '3' } } });
const startedMs = performance.now();
const colours = process.stderr.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
const paint = (colour, text) => (colours ? styleText(colour, text, { validateStream: false }) : text);
const say = (text = '') => process.stderr.write(`${text}\n`);
const problems = [];

/** Lets every block of reports arrive and runs the chain after each; what it cost. */
async function replay(lake, project, blocks) {
  const there = [];
  const ours = { read: 0, written: 0, missed: 0 };
  for (const [n, { until, reports: block }] of blocks.entries()) {
    await appendRows(
      lake,
      'raw.quakes',
      block.map((report) => report.row),
    );
    there.push(...block);
    const { processes } = await run(project);
    for (const { process, status, message } of processes) {
      if (status !== 'ok' && status !== 'nothing_to_do') problems.push(`${process} ended ${status}: ${message}`);
    }
    if (problems.length > 0) break;
    const [fact, state] = TARGETS.map((name) => processes.find((report) => report.process === name));
    const work = workOfRun(there, fact, state);
    ours.read += work.read;
    ours.written += work.written;
    if (n % Math.ceil(blocks.length / 14) === 0) showRun(until, block, fact);
  }
  return ours;
}

function showRun(until, block, fact) {
  const late = fact.plan.intervals.filter(({ state }) => state === 'late');
  const oldest = Math.max(...block.map(({ eventHour }) => until - eventHour));
  say(
    `  ${new Date(until * HOUR_MS).toISOString().slice(0, 13).replace('T', ' ')}h   ${String(block.length).padStart(3)} reports` +
      `   ${paint('yellow', `${String(late.length).padStart(2)} late hours`)}, the oldest ${oldest} hours ago`,
  );
}

function showCosts(ours) {
  const blocks = arrivals(Number(flags.hours));
  const lines = [
    ...LOOKBACK_HOURS.map((hours) => ({ name: `lookback of ${hours} hours`, ...fixedLookback(blocks, hours) })),
    { name: 'Psyberg', ...ours },
  ];
  say(
    paint(
      'dim',
      `  ${''.padEnd(22)} ${['rows read', 'rows written', 'events missed'].map((head) => head.padStart(14)).join('')}`,
    ),
  );
  for (const { name, read, written, missed } of lines) {
    const numbers = [read, written, missed].map((number) => number.toLocaleString('en').padStart(14)).join('');
    say(`  ${name.padEnd(22)} ${name === 'Psyberg' ? paint('green', numbers) : numbers}`);
  }
}

async function prove(lake, project) {
  const verified = new Map((await verify(project)).processes.map((report) => [report.process, report]));
  const rows = reports().map((report) => report.row);
  const results = await compareTables(lake, {
    sources: { quakes: { columns: COLUMNS, rows } },
    sql: await readFile(path.join(HERE, 'full-recompute.sql'), 'utf8'),
    targets: TARGETS,
  });
  for (const { target, rows: count, missing, extra } of results) {
    const equal = verified.get(target)?.verdict === 'equal';
    if (!equal) problems.push(`psyberg verify does not find dw.${target} equal to a full recompute`);
    if (missing + extra > 0)
      problems.push(`dw.${target}: ${missing} rows missing and ${extra} extra against full-recompute.sql`);
    const mark = (good) => (good ? paint('green', '✔') : paint('red', '✖'));
    say(
      `  ${`dw.${target}`.padEnd(20)} ${String(count).padStart(5)} rows   ${mark(equal)} psyberg verify   ` +
        `${mark(missing + extra === 0)} full-recompute.sql over all reports`,
    );
  }
}

const blocks = arrivals(Number(flags.hours));
say(
  `${paint('bold', 'A week of earthquakes')}, 31 January to 7 February 2018, as ${reports().length} reports came in over ${blocks.length} blocks of ${flags.hours} hours.`,
);
say();
const lake = await makeLake(path.join(HERE, 'warehouse'));
try {
  await createTable(lake, 'raw.quakes', COLUMNS, { column: 'updated_ts', transform: 'hour' });
  // One open project for the whole week, as a service would have it; the catalog and the engine are the lake's.
  const config = await loadConfig({ cwd: HERE, env: process.env });
  const project = await openProject(config, { catalog: lake.catalog, createEngine: async () => lake.engine });
  const ours = await replay(lake, project, blocks);
  say();
  if (problems.length === 0) await prove(lake, project);
  say();
  if (problems.length === 0) showCosts(ours);
} finally {
  await lake.close();
}
say();
for (const problem of problems) say(paint('red', `✖ ${problem}`));
if (problems.length > 0) process.exitCode = 1;
else say(paint('green', `✔ Nothing missed, in ${((performance.now() - startedMs) / 1000).toFixed(1)} seconds.`));
