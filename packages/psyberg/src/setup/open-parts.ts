import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Engine, type LoadedCatalog, type LoadedEngine, SCRATCH_LOCATION, UsageError } from '@psyberg/core';
import { type Catalog, MemoryCatalog, SqlCatalog } from '@psyberg/iceberg';

/** Connects to the catalog that a configuration names; a SQLite file must be there already. @throws {UsageError} it is not */
export async function openCatalog(catalog: LoadedCatalog): Promise<Catalog> {
  if (catalog.type === 'memory') return new MemoryCatalog();
  requireDatabase(catalog.uri);
  return SqlCatalog.open({ ...catalog, create: false });
}

function requireDatabase(uri: string): void {
  const path = sqlitePath(uri);
  if (path === undefined || existsSync(path)) return;
  const folder = existsSync(dirname(path)) ? '' : ` (nor the folder ${dirname(path)})`;
  throw new UsageError(
    `There is no catalog at ${path}${folder}. Nothing was begun. Point catalog.uri at the database that names your tables, or make a project with data by psyberg new.`,
    { next: ['psyberg new demo', 'psyberg check --show-config'] },
  );
}

/** The file of `sqlite:PATH`, undefined for other databases. */
const sqlitePath = (uri: string): string | undefined => /^sqlite:(?:\/\/\/)?(.+)$/.exec(uri)?.[1];

/**
 * DuckDB is loaded here and not earlier: it takes longer than everything else together. It may look into the `warehouse` from the
 * start; a table that lies elsewhere makes it open anew.
 */
export async function openEngine(engine: LoadedEngine, warehouse: string | undefined): Promise<Engine> {
  const { createDuckDbEngine } = await import('@psyberg/duckdb');
  const { type: _, ...options } = engine;
  const places = warehouse === undefined ? [] : [warehouse];
  return createDuckDbEngine({ ...options, allowedLocations: [...places, SCRATCH_LOCATION] });
}
