import type { Process, ProcessName } from '../process/process.ts';
import { checkChain } from './check-chain.ts';
import { isMapping } from './config-path.ts';
import { didYouMean } from './did-you-mean.ts';
import type { LoadedCatalog, LoadedConfig, LoadedEngine } from './loaded-config.ts';
import type { ParseContext } from './parse-values.ts';
import type { PreparedConfig } from './prepare-config.ts';
import type { ProblemList } from './problem-list.ts';
import { DEFAULT_CATALOG, DEFAULT_ENGINE, DEFAULT_TABLES } from './root-defaults.ts';
import { type BaseOf, toLoadedCatalog, toLoadedEngine, toTables } from './root-values.ts';
import type { ShapedConfig } from './schema.ts';
import type { SqlFiles } from './sql-files.ts';
import { toProcess } from './to-process.ts';

export type Interpreted = Pick<LoadedConfig, 'catalog' | 'engine' | 'engines' | 'tables' | 'processes' | 'engineOf'>;

/** From a configuration of the right shape to what it means. Problems go to the prepared configuration's list; the result then holds placeholders. */
export function interpretConfig(
  config: ShapedConfig,
  files: SqlFiles,
  prepared: PreparedConfig,
  baseOf: BaseOf,
): Interpreted {
  const context: ParseContext = { problems: prepared.problems, show: prepared.show };
  const entries = Object.entries(config.processes ?? {});
  const processes = entries.map(([name, process]) => toProcess(name, process, files, context));
  const tables = toTables(config.tables, context);
  const catalog: LoadedCatalog = toLoadedCatalog(config.catalog, baseOf, context);
  const engines = new Map<string, LoadedEngine>(
    Object.entries(config.engines ?? {}).map(([name, engine]) => [
      name,
      toLoadedEngine(engine, ['engines', name], baseOf),
    ]),
  );
  const engineOf = chosenEngines(config, engines, context);
  if (prepared.problems.problems.length === 0) checkChain(processes, Object.values(tables), prepared.problems);
  return {
    catalog,
    engine: toLoadedEngine(config.engine, ['engine'], baseOf),
    engines,
    tables,
    processes: new Map<ProcessName, Process>(processes.map((process) => [process.name, process])),
    engineOf,
  };
}

function chosenEngines(
  config: ShapedConfig,
  engines: ReadonlyMap<string, LoadedEngine>,
  context: ParseContext,
): ReadonlyMap<ProcessName, string> {
  const chosen = new Map<ProcessName, string>();
  for (const [name, { engine }] of Object.entries(config.processes ?? {})) {
    if (engine === undefined) continue;
    chosen.set(name as ProcessName, engine);
    if (engines.has(engine)) continue;
    const path = ['processes', name, 'engine'];
    const hint =
      didYouMean(engine, engines.keys()) ||
      (engines.size === 0 ? '; "engines" names none.' : `; there are ${[...engines.keys()].join(', ')}.`);
    context.problems.add(path, `no engine is called ${context.show(path)}${hint}`);
  }
  return chosen;
}

/** What is left of a configuration when everything of a wrong shape is taken out, so that one run can tell the rest of what is wrong. */
export function soundParts(tree: unknown, problems: ProblemList): ShapedConfig {
  const root = isMapping(tree) ? tree : {};
  const sound = <T>(key: string, fallback: T): T =>
    root[key] === undefined || problems.touches([key]) ? fallback : (root[key] as T);
  const processes = isMapping(root.processes) ? Object.entries(root.processes) : [];
  return {
    catalog: sound<ShapedConfig['catalog']>('catalog', DEFAULT_CATALOG),
    engine: sound<ShapedConfig['engine']>('engine', DEFAULT_ENGINE),
    engines: sound<ShapedConfig['engines']>('engines', {}),
    tables: sound<ShapedConfig['tables']>('tables', DEFAULT_TABLES),
    processes: Object.fromEntries(
      processes.filter(([name]) => !problems.touches(['processes', name])),
    ) as ShapedConfig['processes'],
  };
}
