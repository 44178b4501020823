/**
 * What a process may be at when it dies. `begin` and `prepare` make the world that it finds and tell which batches of rows its targets
 * hold before and after, `act` is what it dies of, `again` what is done afterwards. A `seedless` one is much the same for every seed.
 */
import assert from 'node:assert/strict';
import {
  audit,
  backfill,
  clean,
  commit,
  discard,
  init,
  openSessionTables,
  parseInstant,
  publish,
  recover,
  run,
  write,
} from '@psyberg/core';
import { commitSnapshot, fastAppend, openTable, parseIdentifier, planFiles } from '@psyberg/iceberg';
import { relationOf, writeQuery } from '../../examples/lake.mjs';
import { arrive, CHAIN, drawRows, FOREIGN_HOUR, PROCESSES } from './world.mjs';

const MODES = Object.keys(PROCESSES);
const DAY_MS = 86_400_000;
/** Enough small commits, made long enough ago, for our tables to be compacted and expired. */
const OLD_COMMITS = 64;

const only = (mode) => ({ [mode]: PROCESSES[mode] });

export const SCENARIOS = [
  ...MODES.map(firstRun),
  ...MODES.map(lateRun),
  ...MODES.map(stepsAlone),
  ...MODES.map(publicationOverOthers),
  chainRun(),
  noRowChanges(),
  recompute(),
  severalSessions(),
  givingUp(),
  cleaning(),
  maintenance(),
  pinned(),
  backfilling(),
  recovering(),
];

export const scenarioNamed = (name) => SCENARIOS.find((scenario) => scenario.name === name);

/** Runs all there is. @throws {AssertionError} anything but done or nothing to do */
export async function runAll(world, options = {}) {
  const { processes } = await run(await world.project(), options);
  for (const { process, status, message } of processes) {
    assert.ok(status === 'ok' || status === 'nothing_to_do', `run of ${process} ended ${status}: ${message}`);
  }
  return processes;
}

function firstRun(mode) {
  return {
    name: `first run of ${mode}`,
    processes: only(mode),
    async prepare(world, { early }) {
      await arrive(world, early);
      return { before: [], after: early };
    },
    act: (world) => runAll(world),
    again: (world) => runAll(world),
  };
}

/** Early rows are loaded, late ones have arrived; the same for all scenarios of these processes. */
async function loadAndWait(world, { early, late }) {
  await arrive(world, early);
  await runAll(world);
  await arrive(world, late);
}

async function loadedAndLate(_world, { early, late }) {
  return { before: early, after: [...early, ...late] };
}

function lateRun(mode) {
  return {
    name: `late rows of ${mode}`,
    processes: only(mode),
    begin: loadAndWait,
    prepare: loadedAndLate,
    act: (world) => runAll(world),
    again: (world) => runAll(world),
  };
}

/** Each step as a command of its own. */
async function steps(world, names, options) {
  for (const step of names) await step(await world.project(), options);
}

function stepsAlone(mode) {
  const all = (world) => steps(world, [init, write, audit, publish, commit], { process: mode, session: 's2' });
  return {
    name: `steps of ${mode}`,
    processes: only(mode),
    begin: loadAndWait,
    prepare: loadedAndLate,
    act: all,
    // An orchestrator repeats its tasks; a person may just run.
    again: (world, point) => (point % 2 === 0 ? all(world) : runAll(world)),
  };
}

/** Staged and audited; then others append where no session of ours writes, and put the target's files together. */
function publicationOverOthers(mode) {
  const options = { process: mode, session: 's2' };
  return {
    name: `publication of ${mode} over commits of others`,
    processes: only(mode),
    foreign: 1,
    begin: loadAndWait,
    async prepare(world, rows) {
      const states = await loadedAndLate(world, rows);
      await steps(world, [init, write, audit], options);
      await foreignAppend(world, mode);
      if (mode !== 'copy') await compact(world, `dw.${mode}`);
      return states;
    },
    act: (world) => steps(world, [publish, commit], options),
    again: (world, point) => (point % 2 === 0 ? steps(world, [publish, commit], options) : runAll(world)),
  };
}

function chainRun() {
  return {
    name: 'run of a chain',
    processes: CHAIN,
    begin: loadAndWait,
    prepare: loadedAndLate,
    act: (world) => runAll(world),
    again: (world) => runAll(world),
  };
}

/** Its source was compacted: only the high watermark moves. */
function noRowChanges() {
  return {
    name: 'run that changes no row',
    processes: only('totals'),
    async prepare(world, { early }) {
      await arrive(world, early);
      await runAll(world);
      await compact(world, 'raw.events');
      return { before: early, after: early };
    },
    act: (world) => runAll(world),
    again: (world) => runAll(world),
  };
}

function recompute() {
  return {
    name: 'recompute',
    processes: only('totals'),
    begin: loadAndWait,
    prepare: loadedAndLate,
    act: (world) => runAll(world, { processes: ['totals'], recompute: true }),
    again: (world) => runAll(world),
  };
}

/** Readers may see each part, so that only the end is compared. */
function severalSessions() {
  return {
    name: 'catch-up in several sessions',
    processes: only('totals'),
    parts: true,
    async prepare(world, rows) {
      await arrive(world, [...rows.early, ...rows.late]);
      return { before: [], after: [...rows.early, ...rows.late] };
    },
    act: (world) => runAll(world, { processes: ['totals'], maxIntervals: 2 }),
    again: (world) => runAll(world),
  };
}

/** A staged session is given up. */
function givingUp() {
  const options = { process: 'totals', session: 's2' };
  return {
    name: 'discard',
    processes: only('totals'),
    begin: loadAndWait,
    async prepare(world, rows) {
      const states = await loadedAndLate(world, rows);
      await steps(world, [init, write], options);
      return states;
    },
    act: async (world) => discard(await world.project(), options),
    again: (world) => runAll(world),
  };
}

function cleaning() {
  const options = { process: 'totals', session: 's2' };
  return {
    name: 'clean',
    processes: only('totals'),
    begin: loadAndWait,
    async prepare(world, rows) {
      const states = await loadedAndLate(world, rows);
      await steps(world, [init, write], options);
      await discard(await world.project(), options);
      return states;
    },
    act: async (world) => clean(await world.project({ clock: () => Date.now() + 2 * DAY_MS }), { dryRun: false }),
    again: (world) => runAll(world),
  };
}

/** The snapshot up to which the source was read carries a tag, which moves after publication. */
function pinned() {
  const [source] = PROCESSES.totals.sources;
  return {
    name: 'late rows of a pinned source',
    processes: { totals: { ...PROCESSES.totals, sources: [{ ...source, pin: true }] } },
    begin: loadAndWait,
    prepare: loadedAndLate,
    act: (world) => runAll(world),
    again: (world) => runAll(world),
  };
}

/** Hours are computed again on request, after what is new. */
function backfilling() {
  const options = {
    process: 'totals',
    from: parseInstant('2023-09-14T00:00:00Z'),
    to: parseInstant('2023-09-14T03:00:00Z'),
  };
  return {
    name: 'backfill',
    processes: only('totals'),
    begin: loadAndWait,
    prepare: loadedAndLate,
    act: async (world) => backfill(await world.project(), options),
    again: async (world, point) => {
      if (point % 2 === 0) await backfill(await world.project(), options);
      return runAll(world);
    },
  };
}

/** The session, watermark and audit tables are gone with all their files; they are made anew from the target. */
function recovering() {
  return {
    name: 'recover',
    processes: only('totals'),
    begin: loadAndWait,
    async prepare(world, rows) {
      for (const name of ['sessions', 'watermarks', 'audits'])
        await world.catalog.dropTable(parseIdentifier(`psyberg.${name}`), { purge: true });
      return loadedAndLate(world, rows);
    },
    act: async (world) => recover(await world.project(), { dryRun: false }),
    again: async (world) => {
      await recover(await world.project(), { dryRun: false });
      return runAll(world);
    },
  };
}

function maintenance() {
  const tablesOf = async (world, clock) => {
    const project = await world.project();
    return openSessionTables(world.catalog, project.tableNames, { clock });
  };
  return {
    name: 'maintenance of our own tables',
    seedless: true,
    processes: only('copy'),
    async prepare(world, { early }) {
      await arrive(world, early);
      await runAll(world);
      const [event] = await (await tablesOf(world, Date.now)).events();
      const [watermark] = await (await tablesOf(world, Date.now)).watermarks();
      const [audit] = await (await tablesOf(world, Date.now)).audits();
      const longAgo = Date.now() - 10 * DAY_MS;
      const tables = await tablesOf(world, () => longAgo);
      for (let n = 0; n < OLD_COMMITS; n += 1) {
        const at = { session: `old-${n}`, recordedAtMs: longAgo + n };
        await tables.append({
          events: [{ ...event, ...at }],
          watermarks: [{ ...watermark, session: at.session, committedAtMs: longAgo + n }],
          audits: [{ ...audit, ...at }],
        });
      }
      return { before: early, after: early };
    },
    act: async (world) => (await tablesOf(world, Date.now)).maintain(),
    again: async (world) => {
      await (await tablesOf(world, Date.now)).maintain();
      return runAll(world);
    },
  };
}

const FOREIGN_ROW = {
  copy: `select 1000::bigint as id, timestamptz '${FOREIGN_HOUR}' as ts, 7::bigint as v`,
  totals: `select timestamptz '${FOREIGN_HOUR}' as ts, 1::bigint as n, 7::bigint as v`,
  running: `select timestamptz '${FOREIGN_HOUR}' at time zone 'UTC' as ts, 7::bigint as v`,
};

/** A row of somebody else's in the target of a process. */
export async function foreignAppend(world, process) {
  const table = await openTable(world.catalog, parseIdentifier(`dw.${process}`));
  await fastAppend(table, await writeQuery(world.engine, table, FOREIGN_ROW[process]));
}

/** All files of a table become one for each partition. */
export async function compact(world, name) {
  const table = await openTable(world.catalog, parseIdentifier(name));
  const old = await planFiles(table);
  const relations = [
    relationOf(
      'old',
      table,
      old.map(({ file }) => file),
    ),
  ];
  const files = await writeQuery(world.engine, table, 'select * from old', { relations });
  await commitSnapshot(table, async (base) => {
    const live = new Set((await planFiles(base)).map(({ file }) => file.path));
    if (!old.every(({ file }) => live.has(file.path))) return undefined;
    return { operation: 'replace', added: [{ name: 'compacted', files }], removed: old, summary: () => ({}) };
  });
}

export const rowsOfSeed = drawRows;
