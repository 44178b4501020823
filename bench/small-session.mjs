/**
 * A small session: 1,000 new rows in 3 hours from plan to commit, in a process that is warm. The target grows as it goes, as it
 * does in life: the last runs stand beside the first.
 *
 *   node bench/small-session.mjs [--runs 20] [--rows 1000]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig, openProject, run } from '@psyberg/core';
import { appendRows, createTable, makeLake } from '../examples/lake.mjs';
import { machine, numberOption, peakMiB, printTable, timed } from './machine.mjs';

const runs = numberOption('runs', 20);
const rows = numberOption('rows', 1_000);
const HOURS = 3;

const CONFIG = `catalog: { type: sql, uri: "sqlite:lake/catalog.db", warehouse: lake }
processes:
  visits_by_hour:
    mode: stateful
    sources: [{ table: raw.visits, time: visited_ts }]
    target: { table: dw.visits_by_hour, time: hour, partition: ["hour(hour)"] }
    transform: { sql: "select date_trunc('hour', visited_ts) as hour, page, count(*) as visits from visits group by all" }
    audits: [{ audit: unique, columns: [hour, page] }]
`;

const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-small-'));
const lake = await makeLake(path.join(folder, 'lake'));
try {
  await measure();
} finally {
  await lake.close();
  await rm(folder, { recursive: true, force: true });
}

async function measure() {
  await writeFile(path.join(folder, 'psyberg.yaml'), CONFIG);
  const partition = { column: 'visited_ts', transform: 'hour' };
  await createTable(lake, 'raw.visits', { page: 'int', visited_ts: 'timestamptz' }, partition);
  const project = await openProject(await loadConfig({ cwd: folder, env: {} }), {
    catalog: lake.catalog,
    createEngine: async () => lake.engine,
  });
  const times = [];
  const steps = [];
  for (let n = 0; n < runs; n += 1) {
    await appendRows(lake, 'raw.visits', visits(n * HOURS));
    const { result, ms, cpuMs } = await timed(() => run(project));
    const [report] = result.processes;
    if (report.status !== 'ok') throw report.error ?? new RangeError(report.message);
    times.push({ ms, cpuMs });
    steps.push(report.stepsMs);
  }
  const idle = [];
  for (let n = 0; n < runs; n += 1) idle.push(await timed(() => run(project)));
  print(times, idle, steps);
}

function print(times, idle, steps) {
  const third = Math.max(1, Math.floor(runs / 3));
  const base = median(times.slice(0, third)).ms;
  const line = (name, part) => [name, least(part), median(part).ms, median(part).cpuMs, median(part).ms / base];
  console.log(machine());
  console.log(`Sessions of ${rows.toLocaleString('en')} rows in ${HOURS} hours, ${runs} in a row.`);
  printTable([
    ['', 'best, ms', 'median, ms', 'of it processor', 'ratio'],
    line('first third of the sessions', times.slice(0, third)),
    line('last third', times.slice(-third)),
    line('nothing to do', idle),
  ]);
  const names = Object.keys(steps[0]);
  console.log('Steps, median ms:');
  printTable([names, names.map((name) => middle(steps.map((one) => one[name] ?? 0)))]);
  console.log(`Peak memory of this process: ${peakMiB()} MiB.`);
}

function least(times) {
  return Math.min(...times.map(({ ms }) => ms));
}

function middle(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function median(times) {
  return [...times].sort((a, b) => a.ms - b.ms)[Math.floor(times.length / 2)];
}

function visits(firstHour) {
  const startMs = Date.parse('2023-09-14T00:00:00Z') + firstHour * 3_600_000;
  const stepMs = (HOURS * 3_600_000) / rows;
  return Array.from({ length: rows }, (_, n) => ({
    page: n % 50,
    visited_ts: new Date(startMs + Math.floor(n * stepMs)).toISOString(),
  }));
}
