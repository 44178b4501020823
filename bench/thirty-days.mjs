/**
 * `node bench/thirty-days.mjs [--days 30] [--seed 1]`: days of hourly runs of the membership chain while people compact tables, expire
 * all snapshots but the newest, forget runs and roll targets back. At the end every target is compared with a full recompute; prints
 * how long runs took and what our own tables have grown to, by day. Ends with status 1 if anything differs.
 */
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig, openProject, run } from '@psyberg/core';
import { expireSnapshots, headOf, openTable, parseIdentifier } from '@psyberg/iceberg';
import { compareTables } from '../examples/compare-tables.mjs';
import { appendRows } from '../examples/lake.mjs';
import { HERE, makeWarehouse } from '../examples/membership/build.mjs';
import { PLANS, TABLES } from '../examples/membership/events.mjs';
import { TARGETS } from '../examples/membership/proof.mjs';
import { randomOf } from '../test/crash-matrix/random.mjs';
import { compact } from '../test/crash-matrix/scenarios.mjs';
import { machine } from './machine.mjs';

const { values } = parseArgs({
  options: { days: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});
const HOURS = Number(values.days) * 24;
const HOUR_MS = 3_600_000;
const START_MS = Date.parse('2023-09-14T00:00:00Z');
/** Later than this nothing comes; the chain's catch-up threshold lies beyond. */
const LATEST_HOURS = 30;
const RAW = ['raw.signups', 'raw.plan_changes', 'raw.cancels', 'raw.cancel_requests'];

const random = randomOf(Number(values.seed));
const below = (limit) => Math.floor(random() * limit);
const pick = (list) => list[below(list.length)];
const folder = await mkdtemp(path.join('/dev/shm', 'psyberg-days-'));
for (const part of ['psyberg.yaml', 'sql'])
  await cp(path.join(HERE, part), path.join(folder, part), { recursive: true });
const lake = await makeWarehouse(path.join(folder, 'warehouse'));
const config = await loadConfig({ cwd: folder, env: {} });

/** Members who have not left, each with the plan that it holds. */
const members = new Map();
const happened = [];

/**
 * What happens in an hour, each with the hour in which it arrives: of every table something on time, so that no hour waits for ever,
 * and now and then something late.
 */
function tell(hour) {
  const at = (minute) => new Date(START_MS + hour * HOUR_MS + minute * 60_000 + below(60_000)).toISOString();
  const late = () => hour + (random() < 0.8 ? 0 : 1 + below(LATEST_HOURS));
  const add = (table, arrives, row) => happened.push({ table, row, arrives });
  for (const [n, arrives] of [hour, late()].entries()) {
    const account = 10_000 + 2 * hour + n;
    const plan = pick(PLANS).plan_id;
    members.set(account, plan);
    const signup = { signup_id: `S${account}`, account_id: account, plan_id: plan, country: pick(['us', 'de ']) };
    add('raw.signups', arrives, {
      ...signup,
      channel: pick(['web', 'tv', 'partner:telco']),
      trial_days: below(2),
      event_ts: at(n),
    });
  }
  for (const [n, arrives] of [hour, late()].entries()) {
    const account = pick([...members.keys()]);
    const from = members.get(account);
    const to = pick(PLANS.filter((plan) => plan.plan_id !== from)).plan_id;
    members.set(account, to);
    const change = { change_id: `P${hour}-${n}`, account_id: account, from_plan_id: from, to_plan_id: to };
    add('raw.plan_changes', arrives, { ...change, initiated_by: pick(['Member', 'support']), event_ts: at(10 + n) });
  }
  const leaving = pick([...members.keys()]);
  members.delete(leaving);
  const request = { request_id: `R${hour}`, account_id: leaving, reason: 'too expensive' };
  add('raw.cancel_requests', hour, { ...request, withdrawn: random() < 0.3, processing_ts: at(30) });
  const again = { ...request, request_id: `R${hour}-2`, withdrawn: false, processing_ts: at(35) };
  if (random() < 0.3) add('raw.cancel_requests', late(), again);
  add('raw.cancels', hour, {
    cancel_id: `C${hour}`,
    account_id: leaving,
    billing_status: pick(['ok', 'past_due']),
    processing_ts: at(45),
  });
}

const did = { compaction: 0, expiry: 0, rollback: 0, 'skipped run': 0 };
const open = (name) => openTable(lake.catalog, parseIdentifier(name));

async function tamper() {
  const tables = [...RAW, ...TARGETS.map((name) => `dw.${name}`)];
  if (random() < 0.15) {
    await compact(lake, pick(tables));
    did.compaction += 1;
  }
  // What read the table before must still find where that was; expired as well, only a person could tell what to do.
  if (random() < 0.1) return rollBack(`dw.${pick(['cancel_f', 'account_state_d'])}`);
  if (random() < 0.25) {
    for (const name of tables) await expire(name);
    did.expiry += 1;
  }
}

async function expire(name) {
  const table = await open(name);
  const newest = headOf(table.metadata);
  const old = table.metadata.snapshots.filter(({ snapshotId }) => snapshotId !== newest?.snapshotId);
  if (old.length > 0)
    await expireSnapshots(
      table,
      old.map(({ snapshotId }) => snapshotId),
    );
}

/** One snapshot back, if that one is still there. */
async function rollBack(name) {
  const table = await open(name);
  const parent = headOf(table.metadata)?.parentSnapshotId;
  if (!table.metadata.snapshots.some(({ snapshotId }) => snapshotId === parent)) return;
  const ref = { type: 'branch', snapshotId: parent };
  await lake.catalog.commitTable(table, [], [{ action: 'set-snapshot-ref', refName: 'main', ref }]);
  did.rollback += 1;
}

async function runChain(hour) {
  const project = await openProject(config, {
    catalog: lake.catalog,
    createEngine: async () => lake.engine,
    clock: () => Date.now() - (HOURS - hour) * HOUR_MS,
  });
  const cpu = process.cpuUsage();
  const { processes } = await run(project);
  const { user, system } = process.cpuUsage(cpu);
  const bad = processes.filter(({ status }) => status !== 'ok' && status !== 'nothing_to_do');
  if (bad.length > 0)
    throw new Error(`hour ${hour}: ${bad.map(({ process: name, message }) => `${name}: ${message}`).join('; ')}`);
  return (user + system) / 1000;
}

async function ownFiles() {
  const entries = await readdir(path.join(folder, 'warehouse', 'psyberg'), { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.parentPath ?? entry.path);
  return `${files.filter((at) => at.endsWith('/metadata')).length} metadata and ${files.filter((at) => !at.endsWith('/metadata')).length} data files`;
}

let tookMs = [];
for (let hour = 0; hour < HOURS; hour += 1) {
  tell(hour);
  for (const table of RAW) {
    const rows = happened.filter((event) => event.table === table && event.arrives === hour).map(({ row }) => row);
    if (rows.length > 0) await appendRows(lake, table, rows);
  }
  if (random() < 0.1 && hour < HOURS - 1) did['skipped run'] += 1;
  else {
    tookMs.push(await runChain(hour));
    await tamper();
  }
  if (hour % 24 === 23) {
    const median = tookMs.sort((a, b) => a - b)[tookMs.length >> 1];
    console.log(
      `day ${(hour + 1) / 24}: a run ${median?.toFixed(0)} ms of the processor in the middle, slowest ${tookMs.at(-1)?.toFixed(0)}; our tables ${await ownFiles()}`,
    );
    tookMs = [];
  }
}
await runChain(HOURS);

const arrived = happened.filter(({ arrives }) => arrives < HOURS);
const rowsOf = (name) =>
  name === 'ref.plans' ? PLANS : arrived.filter(({ table }) => table === name).map(({ row }) => row);
const until = `timestamptz '${new Date(START_MS + HOURS * HOUR_MS).toISOString()}'`;
const results = await compareTables(lake, {
  sources: Object.fromEntries(
    Object.entries(TABLES).map(([name, { columns }]) => [name.split('.')[1], { columns, rows: rowsOf(name) }]),
  ),
  sql: await readFile(path.join(HERE, 'full-recompute.sql'), 'utf8'),
  targets: TARGETS,
  variables: { loaded_until: until, states_until: until },
});
console.log(
  Object.entries(did)
    .map(([what, count]) => `${what} ${count}`)
    .join(', '),
);
for (const { target, rows, missing, extra } of results)
  console.log(`${target}: ${rows} rows, ${missing} missing, ${extra} extra`);
console.log(machine());
await lake.close();
await rm(folder, { recursive: true, force: true });
process.exitCode = results.every(({ missing, extra }) => missing + extra === 0) ? 0 : 1;
