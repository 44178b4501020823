import { isAbsolute, resolve } from 'node:path';
import { formatIdentifier } from '@psyberg/iceberg';
import type { ConfigPath } from './config-path.ts';
import { notThereYet } from './later.ts';
import type { LoadedCatalog, LoadedConfig, LoadedEngine } from './loaded-config.ts';
import { type ParseContext, toTable } from './parse-values.ts';
import { DEFAULT_CATALOG, DEFAULT_TABLES } from './root-defaults.ts';
import type { ShapedConfig } from './schema.ts';

/** The folder that a relative path at some place of the configuration is relative to. */
export type BaseOf = (path: ConfigPath) => string;

export function toLoadedCatalog(config: ShapedConfig['catalog'], baseOf: BaseOf, context: ParseContext): LoadedCatalog {
  if (config?.type === 'memory') return { type: 'memory' };
  const uri = config?.uri ?? DEFAULT_CATALOG.uri;
  const warehouse = config?.warehouse ?? DEFAULT_CATALOG.warehouse;
  return {
    type: 'sql',
    uri: toSqliteUri(uri, baseOf(['catalog', 'uri']), context),
    warehouse: isUri(warehouse) ? warehouse : resolve(baseOf(['catalog', 'warehouse']), warehouse),
    ...(config?.name !== undefined && { name: config.name }),
  };
}

function toSqliteUri(uri: string, base: string, context: ParseContext): string {
  const path = ['catalog', 'uri'];
  if (/^postgres(ql)?:/.test(uri)) context.problems.add(path, notThereYet('a catalog in PostgreSQL'));
  else if (!/^sqlite:./.test(uri))
    context.problems.add(path, `${context.show(path)} is not the URI of a catalog; write sqlite:PATH.`);
  // Three slashes before a relative path, four before an absolute one: how PyIceberg's users know it.
  const file = uri.slice('sqlite:'.length).replace(/^\/\/\//, '');
  return `sqlite:${isAbsolute(file) ? file : resolve(base, file)}`;
}

const isUri = (text: string): boolean => /^[a-z][a-z0-9+.-]+:\//i.test(text);

export function toLoadedEngine(config: ShapedConfig['engine'], path: ConfigPath, baseOf: BaseOf): LoadedEngine {
  const { memoryLimit, threads, tempDirectory } = config ?? {};
  return {
    type: 'duckdb',
    ...(memoryLimit !== undefined && { memoryLimit }),
    ...(threads !== undefined && { threads }),
    ...(tempDirectory !== undefined && { tempDirectory: resolve(baseOf([...path, 'tempDirectory']), tempDirectory) }),
  };
}

export function toTables(config: ShapedConfig['tables'], context: ParseContext): LoadedConfig['tables'] {
  const seen = new Map<string, string>();
  const nameOf = (key: keyof typeof DEFAULT_TABLES): string => {
    const path = ['tables', key];
    const name = formatIdentifier(toTable(config?.[key] ?? DEFAULT_TABLES[key], path, context));
    if (seen.has(name))
      context.problems.add(path, `${name} is already the table of ${seen.get(name)}; each needs its own.`);
    seen.set(name, key);
    return name;
  };
  return { sessions: nameOf('sessions'), watermarks: nameOf('watermarks'), audits: nameOf('audits') };
}
