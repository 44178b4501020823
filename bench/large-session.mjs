/**
 * One session over many rows, rows passed through and an aggregate, beside DuckDB alone that does the same read, transform and
 * partitioned write of the same files. The session's count audits and table commits are in its time.
 *
 *   node bench/large-session.mjs [--rows 10000000] [--hours 48] [--runs 3]
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { loadConfig, openProject, run } from '@psyberg/core';
import { fastAppend, openTable, parseIdentifier } from '@psyberg/iceberg';
import { createTable, filesOf, makeLake, writeQuery } from '../examples/lake.mjs';
import { machine, numberOption, peakMiB, printTable, timed } from './machine.mjs';

const rows = numberOption('rows', 10_000_000);
const hours = numberOption('hours', 48);
const runs = numberOption('runs', 3);
const SOURCE = 'raw.plays';

/** The transform is one text for both sides; only the name of what it reads differs. */
const WORK = {
  'rows through': {
    mode: 'stateless',
    column: 'played_ts',
    sql: (from) => `select play_id, played_ts, account, title, watched_ms / 1000.0 as watched_s, device from ${from}`,
    audits: [{ audit: 'source_target_count' }],
  },
  aggregate: {
    mode: 'stateful',
    column: 'hour',
    sql: (from) =>
      `select date_trunc('hour', played_ts) as hour, title, count(*) as plays, sum(watched_ms) as watched_ms from ${from} group by all`,
    audits: [{ audit: 'row_count', min: 1 }],
  },
};

const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-large-'));
const lake = await makeLake(path.join(folder, 'lake'));
try {
  await makeSource();
  const measured = [];
  for (const [name, work] of Object.entries(WORK)) measured.push(await measure(name, work));
  print(measured);
} finally {
  await lake.close();
  await rm(folder, { recursive: true, force: true });
}

async function makeSource() {
  const columns = {
    play_id: 'long',
    played_ts: 'timestamptz',
    account: 'int',
    title: 'string',
    watched_ms: 'long',
    device: 'string',
  };
  await createTable(lake, SOURCE, columns, { column: 'played_ts', transform: 'hour' });
  const table = await openTable(lake.catalog, parseIdentifier(SOURCE));
  const stepUs = Math.floor((hours * 3_600_000_000) / rows);
  const files = await writeQuery(
    lake.engine,
    table,
    `select i as play_id, make_timestamptz(1694649600000000 + i * ${stepUs}) as played_ts, (hash(i) % 500000)::integer as account,
        'title ' || (hash(i + 1) % 2000) as title, (hash(i + 2) % 7200000)::bigint as watched_ms,
        ['tv', 'phone', 'tablet', 'browser'][1 + (hash(i + 3) % 4)::integer] as device
      from range(${rows}) as t(i)`,
  );
  await fastAppend(table, files);
}

/** Turn about, so that what else the machine does meets both alike. */
async function measure(name, work) {
  const sources = await filesOf(lake, SOURCE);
  const ours = [];
  const alone = [];
  for (let n = 0; n < runs; n += 1) {
    alone.push(await timed(() => duckDbAlone(work, sources, path.join(folder, `alone-${work.mode}-${n}`))));
    ours.push(await timed(() => session(work, n)));
  }
  return { name, ours: least(ours), alone: least(alone) };
}

async function duckDbAlone(work, sources, to) {
  const database = await DuckDBInstance.create(':memory:');
  const connection = await database.connect();
  try {
    await mkdir(to, { recursive: true });
    const files = `read_parquet([${sources.map((file) => `'${file}'`).join(', ')}])`;
    await connection.run("set timezone = 'UTC'");
    await connection.run(
      `copy (select *, date_trunc('hour', ${work.column})::varchar as p from (${work.sql(files)})) to '${to}' ` +
        '(format parquet, compression zstd, partition_by (p))',
    );
  } finally {
    connection.closeSync();
    database.closeSync();
    await rm(to, { recursive: true, force: true });
  }
}

/** A first session of a process of its own, on a target of its own. */
async function session(work, n) {
  const name = `${work.mode}_${n}`;
  const config = {
    catalog: { type: 'sql', uri: `sqlite:${lake.folder}/catalog.db`, warehouse: lake.folder },
    processes: {
      [name]: {
        mode: work.mode,
        sources: [{ table: SOURCE, time: 'played_ts' }],
        target: { table: `dw.${name}`, time: work.column, partition: [`hour(${work.column})`] },
        transform: { sql: work.sql('plays') },
        audits: work.audits,
      },
    },
  };
  await writeFile(path.join(folder, 'psyberg.json'), JSON.stringify(config));
  const parts = { catalog: lake.catalog, createEngine: async () => lake.engine };
  const project = await openProject(await loadConfig({ cwd: folder, env: {} }), parts);
  const [report] = (await run(project)).processes;
  if (report.status !== 'ok') throw report.error ?? new RangeError(report.message);
  return report.stepsMs;
}

function least(times) {
  return times.reduce((best, one) => (one.ms < best.ms ? one : best));
}

function print(measured) {
  console.log(machine());
  console.log(`One session over ${rows.toLocaleString('en')} rows in ${hours} hours; best of ${runs}.`);
  printTable([
    ['', 'session, ms', 'DuckDB alone, ms', 'ratio', 'processor, ms', 'DuckDB alone, ms', 'ratio'],
    ...measured.map(({ name, ours, alone }) => [
      name,
      ours.ms,
      alone.ms,
      ours.ms / alone.ms,
      ours.cpuMs,
      alone.cpuMs,
      ours.cpuMs / alone.cpuMs,
    ]),
  ]);
  const names = Object.keys(measured[0].ours.result);
  console.log('Steps of the session, ms:');
  printTable([
    ['', ...names],
    ...measured.map(({ name, ours }) => [name, ...names.map((step) => ours.result[step] ?? 0)]),
  ]);
  console.log(`Peak memory of this process, making the source included: ${peakMiB()} MiB.`);
}
