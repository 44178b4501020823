import type { Catalog } from '@psyberg/iceberg';
import type { Engine } from './engine/engine.ts';
import { nearestName } from './engine/suggest.ts';
import { UsageError } from './errors.ts';
import type { EventListener, PsybergEvent } from './events.ts';
import type { Process, ProcessName } from './process/process.ts';
import type { AuditRow, SessionEvent, WatermarkRow } from './session/rows.ts';
import type { SessionTables } from './session/session-tables.ts';
import type { TableNames } from './session/table-names.ts';

/** What a project is made of; the caller owns catalog and engine until `close`. */
export interface ProjectParts {
  readonly processes: ReadonlyMap<ProcessName, Process>;
  readonly tables: TableNames;
  readonly catalog: Catalog;
  /** Called once for each engine that is used, when rows have to be moved for the first time; no name means the default one. */
  readonly createEngine: (name?: string) => Promise<Engine>;
  /** Processes that chose a named engine. */
  readonly engineOf?: ReadonlyMap<ProcessName, string>;
  readonly openTables: (catalog: Catalog, names: TableNames, clock: () => number) => SessionTables;
  readonly clock?: () => number;
  readonly onEvent?: EventListener;
}

/**
 * A configuration at work: its catalog, its engine (opened when first needed), its session tables, and the events that are still
 * to be stored in them.
 */
export class Project {
  readonly processes: ReadonlyMap<ProcessName, Process>;
  readonly catalog: Catalog;
  readonly tableNames: TableNames;
  readonly tables: SessionTables;
  readonly clock: () => number;
  readonly #createEngine: (name?: string) => Promise<Engine>;
  readonly #engineOf: ReadonlyMap<ProcessName, string>;
  readonly #onEvent: EventListener;
  readonly #engines = new Map<string | undefined, Promise<Engine>>();
  #events: SessionEvent[] = [];
  #watermarks: WatermarkRow[] = [];
  #audits: AuditRow[] = [];

  constructor(parts: ProjectParts) {
    this.processes = parts.processes;
    this.catalog = parts.catalog;
    this.tableNames = parts.tables;
    this.clock = parts.clock ?? Date.now;
    this.tables = parts.openTables(parts.catalog, parts.tables, this.clock);
    this.#createEngine = parts.createEngine;
    this.#engineOf = parts.engineOf ?? new Map();
    this.#onEvent = parts.onEvent ?? (() => undefined);
  }

  /** The default engine. */
  engine = (): Promise<Engine> => this.#open(undefined);

  /** Opens the engine that a process has chosen, when it is first needed. */
  engineFor({ name }: Process): () => Promise<Engine> {
    return () => this.#open(this.#engineOf.get(name));
  }

  #open(name: string | undefined): Promise<Engine> {
    const open = this.#engines.get(name) ?? this.#createEngine(name);
    this.#engines.set(name, open);
    return open;
  }

  emit(event: PsybergEvent): void {
    this.#onEvent(event);
  }

  /** @throws {UsageError} no such process, with a did-you-mean */
  process(name: string): Process {
    const process = this.processes.get(name as ProcessName);
    if (process !== undefined) return process;
    const near = nearestName(name, [...this.processes.keys()]);
    throw new UsageError(
      `There is no process "${name}"${near === undefined ? '.' : `; did you mean "${near}"?`} Configured: ` +
        `${[...this.processes.keys()].join(', ') || 'none'}. Nothing was begun.`,
    );
  }

  /** Keeps rows for the next `flush`, so that a chain takes one commit per table of ours. */
  remember(rows: {
    events?: readonly SessionEvent[];
    watermarks?: readonly WatermarkRow[];
    audits?: readonly AuditRow[];
  }): void {
    this.#events.push(...(rows.events ?? []));
    this.#watermarks.push(...(rows.watermarks ?? []));
    this.#audits.push(...(rows.audits ?? []));
  }

  /** Events not flushed yet, in order. */
  get remembered(): readonly SessionEvent[] {
    return this.#events;
  }

  /** Audit results not flushed yet, in order. */
  get rememberedAudits(): readonly AuditRow[] {
    return this.#audits;
  }

  async flush(): Promise<void> {
    const [events, watermarks, audits] = [this.#events, this.#watermarks, this.#audits];
    this.#events = [];
    this.#watermarks = [];
    this.#audits = [];
    if (events.length + watermarks.length + audits.length > 0) await this.tables.append({ events, watermarks, audits });
  }

  /** Closes the engines that were opened, and the catalog. */
  async close(): Promise<void> {
    for (const engine of this.#engines.values()) await (await engine).close();
    await this.catalog.close();
  }
}
