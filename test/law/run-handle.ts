import type { Engine, PsybergEvent } from '@psyberg/core';
import { formatIdentifier, type MemoryCatalog, type MetadataUpdate, type TableIdentifier } from '@psyberg/iceberg';
import type { WarehouseIO } from './warehouse-io.ts';

export class ProcessDied extends Error {}

/** What may happen at the writes of a run. */
export interface Faults {
  /** Called at each write point, before and after: files, data files of the engine, swaps, namespace properties. May throw. */
  readonly onPoint?: (point: string) => void;
  /** The new metadata is written, the swap not yet asked for. */
  readonly beforeSwap?: (table: string) => Promise<void>;
  /** Leases are neither seen nor taken, as where a catalog has no namespace properties. */
  readonly withoutLease?: boolean;
}

/** The catalog and engine of one run, with its faults, and what it came to. */
export class RunHandle {
  readonly catalog: MemoryCatalog;
  readonly engine: Engine;
  readonly finished = new Set<string>();
  /** Commits of rows or of a record alone to each table that were applied. */
  readonly published = new Map<string, number>();
  /** Processes that are under way. */
  readonly #running = new Set<string>();
  /** Updates of the commits under way, by table. */
  readonly #publishing = new Set<string>();

  constructor(catalog: MemoryCatalog, engine: Engine, io: WarehouseIO, faults: Faults) {
    const point = faults.onPoint ?? (() => undefined);
    io.onWrite = point;
    this.catalog = catalog.anotherHandle({
      beforeSwap: async (table) => {
        point(`before swap of ${kindOf(table)}`);
        await faults.beforeSwap?.(formatIdentifier(table));
      },
      afterSwap: (table) => {
        this.#count(table);
        point(`after swap of ${kindOf(table)}`);
      },
    });
    this.#watchCommits();
    this.#guardNamespaces(point, faults.withoutLease ?? false);
    this.engine = deadly(engine, point);
  }

  isRunning(process: string): boolean {
    return this.#running.has(process);
  }

  onEvent = (event: PsybergEvent): void => {
    if (event.kind === 'process-started') this.#running.add(event.process);
    if (event.kind !== 'process-finished') return;
    this.#running.delete(event.process);
    if (event.status === 'ok' || event.status === 'nothing_to_do') this.finished.add(event.process);
  };

  #watchCommits(): void {
    const commitTable = this.catalog.commitTable.bind(this.catalog);
    this.catalog.commitTable = async (base, requirements, updates) => {
      const name = formatIdentifier(base.identifier);
      if (updates.some(isPublication)) this.#publishing.add(name);
      try {
        return await commitTable(base, requirements, updates);
      } finally {
        this.#publishing.delete(name);
      }
    };
  }

  #count(table: TableIdentifier): void {
    const name = formatIdentifier(table);
    if (this.#publishing.has(name)) this.published.set(name, (this.published.get(name) ?? 0) + 1);
  }

  #guardNamespaces(point: (name: string) => void, withoutLease: boolean): void {
    const { catalog } = this;
    const createNamespace = catalog.createNamespace.bind(catalog);
    catalog.createNamespace = async (...given) => {
      point('before a namespace');
      await createNamespace(...given);
      point('after a namespace');
    };
    const set = catalog.compareAndSetNamespaceProperty.bind(catalog);
    catalog.compareAndSetNamespaceProperty = async (...given) => {
      if (withoutLease) return true;
      point('before a lease');
      const done = await set(...given);
      point('after a lease');
      return done;
    };
    if (withoutLease) catalog.namespaceProperties = async () => ({});
  }
}

/** Of rows, or of a record alone. */
function isPublication(update: MetadataUpdate): boolean {
  if (update.action === 'set-snapshot-ref') return update.refName === 'main';
  return (
    update.action === 'set-properties' &&
    Object.keys(update.updates).some((key) => key.startsWith('psyberg.state.main.'))
  );
}

/** Targets are `dw`, our own tables `psyberg`. */
const kindOf = (table: TableIdentifier): string => (table.namespace[0] === 'dw' ? 'a target' : 'a table of ours');

function deadly(engine: Engine, point: (name: string) => void): Engine {
  return {
    name: engine.name,
    analyze: (...given) => engine.analyze(...given),
    profileTime: (...given) => engine.profileTime(...given),
    query: (...given) => engine.query(...given),
    compare: (...given) => engine.compare(...given),
    close: async () => undefined,
    async transform(...given) {
      point('before data files');
      const result = await engine.transform(...given);
      point('after data files');
      return result;
    },
  };
}
