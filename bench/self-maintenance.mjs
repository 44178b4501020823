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
const PROCESSES = 10;
const HOUR_MS = 3_600_000;
const REPEATS = 9;

/** In memory where the system offers it, so that no disk is measured. */
const folder = await mkdtemp(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'psyberg-self-'));
const warehouse = path.join(folder, 'warehouse');
const begunMs = Date.now() - Number(values.sessions) * HOUR_MS;

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

async function prepare() {
  const lake = await makeLake(warehouse);
  await createTable(lake, 'raw.events', { id: 'long', ts: 'timestamptz' });
  await appendRows(lake, 'raw.events', [{ id: 1, ts: '2023-09-14 01:00:00Z' }]);
  await lake.close();
  const catalog = { type: 'sql', uri: 'sqlite:warehouse/catalog.db', warehouse: 'warehouse' };
  await writeFile(path.join(folder, 'psyberg.json'), JSON.stringify({ catalog, processes }));
}

async function open(nowMs, onRead = () => undefined) {
  const config = await loadConfig({ cwd: folder, env: {} });
  const io = observeFileIO(new LocalFileIO(), ({ kind, location }) => kind.startsWith('read') && onRead(location));
  return openProject(config, {
    catalog: await SqlCatalog.open({ uri: `sqlite:${warehouse}/catalog.db`, warehouse, io }),
    createEngine: () => createDuckDbEngine({ allowedLocations: [warehouse] }),
    clock: () => nowMs,
  });
}

/** Best of some runs, each of a project of its own, as a command opens it: time, of it the processor's, and files read. */
async function emptyRun(nowMs) {
  let best;
  for (let n = 0; n < REPEATS; n += 1) {
    const reads = { json: 0, avro: 0, parquet: 0 };
    const begun = performance.now();
    const cpu = process.cpuUsage();
    const project = await open(nowMs, (location) => (reads[location.slice(location.lastIndexOf('.') + 1)] += 1));
    const report = await run(project);
    await project.close();
    const { user, system } = process.cpuUsage(cpu);
    const took = { ms: performance.now() - begun, cpuMs: (user + system) / 1000, reads };
    if (best === undefined || took.cpuMs < best.cpuMs) best = took;
    const busy = report.processes.filter(({ status }) => status !== 'nothing_to_do');
    assert.equal(busy.length, 0, `the run was not empty: ${busy.map(({ message }) => message).join('; ')}`);
  }
  return best;
}

const told = ({ ms, cpuMs, reads }) =>
  `empty run ${ms.toFixed(0)} ms, of it processor ${cpuMs.toFixed(0)} ms, reads ${reads.json} metadata, ${reads.avro} Avro, ${reads.parquet} Parquet files`;

/** What the first run stored, and so what every other is made of. */
async function storedFirst(project) {
  const known = await project.tables.sessions();
  return {
    events: known.filter(({ state }) => state === 'committed'),
    watermarks: await project.tables.watermarks(),
    audits: await project.tables.audits(),
  };
}

/** As the runs of `count` hours store it, from the hour `first` on. The session that the targets hold is the last one, as it is in life. */
async function storeSessions({ events, watermarks, audits }, first, count) {
  const project = await open(begunMs);
  let nowMs = begunMs;
  const tables = openSessionTables(project.catalog, project.tableNames, { clock: () => nowMs });
  for (let n = first; n < first + count; n += 1) {
    nowMs = begunMs + n * HOUR_MS;
    const isLast = n === first + count - 1;
    const session = isLast ? events[0].session : `hour-${n}`;
    await tables.append({
      events: events.map((event) => ({ ...event, session, recordedAtMs: nowMs, plan: { ...event.plan, session } })),
      watermarks: watermarks.map((row) => ({ ...row, session, committedAtMs: nowMs })),
      audits: audits.map((row) => ({ ...row, session, recordedAtMs: nowMs })),
    });
    await tables.maintain();
  }
  await project.close();
  return nowMs;
}

async function sizes() {
  const lines = [];
  for (const table of ['sessions', 'watermarks', 'audits']) {
    for (const kind of ['metadata', 'data']) {
      const entries = await readdir(path.join(warehouse, 'psyberg', table, kind), {
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

await prepare();
const first = await open(begunMs);
await run(first);
const stored = await storedFirst(first);
await first.close();
let nowMs = await storeSessions(stored, 1, 9);
const few = await emptyRun(nowMs + HOUR_MS);
console.log(`after 10 sessions of ${PROCESSES} processes: ${told(few)}; ${await sizes()}`);
const begun = performance.now();
nowMs = await storeSessions(stored, 20, Number(values.sessions) - 10);
console.log(`stored ${values.sessions} sessions of each in ${((performance.now() - begun) / 1000).toFixed(1)} s`);
const many = await emptyRun(nowMs + HOUR_MS);
console.log(
  `after ${values.sessions}: ${told(many)}, ${(many.cpuMs / few.cpuMs).toFixed(2)} times the processor; ${await sizes()}`,
);
console.log(await machine());
await rm(folder, { recursive: true, force: true });
