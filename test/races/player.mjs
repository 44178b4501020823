/**
 * `node player.mjs FOLDER`, as a child with a channel: a second process that lives through many rounds, and in each does what it is
 * told: runs processes as `psyberg run` would, or does to a target what others do to theirs.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { openSessionTables, run } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { expireSnapshots, headOf, openTable, parseIdentifier } from '@psyberg/iceberg';
import { compact, foreignAppend } from '../crash-matrix/scenarios.mjs';
import { openWorld } from '../crash-matrix/world.mjs';

const [folder] = process.argv.slice(2);
const engine = await createDuckDbEngine({ allowedLocations: [folder], threads: 1 });
const world = await openWorld(folder, engine);

/** A catalog that has no properties of namespaces that count: every lease is free, and only the fence is left. */
function withoutLease(catalog) {
  const answers = { compareAndSetNamespaceProperty: async () => true, namespaceProperties: async () => ({}) };
  return new Proxy(catalog, {
    get(target, name) {
      const value = answers[name] ?? Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

const DEEDS = {
  async run({ processes, session, lease = true }) {
    const catalog = lease ? world.catalog : withoutLease(world.catalog);
    const project = await world.project({ catalog });
    const report = await run(project, { ...(processes && { processes }), ...(session && { session }) });
    return report.processes.map(({ process, status, message, error }) => ({
      process,
      status,
      message,
      code: error?.code,
    }));
  },
  append: ({ table }) => untilDone(() => foreignAppend(world, table)),
  compact: ({ table }) => untilDone(() => compact(world, `dw.${table}`)),
  /** As `run` stores what happened, in one commit for each table of ours. */
  async store({ sessions: names }) {
    const begun = performance.now();
    const project = await world.project();
    const tables = openSessionTables(world.catalog, project.tableNames, { clock: Date.now });
    const [event] = await tables.events({ session: 'first' });
    const [watermark] = (await tables.watermarks()).filter((row) => row.session === 'first');
    const [audit] = await tables.audits({ session: 'first' });
    for (const session of names) {
      const at = { session, recordedAtMs: Date.now() };
      await tables.append({
        events: [{ ...event, ...at }],
        watermarks: [{ ...watermark, session, committedAtMs: at.recordedAtMs }],
        audits: [{ ...audit, ...at }],
      });
    }
    return Math.round(performance.now() - begun);
  },
  /** All but the newest snapshots of the branch; nobody's staged ones. */
  async expire({ table, keep }) {
    const opened = await openTable(world.catalog, parseIdentifier(`dw.${table}`));
    const ancestors = [];
    for (
      let at = headOf(opened.metadata);
      at;
      at = opened.metadata.snapshots.find((s) => s.snapshotId === at.parentSnapshotId)
    )
      ancestors.push(at.snapshotId);
    const gone = ancestors.slice(keep);
    if (gone.length > 0) await untilDone(() => expireSnapshots(opened, gone));
    return gone.length;
  },
};

/** Others lose races too, and try again as they see fit. */
async function untilDone(deed) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await deed();
    } catch (error) {
      if (error.code !== 'ICE_COMMIT_CONFLICT' || attempt === 20) throw error;
    }
  }
}

process.on('message', async ({ id, deed, afterMs = 0, ...options }) => {
  try {
    await pause(afterMs);
    process.send({ id, result: (await DEEDS[deed](options)) ?? null });
  } catch (error) {
    process.send({ id, failure: error?.stack ?? String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send({ id: 0, result: 'ready' });
