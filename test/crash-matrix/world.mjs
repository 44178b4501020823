/**
 * A small warehouse with a process of each mode, rows drawn by a seed, and what its tables must hold by plain arithmetic over the
 * rows in memory: nothing of Psyberg, no SQL.
 */
import { copyFileSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig, openProject } from '@psyberg/core';
import { currentSchema, NoSuchTableError, openTable, parseIdentifier, planFiles, SqlCatalog } from '@psyberg/iceberg';
import { appendRows, createTable } from '../../examples/lake.mjs';
import { randomOf } from '../support/random.mjs';

const DAY = '2023-09-14';
/** Where the rows of others lie: no session of ours ever reaches it. */
export const FOREIGN_HOUR = '2023-09-20 00:00:00Z';
const HOURS = 6;
const timeOf = (hour, minute) => `${DAY} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00Z`;

const source = { table: 'raw.events', time: 'ts', as: 'events' };

/** Target columns that are compared, as one text for each row. */
const SHOWN = {
  copy: "id || ' ' || v",
  totals: "hour(ts at time zone 'UTC') || ' ' || n || ' ' || v",
  running: "hour(ts at time zone 'UTC') || ' ' || v",
};

/** Each alone; a file of the overwriting ones holds all hours of a day, so that most of their commits carry rows. */
export const PROCESSES = {
  copy: {
    mode: 'stateless',
    sources: [source],
    target: { table: 'dw.copy', time: 'ts', partition: ['hour(ts)'] },
    transform: { sql: 'select id, ts, v from events' },
    audits: [{ audit: 'source_target_count' }],
  },
  totals: {
    mode: 'stateful',
    sources: [source],
    target: { table: 'dw.totals', time: 'ts', partition: ['day(ts)'] },
    transform: {
      sql: "select date_trunc('hour', ts) as ts, count(*) as n, sum(v)::bigint as v from events group by all",
    },
    audits: [{ audit: 'unique', columns: ['ts'] }],
  },
  running: {
    mode: 'sequential',
    sources: [source],
    target: { table: 'dw.running', time: 'ts', partition: ['day(ts)'] },
    transform: {
      sql: `select :interval_start as ts,
        coalesce((select sum(v) from previous), 0)::bigint + coalesce((select sum(v) from events), 0)::bigint as v`,
    },
  },
};

/** The same, one reading what the one before wrote. */
export const CHAIN = {
  copy: PROCESSES.copy,
  totals: { ...PROCESSES.totals, sources: [{ ...source, table: 'dw.copy' }] },
  running: { ...PROCESSES.running, sources: [{ ...source, table: 'dw.totals' }] },
};

/** Rows that arrive by the seed: one batch for each commit. `late` has old hours in it always, and a new one mostly. */
export function drawRows(seed) {
  const random = randomOf(seed);
  let id = 0;
  const rowsOf = (hour, count) =>
    Array.from({ length: count }, () => {
      id += 1;
      return { id, ts: timeOf(hour, Math.floor(random() * 60)), v: Math.floor(random() * 100) - 20, hour };
    });
  const early = [0, 1, 2, 3].map((hour) => rowsOf(hour, hour === 0 ? 1 : Math.floor(random() * 3)));
  const late = [rowsOf(Math.floor(random() * 3), 1 + Math.floor(random() * 2))];
  if (random() < 0.8) late.push(rowsOf(HOURS - 1 - Math.floor(random() * 2), 1 + Math.floor(random() * 2)));
  if (random() < 0.5) late.push([...rowsOf(0, 1), ...rowsOf(2, 1)]);
  return { early: early.filter((rows) => rows.length > 0), late };
}

/** A row for each of these hours. */
export const rowsOfHours = (random, ...hours) =>
  hours.map((hour) => ({
    id: Math.floor(random() * 1e12),
    ts: timeOf(hour, Math.floor(random() * 60)),
    v: Math.floor(random() * 100) - 20,
    hour,
  }));

/** What the target of a process must hold after all these rows, as sorted texts. */
export function fullRecompute(process, batches) {
  const rows = batches.flat();
  const sum = (some) => some.reduce((total, { v }) => total + v, 0);
  const inHour = (hour) => rows.filter((row) => row.hour === hour);
  const hours = [...new Set(rows.map(({ hour }) => hour))].sort((a, b) => a - b);
  switch (process) {
    case 'copy':
      return rows.map(({ id, v }) => `${id} ${v}`).sort();
    case 'totals':
      return hours.map((hour) => `${hour} ${inHour(hour).length} ${sum(inHour(hour))}`).sort();
    default: {
      if (hours.length === 0) return [];
      const axis = Array.from({ length: hours.at(-1) - hours[0] + 1 }, (_, n) => hours[0] + n);
      return axis.map((hour) => `${hour} ${sum(rows.filter((row) => row.hour <= hour))}`).sort();
    }
  }
}

/** Makes the folder's warehouse with the empty raw table, and its configuration. */
export async function makeWorld(folder, engine, processes) {
  const warehouse = path.join(folder, 'warehouse');
  await rm(folder, { recursive: true, force: true });
  await mkdir(warehouse, { recursive: true });
  const config = { catalog: { type: 'sql', uri: 'sqlite:warehouse/catalog.db', warehouse: 'warehouse' }, processes };
  await writeFile(path.join(folder, 'psyberg.json'), JSON.stringify(config));
  const world = await openWorld(folder, engine);
  await createTable(world, 'raw.events', { id: 'long', ts: 'timestamptz', v: 'long' });
  return world;
}

/** The world in a folder, as another program would find it. The caller closes it; the engine is shared. */
export async function openWorld(folder, engine, parts = {}) {
  const warehouse = path.join(folder, 'warehouse');
  const catalog = await SqlCatalog.open({ uri: `sqlite:${warehouse}/catalog.db`, warehouse, ...parts });
  const config = await loadConfig({ cwd: folder, env: {} });
  return {
    folder,
    catalog,
    engine,
    /** As one command opens it. */
    project: (options = {}) => openProject(config, { catalog, createEngine: async () => engine, ...options }),
    processes: JSON.parse(await readFile(path.join(folder, 'psyberg.json'), 'utf8')).processes,
    close: () => catalog.close(),
  };
}

/** A copy in another place; files of tables are never changed once they are there, so that both may have the same. */
export function copyWorld(from, to) {
  rmSync(to, { recursive: true, force: true });
  copyFolder(from, to);
}

function copyFolder(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [old, made] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    if (entry.isDirectory()) copyFolder(old, made);
    else if (/\.(parquet|avro|metadata\.json)$/.test(entry.name)) linkSync(old, made);
    else copyFileSync(old, made);
  }
}

export async function arrive(world, batches) {
  for (const rows of batches) await appendRows(world, 'raw.events', rows);
}

/** What readers of a process's target see, as sorted texts; nothing where there is no table yet. Rows of others are left out. */
export async function visibleRows(world, process) {
  const files = await targetFiles(world, process);
  const own = await select(world, process, files, SHOWN[process], `ts <> timestamptz '${FOREIGN_HOUR}'`);
  return own.sort();
}

/** How many rows of others readers see. */
export async function foreignRows(world, process) {
  const files = await targetFiles(world, process);
  return (await select(world, process, files, '1', `ts = timestamptz '${FOREIGN_HOUR}'`)).length;
}

async function targetFiles(world, process) {
  try {
    const table = await openTable(world.catalog, parseIdentifier(`dw.${process}`));
    return { table, files: (await planFiles(table)).map(({ file }) => file) };
  } catch (error) {
    if (error instanceof NoSuchTableError) return { files: [] };
    throw error;
  }
}

async function select(world, process, { table, files }, shown, where) {
  if (files.length === 0) return [];
  const { rows } = await world.engine.query({
    sql: `select (${shown})::varchar from ${process} where ${where}`,
    relations: [{ names: [process], schema: currentSchema(table.metadata), parts: [{ files }] }],
    limit: 1_000_000,
  });
  return rows.map(([text]) => text);
}
