/**
 * Which files hold one hour of event time, in a table that is partitioned by landing hour and holds a year of files? Its manifests say
 * nothing of event time as a whole, so that each of them has to be looked into. Beside PyIceberg's `plan_files` for the same hour.
 *
 *   node bench/range-read.mjs [--days 365] [--files-per-hour 8] [--runs 5]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  and,
  encodeSingleValue,
  fastAppend,
  greaterThanOrEqual,
  lessThan,
  openTable,
  parseIdentifier,
  planFiles,
} from '@psyberg/iceberg';
import { openLakeCatalog } from './large-table.mjs';
import { bestOf, machine, numberOption, peakMiB, printTable, timed } from './machine.mjs';
import { askPeer, peersPresent } from './peers/peers.mjs';

const days = numberOption('days', 365);
const filesPerHour = numberOption('files-per-hour', 8);
const runs = numberOption('runs', 5);
const TABLE = 'raw.landed';
const FIRST_HOUR = Date.UTC(2023, 0, 1) / 3_600_000;
const HOUR_US = 3_600_000_000n;
const TIME_TYPE = { kind: 'timestamptz' };
const SCHEMA = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'event_id', required: false, type: { kind: 'long' } },
    { id: 2, name: 'event_ts', required: false, type: TIME_TYPE },
    { id: 3, name: 'landed_ts', required: false, type: TIME_TYPE },
  ],
};
const SPEC = {
  specId: 0,
  fields: [{ sourceId: 3, fieldId: 1000, name: 'landed_ts_hour', transform: { kind: 'hour' } }],
};
/** Of each hour's files, one holds what came late, up to two days. */
const LATE_HOURS = 48n;

const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-range-'));
try {
  await makeTable();
  await measure();
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** One commit a day, as a compacted year of manifests looks. */
async function makeTable() {
  const catalog = await openLakeCatalog(folder);
  try {
    await catalog.createNamespace(['raw']);
    await catalog.createTable(parseIdentifier(TABLE), { schema: SCHEMA, partitionSpec: SPEC });
    let table = await openTable(catalog, parseIdentifier(TABLE));
    for (let day = 0; day < days; day += 1) table = (await fastAppend(table, filesOfDay(table, day))).table;
  } finally {
    await catalog.close();
  }
}

function filesOfDay(table, day) {
  return Array.from({ length: 24 * filesPerHour }, (_, n) => {
    const hour = FIRST_HOUR + day * 24 + Math.floor(n / filesPerHour);
    const end = BigInt(hour + 1) * HOUR_US - 1n;
    const start = n % filesPerHour === 0 ? end - LATE_HOURS * HOUR_US : end - HOUR_US + 2n;
    const bound = (event, landed) =>
      new Map([
        [2, encodeSingleValue(TIME_TYPE, event)],
        [3, encodeSingleValue(TIME_TYPE, landed)],
      ]);
    const counts = (value) => new Map([1, 2, 3].map((id) => [id, value]));
    return {
      content: 'data',
      path: `${table.metadata.location}/data/landed_ts_hour=${hour}/part-${n}.parquet`,
      format: 'parquet',
      specId: 0,
      partition: [hour],
      recordCount: 1_000,
      fileSizeBytes: 65_536,
      columnSizes: counts(4_096),
      valueCounts: counts(1_000),
      nullValueCounts: counts(0),
      nanValueCounts: new Map(),
      lowerBounds: bound(start, end - HOUR_US + 2n),
      upperBounds: bound(end, end),
    };
  });
}

async function measure() {
  const hour = FIRST_HOUR + Math.floor(days / 2) * 24 + 7;
  const from = new Date(hour * 3_600_000).toISOString();
  const to = new Date((hour + 1) * 3_600_000).toISOString();
  const filter = and(greaterThanOrEqual('event_ts', from), lessThan('event_ts', to));
  const first = await bestOf(
    runs,
    async () => (await onHandlesOfItsOwn((table) => planFiles(table, { filter }))).length,
  );
  const { repeated, other } = await onHandlesOfItsOwn(async (table) => {
    await planFiles(table, { filter });
    return {
      repeated: await bestOf(runs, async () => (await planFiles(table, { filter })).length),
      other: await timed(async () => (await planFiles(table, { filter: otherHour(hour - 1_000) })).length),
    };
  });
  const peer = peersPresent() ? await measurePeer(from, to) : undefined;
  print(first, repeated, other, peer);
}

function otherHour(hour) {
  const [from, to] = [hour, hour + 1].map((h) => new Date(h * 3_600_000).toISOString());
  return and(greaterThanOrEqual('event_ts', from), lessThan('event_ts', to));
}

async function onHandlesOfItsOwn(work) {
  const catalog = await openLakeCatalog(folder);
  try {
    return await work(await openTable(catalog, parseIdentifier(TABLE)));
  } finally {
    await catalog.close();
  }
}

async function measurePeer(from, to) {
  const request = {
    database: path.join(folder, 'lake', 'catalog.db'),
    warehouse: path.join(folder, 'lake'),
    catalog: 'psyberg',
    table: TABLE,
    filter: `event_ts >= '${from.replace('Z', '+00:00')}' and event_ts < '${to.replace('Z', '+00:00')}'`,
  };
  return {
    anew: await askPeer({ ...request, do: 'plan-range-anew', runs: 1 }),
    again: await askPeer({ ...request, do: 'plan-range', runs: 3 }),
  };
}

function print(first, repeated, other, peer) {
  for (const answer of [repeated, peer?.anew, peer?.again]) {
    if (answer === undefined) continue;
    const found = answer.result ?? answer.found;
    if (found !== first.result) throw new RangeError(`${found} files were found, and ${first.result}.`);
  }
  const base = peer?.again?.ms;
  const line = (name, answer) =>
    answer === undefined
      ? [name, '-', '-', '-']
      : [name, answer.ms, answer.cpuMs, base === undefined ? '-' : answer.ms / base];
  console.log(machine());
  console.log(
    `One hour of event time out of ${(days * 24 * filesPerHour).toLocaleString('en')} files in ${days} manifests: ${first.result} files.`,
  );
  printTable([
    ['', 'ms', 'of it processor', 'ratio to PyIceberg'],
    line('planFiles, nothing known', first),
    line('planFiles, the same again', repeated),
    line('planFiles, another hour of the same table', other),
    line('PyIceberg plan_files, table loaded anew', peer?.anew),
    line('PyIceberg plan_files, best of 3 on one table', peer?.again),
  ]);
  console.log(`Peak memory: ${peakMiB()} MiB; PyIceberg ${Math.round(peer?.again?.peakMiB ?? 0)} MiB.`);
}
