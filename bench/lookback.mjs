/**
 * A month of hourly runs, late data included, beside jobs that read a fixed window again every hour: what each read, how long it took,
 * and what it missed. Both sides use the same engine on the same source, and commit to Iceberg tables.
 *
 *   node bench/lookback.mjs [--days 30] [--rows 300] [--seed 1]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig, openProject, run } from '@psyberg/core';
import {
  alwaysTrue,
  and,
  currentSchema,
  defaultSpec,
  fastAppend,
  greaterThanOrEqual,
  lessThan,
  openTable,
  overwriteByFilter,
  parseIdentifier,
  planFiles,
} from '@psyberg/iceberg';
import { appendRows, createTable, makeLake, relationOf } from '../examples/lake.mjs';
import { Arrivals, HISTORY_DAYS } from './arrivals.mjs';
import { machine, numberOption, printTable, timed } from './machine.mjs';

const days = numberOption('days', 30);
const rowsPerHour = numberOption('rows', 300);
const seed = numberOption('seed', 1);
const WINDOWS_H = [6, 12, 24, 14 * 24];
const SOURCE = 'raw.plays';
const FIRST_HOUR = Date.UTC(2023, 8, 1) / 3_600_000;
const HISTORY_HOURS = HISTORY_DAYS * 24;

/** The two kinds of job: rows that only pass through, and one row per hour and title. */
const JOBS = {
  facts: {
    mode: 'stateless',
    time: 'played_ts',
    columns: { play_id: 'long', played_ts: 'timestamptz', title: 'int' },
    sql: 'select play_id, played_ts, title from plays',
    plays: 'select count(*) from t',
  },
  totals: {
    mode: 'stateful',
    time: 'hour',
    columns: { hour: 'timestamptz', title: 'int', plays: 'long' },
    sql: "select date_trunc('hour', played_ts) as hour, title, count(*) as plays from plays group by all",
    plays: 'select sum(plays)::bigint from t',
  },
};

const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-lookback-'));
const lake = await makeLake(path.join(folder, 'lake'));
try {
  await measure();
} finally {
  await lake.close();
  await rm(folder, { recursive: true, force: true });
}

async function measure() {
  await makeHistory();
  const project = await openPsyberg();
  const rowsOfHour = new Map(hoursFrom(FIRST_HOUR - HISTORY_HOURS, HISTORY_HOURS).map((hour) => [hour, rowsPerHour]));
  const costs = new Map(
    ['Psyberg', ...WINDOWS_H.map(windowName)].flatMap((who) => jobKeys(who).map((key) => [key, cost()])),
  );
  await runPsyberg(project, rowsOfHour, undefined);
  for (const hours of WINDOWS_H) for (const job of Object.keys(JOBS)) await runWindow(job, hours, undefined, undefined);

  const arrivals = new Arrivals(seed, HISTORY_HOURS * rowsPerHour);
  const hours = hoursFrom(FIRST_HOUR, days * 24);
  for (const [n, hour] of hours.entries()) {
    const events = arrivals.in(hour, rowsPerHour);
    await appendRows(
      lake,
      SOURCE,
      events.map(({ row }) => row),
    );
    for (const { eventHour } of events) rowsOfHour.set(eventHour, (rowsOfHour.get(eventHour) ?? 0) + 1);
    await runPsyberg(project, rowsOfHour, costs);
    for (const window of WINDOWS_H) for (const job of Object.keys(JOBS)) await runWindow(job, window, hour, costs);
    if (process.stderr.isTTY) process.stderr.write(`\r  ${n + 1} of ${hours.length} hours`);
  }
  await countMissed(costs, (HISTORY_HOURS + hours.length) * rowsPerHour);
  print(costs, hours.length);
}

function hoursFrom(first, count) {
  return Array.from({ length: count }, (_, n) => first + n);
}
function windowName(hours) {
  return hours % 24 === 0 && hours > 24 ? `lookback of ${hours / 24} days` : `lookback of ${hours} hours`;
}
function jobKeys(who) {
  return Object.keys(JOBS).map((job) => `${who}, ${job}`);
}
function cost() {
  return { read: 0, ms: 0, missed: 0 };
}

/** Everything before the month, on time; each hour a partition. */
async function makeHistory() {
  const columns = { play_id: 'long', played_ts: 'timestamptz', title: 'int' };
  await createTable(lake, SOURCE, columns, { column: 'played_ts', transform: 'hour' });
  const table = await openTable(lake.catalog, parseIdentifier(SOURCE));
  const stepUs = Math.floor(3_600_000_000 / rowsPerHour);
  const firstUs = `${FIRST_HOUR - HISTORY_HOURS} * 3600000000`;
  const sql = `select i as play_id, make_timestamptz(${firstUs} + i * ${stepUs}) as played_ts, (hash(i) % 50)::integer as title
    from range(${HISTORY_HOURS * rowsPerHour}) as t(i)`;
  await fastAppend(table, (await compute(sql, [], table, 'played_ts')).files);
  for (const [job, { columns: target, time }] of Object.entries(JOBS)) {
    for (const hours of WINDOWS_H)
      await createTable(lake, tableOf(job, hours), target, { column: time, transform: partOf(hours) });
  }
}

/** Long windows are written by the day, as one does: hundreds of small files every hour would be unfair to them. */
function partOf(hours) {
  return hours > 24 ? 'day' : 'hour';
}

function tableOf(job, hours) {
  return `lookback.${job}_${hours}h`;
}

function compute(sql, relations, table, time) {
  return lake.engine.transform({
    sql,
    relations,
    parameters: {},
    target: {
      table: table.identifier.name,
      schema: currentSchema(table.metadata),
      spec: defaultSpec(table.metadata),
      time: { kind: 'column', column: time },
      dataLocation: `${table.metadata.location}/data`,
      properties: table.metadata.properties,
    },
    grain: 'hour',
    outside: 'error',
    nullTime: 'keep',
  });
}

async function openPsyberg() {
  const processes = Object.fromEntries(
    Object.entries(JOBS).map(([job, { mode, time, sql }]) => [
      job,
      {
        mode,
        sources: [{ table: SOURCE, time: 'played_ts' }],
        target: { table: `dw.${job}`, time, partition: [`hour(${time})`] },
        transform: { sql },
        // One late row of five months ago is to cost one hour, not five months.
        ...(mode === 'stateful' ? { load: 'changed' } : {}),
      },
    ]),
  );
  const catalog = { type: 'sql', uri: 'sqlite:lake/catalog.db', warehouse: 'lake' };
  await writeFile(path.join(folder, 'psyberg.json'), JSON.stringify({ catalog, processes }));
  const parts = { catalog: lake.catalog, createEngine: async () => lake.engine };
  return openProject(await loadConfig({ cwd: folder, env: {} }), parts);
}

async function runPsyberg(project, rowsOfHour, costs) {
  for (const [job, { mode }] of Object.entries(JOBS)) {
    const { result, ms } = await timed(() => run(project, { processes: [job] }));
    const [report] = result.processes;
    if (report.status !== 'ok') throw report.error ?? new RangeError(report.message);
    if (costs === undefined) continue;
    const one = costs.get(`Psyberg, ${job}`);
    one.ms += ms;
    one.read += mode === 'stateless' ? report.plan.sources[0].rows : rowsIn(report.plan, rowsOfHour);
  }
}

/** Rows of the source in the hours that the session computed. */
function rowsIn(plan, rowsOfHour) {
  const computed = plan.intervals.filter(({ action }) => action === 'overwrite');
  return computed.reduce((sum, { start }) => sum + (rowsOfHour.get(Number(start / 3_600_000_000n)) ?? 0), 0);
}

/** The job as one would write it: read the window of the source, compute, replace the window of the target. Without `hour`: the first load. */
async function runWindow(job, hours, hour, costs) {
  const { result, ms } = await timed(async () => {
    const { sql, time } = JOBS[job];
    const source = await openTable(lake.catalog, parseIdentifier(SOURCE));
    const target = await openTable(lake.catalog, parseIdentifier(tableOf(job, hours)));
    const window = (column) => {
      if (hour === undefined) return alwaysTrue;
      const first = hour + 1 - hours;
      const from = new Date((partOf(hours) === 'day' ? first - (first % 24) : first) * 3_600_000).toISOString();
      return and(greaterThanOrEqual(column, from), lessThan(column, new Date((hour + 1) * 3_600_000).toISOString()));
    };
    const files = (await planFiles(source, { filter: window('played_ts') })).map(({ file }) => file);
    const { files: add, inputs } = await compute(sql, [relationOf('plays', source, files)], target, time);
    await overwriteByFilter(target, { filter: window(time), add });
    return inputs[0].rows;
  });
  if (costs === undefined) return;
  const one = costs.get(`${windowName(hours)}, ${job}`);
  one.ms += ms;
  one.read += result;
}

async function countMissed(costs, all) {
  for (const [job, { plays }] of Object.entries(JOBS)) {
    const tables = [['Psyberg', `dw.${job}`], ...WINDOWS_H.map((hours) => [windowName(hours), tableOf(job, hours)])];
    for (const [who, name] of tables) {
      const table = await openTable(lake.catalog, parseIdentifier(name));
      const files = (await planFiles(table)).map(({ file }) => file);
      const { rows } = await lake.engine.query({ sql: plays, relations: [relationOf('t', table, files)], limit: 1 });
      costs.get(`${who}, ${job}`).missed = all - Number(rows[0][0]);
    }
  }
}

function print(costs, hours) {
  console.log(machine());
  console.log(
    `${hours} hourly runs of ${rowsPerHour} arriving rows (97 % on time, 2 % an hour late, 0.9 % up to a day, 0.1 % up to ${HISTORY_DAYS} days), seed ${seed}.`,
  );
  for (const job of Object.keys(JOBS)) {
    const ours = costs.get(`Psyberg, ${job}`);
    printTable([
      [job, 'rows read', 'Psyberg reads less by, %', 's', 'rows missed'],
      ...['Psyberg', ...WINDOWS_H.map(windowName)].map((who) => {
        const { read, ms, missed } = costs.get(`${who}, ${job}`);
        return [who, read, who === 'Psyberg' ? '' : 100 * (1 - ours.read / read), ms / 1_000, missed];
      }),
    ]);
  }
}
