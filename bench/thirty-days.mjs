/**
 * Thirty days of hourly runs of the membership chain, with what happens to real tables in between: compaction, expiry that keeps one
 * snapshot, skipped runs, and targets that a person rolls back. At the end every table must equal a full recompute by plain SQL.
 *
 *   node bench/thirty-days.mjs [--days 30] [--seed 1]
 *
 * Ends with status 1 if a table differs or a run ended badly.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig, openProject, run } from '@psyberg/core';
import {
  expireSnapshots,
  headOf,
  openTable,
  parseIdentifier,
  planFiles,
  replaceFiles,
  rollbackTo,
} from '@psyberg/iceberg';
import { compareTables } from '../examples/compare-tables.mjs';
import { appendRows, createTable, makeLake, relationOf, writeQuery } from '../examples/lake.mjs';
import { HERE } from '../examples/membership/build.mjs';
import { PLANS, TABLES } from '../examples/membership/events.mjs';
import { TARGETS } from '../examples/membership/proof.mjs';
import { machine, numberOption, peakMiB, printTable, timed } from './machine.mjs';
import { chanceOf, instantOf, tellMonth } from './membership-month.mjs';

const days = numberOption('days', 30);
const seed = numberOption('seed', 1);
const hours = days * 24;
const RAW = Object.keys(TABLES).filter((name) => name.startsWith('raw.'));
const OWN = ['sessions', 'watermarks', 'audits'];

const random = chanceOf(seed);
const events = tellMonth(random, hours);
const counted = { runs: 0, skipped: 0, compactions: 0, expiries: 0, rollbacks: 0 };
const problems = [];
/** Hours that have passed, for a clock that is not the machine's: what is kept for a day goes after a day. */
let passed = 0;

const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-days-'));
const lake = await makeLake(path.join(folder, 'warehouse'));
try {
  const project = await open();
  const byDay = await live(project);
  await prove();
  print(byDay);
} finally {
  await lake.close();
  await rm(folder, { recursive: true, force: true });
}
process.exitCode = problems.length > 0 ? 1 : 0;

/** The example's own configuration; raw tables are pinned, because they lose their history every day. */
async function open() {
  for (const [table, { columns, hour }] of Object.entries(TABLES)) {
    await createTable(lake, table, columns, hour && { column: hour, transform: 'hour' });
  }
  await appendRows(lake, 'ref.plans', PLANS);
  const config = (await readFile(path.join(HERE, 'psyberg.yaml'), 'utf8'))
    .replaceAll(/(table: raw\.\w+, time: \w+)/g, '$1, pin: true')
    .replaceAll('file: sql/', `file: ${HERE}/sql/`);
  await writeFile(path.join(folder, 'psyberg.yaml'), config);
  const parts = {
    catalog: lake.catalog,
    createEngine: async () => lake.engine,
    clock: () => Date.now() + passed * 3_600_000,
  };
  return openProject(await loadConfig({ cwd: folder, env: {} }), parts);
}

async function live(project) {
  const byDay = [];
  let today = [];
  for (let hour = 0; hour < hours; hour += 1) {
    passed = hour;
    await arrive(hour);
    if (random.chance(0.1) && hour > 0) counted.skipped += 1;
    else today.push(await runChain(project));
    if (random.chance(0.03)) {
      await rollBack(random.pick(TARGETS));
      await runChain(project);
    }
    await maintain();
    if (hour % 24 < 23) continue;
    byDay.push({ runs: today, empty: await timed(() => run(project)), ownFiles: await countOwnFiles() });
    today = [];
    if (process.stderr.isTTY) process.stderr.write(`\r  day ${byDay.length} of ${days}`);
  }
  await runChain(project);
  return byDay;
}

async function arrive(hour) {
  for (const table of RAW) {
    const rows = events.filter((event) => event.table === table && event.arrives === hour).map(({ row }) => row);
    if (rows.length > 0) await appendRows(lake, table, rows);
  }
}

async function runChain(project) {
  const { result, ms } = await timed(() => run(project));
  counted.runs += 1;
  let intervals = 0;
  const before = problems.length;
  for (const { process, status, message, error, plan } of result.processes) {
    if (status !== 'ok' && status !== 'nothing_to_do') problems.push(`${process} ended ${status}: ${message ?? error}`);
    intervals += plan?.intervals.filter(({ action }) => action !== 'none').length ?? 0;
  }
  if (problems.length > before) throw new RangeError(problems.join('\n'));
  return { ms, intervals };
}

async function rollBack(target) {
  if (!(await lake.catalog.tableExists(parseIdentifier(`dw.${target}`)))) return;
  const table = await openTable(lake.catalog, parseIdentifier(`dw.${target}`));
  const parent = headOf(table.metadata)?.parentSnapshotId;
  if (parent === undefined || !table.metadata.snapshots.some((one) => one.snapshotId === parent)) return;
  await rollbackTo(table, parent);
  counted.rollbacks += 1;
}

/** Small files become one, and history goes; sometimes one, sometimes the other, sometimes both. */
async function maintain() {
  const table = random.pick([...RAW, ...TARGETS.map((target) => `dw.${target}`)]);
  if (!(await lake.catalog.tableExists(parseIdentifier(table)))) return;
  if (random.chance(0.3)) await compact(table);
  if (random.chance(0.3)) await expire(table);
}

async function compact(name) {
  const table = await openTable(lake.catalog, parseIdentifier(name));
  const byPartition = new Map();
  for (const file of await planFiles(table)) {
    const key = String(file.file.partition);
    byPartition.set(key, [...(byPartition.get(key) ?? []), file]);
  }
  const small = [...byPartition.values()].filter((files) => files.length > 1);
  if (small.length === 0) return;
  const old = small.flat().map(({ file }) => file);
  const add = await writeQuery(lake.engine, table, 'select * from t', { relations: [relationOf('t', table, old)] });
  await replaceFiles(table, { remove: small.flat(), add, dataSequenceNumber: headOf(table.metadata).sequenceNumber });
  counted.compactions += 1;
}

/** Everything that no ref holds. */
async function expire(name) {
  const table = await openTable(lake.catalog, parseIdentifier(name));
  const held = new Set(Object.values(table.metadata.refs).map((ref) => ref.snapshotId));
  const gone = table.metadata.snapshots.map((one) => one.snapshotId).filter((id) => !held.has(id));
  if (gone.length === 0) return;
  await expireSnapshots(table, gone);
  counted.expiries += 1;
}

async function countOwnFiles() {
  const counts = await Promise.all(
    OWN.map(async (name) => {
      const table = await openTable(lake.catalog, parseIdentifier(`psyberg.${name}`));
      const location = table.metadata.location.replace(/^file:(\/\/)?/, '');
      return (await readdir(location, { recursive: true })).length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function prove() {
  const sources = Object.entries(TABLES).map(([name, { columns }]) => [
    name.split('.')[1],
    { columns, rows: name === 'ref.plans' ? PLANS : events.filter((one) => one.table === name).map(({ row }) => row) },
  ]);
  const until = `timestamptz '${instantOf(hours)}'`;
  const compared = await compareTables(lake, {
    sources: Object.fromEntries(sources),
    sql: await readFile(path.join(HERE, 'full-recompute.sql'), 'utf8'),
    targets: TARGETS,
    variables: { loaded_until: until, states_until: until },
  });
  for (const { target, rows, missing, extra } of compared) {
    console.log(`dw.${target}: ${rows.toLocaleString('en')} rows, ${missing} missing, ${extra} too many`);
    if (missing + extra > 0) problems.push(`dw.${target} differs from the full recompute`);
  }
}

function print(byDay) {
  console.log(machine());
  const told = Object.entries(counted).map(([name, count]) => `${count} ${name}`);
  console.log(`${days} days, seed ${seed}: ${told.join(', ')}.`);
  const shown = byDay.map((day, n) => [`day ${n + 1}`, ...rowOf(day)]).filter((_, n) => n % 5 === 0 || n === days - 1);
  printTable([['', 'run, median ms', 'median ms an interval', 'empty run, ms', 'files of our own tables'], ...shown]);
  console.log(`Peak memory: ${peakMiB()} MiB.`);
  for (const problem of problems) console.log(`PROBLEM ${problem}`);
}

function rowOf({ runs, empty, ownFiles }) {
  return [
    median(runs.map(({ ms }) => ms)),
    median(runs.map(({ ms, intervals }) => ms / Math.max(1, intervals))),
    empty.ms,
    ownFiles,
  ];
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
