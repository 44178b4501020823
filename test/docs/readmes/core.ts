import { loadConfig, openProject, run } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { openSqlCatalog } from '@psyberg/iceberg';

/** Loads what changed in the sources of every process, and tells how each one ended. */
export async function loadChanges(folder: string, uri: string, warehouse: string): Promise<string[]> {
  const config = await loadConfig({ cwd: folder, env: process.env });
  const catalog = await openSqlCatalog({ uri, warehouse });
  const createEngine = () => createDuckDbEngine({ allowedLocations: [warehouse] });
  const project = await openProject(config, { catalog, createEngine, onEvent: ({ kind }) => console.log(kind) });
  const { processes } = await run(project);
  await project.close(); // the catalog too, and the engine if it was needed
  return processes.map(({ process, status, message }) => `${process} ${status}: ${message}`);
}
