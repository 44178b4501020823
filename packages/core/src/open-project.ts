import type { Catalog } from '@psyberg/iceberg';
import type { Engine } from './engine/engine.ts';
import type { EventListener } from './events.ts';
import type { Process, ProcessName } from './process/process.ts';
import { Project } from './project.ts';
import { openSessionTables } from './session/session-tables.ts';
import type { TableNames } from './session/table-names.ts';

/** What of a configuration a project needs; every `LoadedConfig` is one. */
export interface ProjectConfig {
  readonly processes: ReadonlyMap<ProcessName, Process>;
  readonly tables: TableNames;
  /** Processes that chose a named engine. */
  readonly engineOf?: ReadonlyMap<ProcessName, string>;
}

export interface OpenProjectParts {
  /** Closed with the project. */
  readonly catalog: Catalog;
  /** Called when rows have to be moved for the first time, once for each engine; what it returns is closed with the project. */
  readonly createEngine: (name?: string) => Promise<Engine>;
  readonly clock?: () => number;
  readonly onEvent?: EventListener;
}

/** Puts a configuration to work. Reads and writes nothing yet. */
export async function openProject(config: ProjectConfig, parts: OpenProjectParts): Promise<Project> {
  return new Project({
    processes: config.processes,
    tables: config.tables,
    catalog: parts.catalog,
    createEngine: parts.createEngine,
    ...(config.engineOf && { engineOf: config.engineOf }),
    openTables: (catalog, names, clock) => openSessionTables(catalog, names, { clock }),
    ...(parts.clock && { clock: parts.clock }),
    ...(parts.onEvent && { onEvent: parts.onEvent }),
  });
}
