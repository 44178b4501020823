/**
 * Processes from start to end: what a scheduler pays for each call. A chain of ten processes with nothing to do, one small session, and
 * help, beside Node that does nothing.
 *
 *   node bench/startup.mjs [--runs 10] [--processes 10] [--rows 1000]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { appendRows, createTable, makeLake } from '../examples/lake.mjs';
import { node, peakOf, psyberg, withPackedProgram } from './command.mjs';
import { bestOf, machine, numberOption, printTable } from './machine.mjs';

const HOURS = 3;

const runs = numberOption('runs', 10);
const processes = numberOption('processes', 10);
const rows = numberOption('rows', 1_000);

const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-startup-'));
const lake = await makeLake(path.join(folder, 'lake'));
try {
  await withPackedProgram(measure);
} finally {
  await lake.close();
  await rm(folder, { recursive: true, force: true });
}

/** Each process reads the one before; the first reads what is raw. */
function chain() {
  const process = (n) => ({
    mode: 'stateful',
    sources: [{ table: n === 0 ? 'raw.visits' : `dw.step_${n - 1}`, as: 'visits', time: 'visited_ts' }],
    target: { table: `dw.step_${n}`, time: 'visited_ts', partition: ['hour(visited_ts)'] },
    transform: { sql: 'select page, visited_ts from visits' },
    audits: [{ audit: 'source_target_count' }],
  });
  return Object.fromEntries(Array.from({ length: processes }, (_, n) => [`step_${n}`, process(n)]));
}

async function measure() {
  const config = { catalog: { type: 'sql', uri: 'sqlite:lake/catalog.db', warehouse: 'lake' }, processes: chain() };
  await writeFile(path.join(folder, 'psyberg.json'), JSON.stringify(config));
  await createTable(
    lake,
    'raw.visits',
    { page: 'int', visited_ts: 'timestamptz' },
    { column: 'visited_ts', transform: 'hour' },
  );
  await appendRows(lake, 'raw.visits', visits(0));
  await psyberg(folder, 'run', '--json');
  const bare = await bestOf(runs, () => node('-e', ''));
  const help = await bestOf(runs, () => psyberg(folder, '--help'));
  const empty = await bestOf(runs, () => psyberg(folder, 'run', '--json'));
  const { status } = JSON.parse(empty.result.stdout);
  if (status !== 'nothing_to_do') throw new RangeError(`The empty run said ${status}.`);
  const sessions = [];
  for (let n = 1; n <= runs; n += 1) {
    await appendRows(lake, 'raw.visits', visits(n * HOURS));
    sessions.push(await bestOf(1, () => psyberg(folder, 'run', 'step_0', '--json')));
    await psyberg(folder, 'run');
  }
  const session = sessions.reduce((best, one) => (one.ms < best.ms ? one : best));
  print({ bare, help, empty, session });
}

function print({ bare, help, empty, session }) {
  console.log(machine());
  console.log(`Whole processes, best of ${runs}.`);
  const line = (name, { ms, result }) => [name, ms, ms / bare.ms, peakOf(result)];
  printTable([
    ['', 'ms', 'ratio to bare Node', 'memory, MiB'],
    line('node that does nothing', bare),
    line('psyberg --help', help),
    line(`psyberg run, chain of ${processes}, nothing to do`, empty),
    line(`psyberg run of one process, ${rows.toLocaleString('en')} rows in, ${HOURS} hours out`, session),
  ]);
}

function visits(firstHour) {
  const startMs = Date.parse('2023-09-14T00:00:00Z') + firstHour * 3_600_000;
  const stepMs = (HOURS * 3_600_000) / rows;
  return Array.from({ length: rows }, (_, n) => ({
    page: n % 50,
    visited_ts: new Date(startMs + Math.floor(n * stepMs)).toISOString(),
  }));
}
