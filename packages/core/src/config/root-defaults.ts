import { isMapping } from './config-path.ts';

export const DEFAULT_CATALOG = { type: 'sql', uri: 'sqlite:warehouse/catalog.db', warehouse: 'warehouse' } as const;
export const DEFAULT_ENGINE = { type: 'duckdb' } as const;
export const DEFAULT_TABLES = {
  sessions: 'psyberg.sessions',
  watermarks: 'psyberg.watermarks',
  audits: 'psyberg.audits',
} as const;
export const DEFAULT_MAX_INTERVALS = 10_000;

/** Fills in what stands outside the processes, value by value, so that an override of one needs no other. Never changes what is there. */
export function withRootDefaults(root: unknown): unknown {
  if (!isMapping(root)) return root;
  return {
    ...root,
    catalog: catalogWithDefaults(root.catalog),
    engine: mappingWith(DEFAULT_ENGINE, root.engine),
    ...(isMapping(root.engines) && {
      engines: Object.fromEntries(
        Object.entries(root.engines).map(([name, engine]) => [
          name,
          isMapping(engine) ? mappingWith(DEFAULT_ENGINE, engine) : engine,
        ]),
      ),
    }),
    tables: mappingWith(DEFAULT_TABLES, root.tables),
  };
}

function catalogWithDefaults(catalog: unknown): unknown {
  const isSql = isMapping(catalog) && (catalog.type === undefined || catalog.type === 'sql');
  return catalog === undefined || isSql ? mappingWith(DEFAULT_CATALOG, catalog) : catalog;
}

const mappingWith = (defaults: Readonly<Record<string, unknown>>, value: unknown): unknown =>
  value === undefined ? { ...defaults } : isMapping(value) ? { ...defaults, ...value } : value;
