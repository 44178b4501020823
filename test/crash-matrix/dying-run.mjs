/**
 * `node dying-run.mjs FOLDER POINT`: runs the chain in FOLDER, and the process ends for good at its POINT-th write, without a last
 * word. Each write is two points, before and after: a file made or deleted, data files written by the engine, a table's metadata
 * swapped, a property of a namespace set. Ends with status 99 where it died; else it prints how many points there were.
 */
import path from 'node:path';
import { loadConfig, openProject, run } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { LocalFileIO, SqlCatalog } from '@psyberg/iceberg';

const [folder, pointText] = process.argv.slice(2);
const deadly = Number(pointText);
let points = 0;

function point() {
  points += 1;
  if (points !== deadly) return;
  // Not process.exit: no exit handler of a library may tidy up.
  process.kill(process.pid, 'SIGKILL');
}

/** The method, with a point before and after each call. */
function deadlyMethod(object, name) {
  const original = object[name].bind(object);
  object[name] = async (...args) => {
    point();
    const result = await original(...args);
    point();
    return result;
  };
}

const io = new LocalFileIO();
for (const name of ['create', 'delete']) deadlyMethod(io, name);
const warehouse = path.join(folder, 'warehouse');
const catalog = await SqlCatalog.open({
  uri: `sqlite:${warehouse}/catalog.db`,
  warehouse,
  io,
  faults: { beforeSwap: point, afterSwap: point },
});
for (const name of ['createNamespace', 'compareAndSetNamespaceProperty']) deadlyMethod(catalog, name);

const config = await loadConfig({ cwd: folder, env: {} });
const project = await openProject(config, {
  catalog,
  createEngine: async () => {
    const { type: _, ...options } = config.engine;
    const engine = await createDuckDbEngine(options);
    deadlyMethod(engine, 'transform');
    return engine;
  },
});
const report = await run(project);
await project.close();
const bad = report.processes.filter(({ status }) => status !== 'ok' && status !== 'nothing_to_do');
for (const { process: name, status, message } of bad) process.stderr.write(`${name} ended ${status}: ${message}\n`);
process.stdout.write(`${points}\n`);
process.exitCode = bad.length === 0 ? 0 : 1;
