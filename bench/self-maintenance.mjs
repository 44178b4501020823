/**
 * `node bench/self-maintenance.mjs [--sessions 1000]`: how long an empty `run` of ten processes takes after ten sessions of each and
 * after many, and what our own tables have grown to. The sessions between are stored by the code that a run stores them with, an hour
 * apart by the clock that it is handed; a run's side job follows each, as in a run.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig, openProject, openSessionTables, run } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { LocalFileIO, observeFileIO, SqlCatalog } from '@psyberg/iceberg';
import { appendRows, createTable, makeLake } from '../examples/lake.mjs';
import { machine } from './machine.mjs';

const { values } = parseArgs({ options: { sessions: { type: 'string', default: '1000' } } });
const SESSIONS = Number(values.sessions);
const FEW_SESSIONS = 10;
const PROCESSES = 10;
const HOUR_MS = 3_600_000;
const REPEATS = 9;

/** In memory where the system offers it, so that no disk is measured. */
const parent = await mkdtemp(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'psyberg-self-'));
const endMs = Date.now();

const processes = Object.fromEntries(
  Array.from({ length: PROCESSES }, (_, n) => [
    `copy_${n}`,
    {
      mode: 'stateless',
      sources: [{ table: n === 0 ? 'raw.events' : `dw.copy_${n - 1}`, time: 'ts', as: 'events' }],
      target: { table: `dw.copy_${n}`, time: 'ts', partition: ['day(ts)'] },
      transform: { sql: 'select id, ts from events' },
      audits: [{ audit: 'not_null', columns: ['id'] }],
    },
  ]),
);

/** A project in a folder of its own after the first run and so many hours; returns the folder. */
async function projectAfter(sessions) {
  const folder = path.join(parent, String(sessions));
  const warehouse = path.join(folder, 'warehouse');
  const lake = await makeLake(warehouse);
  await createTable(lake, 'raw.events', { id: 'long', ts: 'timestamptz' });
  await appendRows(lake, 'raw.events', [{ id: 1, ts: '2023-09-14 01:00:00Z' }]);
  await lake.close();
  const catalog = { type: 'sql', uri: 'sqlite:warehouse/catalog.db', warehouse: 'warehouse' };
  await writeFile(path.join(folder, 'psyberg.json'), JSON.stringify({ catalog, processes }));
  const project = await open(folder, endMs - sessions * HOUR_MS);
  await run(project);
  await storeSessions(project, sessions - 1);
  await project.close();
  return folder;
}

async function open(folder, nowMs, onRead = () => undefined) {
  const warehouse = path.join(folder, 'warehouse');
  const config = await loadConfig({ cwd: folder, env: {} });
  const io = observeFileIO(new LocalFileIO(), ({ kind, location }) => kind.startsWith('read') && onRead(location));
  return openProject(config, {
    catalog: await SqlCatalog.open({ uri: `sqlite:${warehouse}/catalog.db`, warehouse, io }),
    createEngine: () => createDuckDbEngine({ allowedLocations: [warehouse] }),
    clock: () => nowMs,
  });
}

/** One empty run of a project of its own, as a command opens it: time, of it the processor's, and files read. */
async function emptyRun(folder, nowMs) {
  const reads = { json: 0, avro: 0, parquet: 0 };
  const begun = performance.now();
  const cpu = process.cpuUsage();
  const project = await open(folder, nowMs, (location) => (reads[location.slice(location.lastIndexOf('.') + 1)] += 1));
  const report = await run(project);
  await project.close();
  const { user, system } = process.cpuUsage(cpu);
  const busy = report.processes.filter(({ status }) => status !== 'nothing_to_do');
  assert.equal(busy.length, 0, `the run was not empty: ${busy.map(({ message }) => message).join('; ')}`);
  return { ms: performance.now() - begun, cpuMs: (user + system) / 1000, reads };
}

const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const median = (runs, measure) => middle(runs.map(measure));

function told(runs) {
  const reads = ['json', 'avro', 'parquet'].map((kind) => median(runs, (one) => one.reads[kind]));
  return (
    `empty run ${median(runs, ({ ms }) => ms).toFixed(0)} ms, of it processor ${median(runs, ({ cpuMs }) => cpuMs).toFixed(0)} ms, ` +
    `reads ${reads[0]} metadata, ${reads[1]} Avro, ${reads[2]} Parquet files`
  );
}

/** What the first run stored, and so what every other is made of. */
async function storedFirst(project) {
  const known = await project.tables.sessions();
  return {
    events: known.filter(({ state }) => state === 'committed'),
    watermarks: await project.tables.watermarks(),
    audits: await project.tables.audits(),
  };
}

/** As the runs of `count` hours store it. The session that the targets hold is told of last, as it is in life. */
async function storeSessions(project, count) {
  const { events, watermarks, audits } = await storedFirst(project);
  const begunMs = project.clock();
  let nowMs = begunMs;
  const tables = openSessionTables(project.catalog, project.tableNames, { clock: () => nowMs });
  for (let n = 1; n <= count; n += 1) {
    nowMs = begunMs + n * HOUR_MS;
    const session = n === count ? events[0].session : `hour-${n}`;
    await tables.append({
      events: events.map((event) => ({ ...event, session, recordedAtMs: nowMs, plan: { ...event.plan, session } })),
      watermarks: watermarks.map((row) => ({ ...row, session, committedAtMs: nowMs })),
      audits: audits.map((row) => ({ ...row, session, recordedAtMs: nowMs })),
    });
    await tables.maintain();
  }
}

async function sizes(folder) {
  const lines = [];
  for (const table of ['sessions', 'watermarks', 'audits']) {
    for (const kind of ['metadata', 'data']) {
      const entries = await readdir(path.join(folder, 'warehouse', 'psyberg', table, kind), {
        withFileTypes: true,
        recursive: true,
      });
      const files = entries.filter((entry) => entry.isFile());
      const bytes = await Promise.all(
        files.map(async (file) => (await stat(path.join(file.parentPath ?? file.path, file.name))).size),
      );
      lines.push(
        `${table}/${kind} ${files.length} files ${Math.round(bytes.reduce((sum, size) => sum + size, 0) / 1024)} KiB`,
      );
    }
  }
  return lines.join(', ');
}

const begun = performance.now();
const small = await projectAfter(FEW_SESSIONS);
const large = await projectAfter(SESSIONS);
console.log(`stored ${SESSIONS} sessions of each in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
const few = [];
const many = [];
const warm = await projectAfter(2);
for (let n = 0; n < REPEATS; n += 1) await emptyRun(warm, endMs + n * HOUR_MS);
// In turn, so that both meet the same machine.
for (let n = 0; n < REPEATS; n += 1) {
  few.push(await emptyRun(small, endMs + n * HOUR_MS));
  many.push(await emptyRun(large, endMs + n * HOUR_MS));
}
const cpuMs = (one) => one.cpuMs;
console.log(`after ${FEW_SESSIONS} sessions of ${PROCESSES} processes: ${told(few)}; ${await sizes(small)}`);
console.log(
  `after ${SESSIONS}: ${told(many)}, ${(median(many, cpuMs) / median(few, cpuMs)).toFixed(2)} times the processor; ` +
    (await sizes(large)),
);
console.log(await machine());
await rm(parent, { recursive: true, force: true });
