/**
 * A table of very many files, and a process that has read all of them but the last commit. Only metadata is written: nothing
 * that is measured here opens a data file, so there are none.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { adopt, loadConfig, openProject } from '@psyberg/core';
import { encodeSingleValue, fastAppend, openSqlCatalog, openTable, parseIdentifier } from '@psyberg/iceberg';

export const SOURCE = 'raw.events';
export const PROCESS = 'events_by_hour';

const TIME_TYPE = { kind: 'timestamptz' };
const TIME_ID = 2;
const FIRST_HOUR = Date.UTC(2023, 8, 1) / 3_600_000;
const HOURS = 240;

const SCHEMA = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'event_id', required: false, type: { kind: 'long' } },
    { id: TIME_ID, name: 'event_ts', required: false, type: TIME_TYPE },
    { id: 3, name: 'kind', required: false, type: { kind: 'string' } },
  ],
};
const SPEC = {
  specId: 0,
  fields: [{ sourceId: TIME_ID, fieldId: 1000, name: 'event_ts_hour', transform: { kind: 'hour' } }],
};

const CONFIG = `catalog: { type: sql, uri: "sqlite:lake/catalog.db", warehouse: lake }
processes:
  ${PROCESS}:
    mode: stateful
    sources: [{ table: ${SOURCE}, time: event_ts }]
    target: { table: dw.${PROCESS}, time: hour, partition: ["hour(hour)"] }
    transform: { sql: "select date_trunc('hour', event_ts) as hour, count(*) as events from events group by all" }
`;

/**
 * Makes the table in an empty folder: `files` files in `commits` commits, which the process then declares as loaded, and one
 * more commit of `late` files.
 *
 * @returns the snapshot that the process has read up to, and the one after it
 */
export async function makeLargeTable(folder, { files, commits, late }) {
  await mkdir(path.join(folder, 'lake'), { recursive: true });
  await writeFile(path.join(folder, 'psyberg.yaml'), CONFIG);
  const catalog = await openLakeCatalog(folder);
  try {
    let table = await makeTables(catalog);
    const perCommit = Math.ceil(files / commits);
    for (let done = 0; done < files; done += perCommit) {
      table = (await fastAppend(table, dataFiles(table, done, Math.min(perCommit, files - done)))).table;
    }
    await adoptAll(folder, catalog);
    table = await openTable(catalog, table.identifier);
    const read = table.metadata.currentSnapshotId;
    const appended = await fastAppend(table, dataFiles(table, files, late));
    return { read, head: appended.snapshot.snapshotId };
  } finally {
    await catalog.close();
  }
}

/** The catalog of such a folder, with files by way of `io` if it is given. The caller closes it. */
export function openLakeCatalog(folder, io) {
  return openSqlCatalog({
    uri: `sqlite:${path.join(folder, 'lake', 'catalog.db')}`,
    warehouse: path.join(folder, 'lake'),
    ...(io && { io }),
  });
}

/** The folder's project on a catalog of its own, so that nothing is remembered from before. The caller closes it. */
export async function openLakeProject(folder, io) {
  const config = await loadConfig({ cwd: folder, env: {} });
  return openProject(config, { catalog: await openLakeCatalog(folder, io), createEngine: noEngine });
}

async function makeTables(catalog) {
  const identifier = parseIdentifier(SOURCE);
  await catalog.createNamespace(['raw']);
  await catalog.createNamespace(['dw']);
  await catalog.createTable(identifier, { schema: SCHEMA, partitionSpec: SPEC });
  const fields = [
    { id: 1, name: 'hour', required: false, type: TIME_TYPE },
    { id: 2, name: 'events', required: false, type: { kind: 'long' } },
  ];
  const hourly = { sourceId: 1, fieldId: 1000, name: 'hour_hour', transform: { kind: 'hour' } };
  await catalog.createTable(parseIdentifier(`dw.${PROCESS}`), {
    schema: { schemaId: 0, fields },
    partitionSpec: { specId: 0, fields: [hourly] },
  });
  return openTable(catalog, identifier);
}

async function adoptAll(folder, catalog) {
  const config = await loadConfig({ cwd: folder, env: {} });
  await adopt(await openProject(config, { catalog, createEngine: noEngine }), { process: PROCESS, at: 'current' });
}

/** Detection that asks for an engine would look into files which are not there. */
async function noEngine() {
  throw new TypeError('Metadata should have said enough; nothing here has an engine.');
}

/** The hour since the epoch that file number `n` belongs to. */
export const hourOf = (n) => FIRST_HOUR + (n % HOURS);

/** Files number `first` to `first + count`, dealt out to the hours in turn, each within its hour. */
export function dataFiles(table, first, count) {
  return Array.from({ length: count }, (_, n) => {
    const hour = hourOf(first + n);
    const startUs = BigInt(hour) * 3_600_000_000n;
    const bound = (us) => new Map([[TIME_ID, encodeSingleValue(TIME_TYPE, us)]]);
    return {
      content: 'data',
      path: `${table.metadata.location}/data/event_ts_hour=${hour}/part-${first + n}.parquet`,
      format: 'parquet',
      specId: table.metadata.defaultSpecId,
      partition: [hour],
      recordCount: 1_000,
      fileSizeBytes: 65_536,
      columnSizes: new Map([[TIME_ID, 4_096]]),
      valueCounts: new Map([[TIME_ID, 1_000]]),
      nullValueCounts: new Map([[TIME_ID, 0]]),
      nanValueCounts: new Map(),
      lowerBounds: bound(startUs + 1_000_000n),
      upperBounds: bound(startUs + 3_599_000_000n),
    };
  });
}
