import { randomUUID } from 'node:crypto';
import {
  AlreadyExistsError,
  InvalidArgumentError,
  NamespaceNotEmptyError,
  NoSuchNamespaceError,
  NoSuchTableError,
} from '../errors.ts';
import type { FileIO } from '../io/file-io.ts';
import { metadataFromCreate } from '../metadata/create-metadata.ts';
import { parseTableMetadata } from '../metadata/parse-table-metadata.ts';
import type { MetadataUpdate, TableRequirement } from '../metadata/updates.ts';
import {
  type Catalog,
  type CreateTableRequest,
  formatIdentifier,
  type LoadedTable,
  type TableIdentifier,
} from './catalog.ts';
import type { CatalogFaults } from './catalog-faults.ts';
import type { CatalogStore } from './catalog-store.ts';
import { commitMetadata, writeMetadata } from './commit-metadata.ts';
import { EXISTS_PROPERTY, namespaceLevels, namespaceText, storedName } from './namespace-text.ts';
import { purgeFiles } from './purge-files.ts';
import { swapSafely } from './swap-safely.ts';
import { tableLocation } from './warehouse-location.ts';

const TABLES_REMEMBERED_MAX = 64;

export interface StoredCatalogOptions {
  readonly name: string;
  /** Absolute location that new tables are placed below. */
  readonly warehouse: string;
  readonly io: FileIO;
  /** Now, in milliseconds since the epoch. Default: the system's clock. */
  readonly clock?: () => number;
  /** For tests. */
  readonly faults?: CatalogFaults;
}

/**
 * A catalog over rows that name the current metadata file of each table: all of `Catalog` but the rows themselves, so that
 * every such catalog behaves alike.
 */
export class StoredCatalog implements Catalog {
  readonly name: string;
  readonly io: FileIO;
  readonly warehouse: string;
  readonly #store: CatalogStore;
  readonly #clock: () => number;
  readonly #faults: CatalogFaults;
  /** The state read or committed last, by table: metadata files never change, and a run asks for the same one several times. */
  readonly #newest = new Map<string, LoadedTable>();

  protected constructor(store: CatalogStore, options: StoredCatalogOptions) {
    this.name = options.name;
    this.io = options.io;
    this.warehouse = options.warehouse;
    this.#store = store;
    this.#clock = options.clock ?? Date.now;
    this.#faults = options.faults ?? {};
  }

  async createNamespace(
    namespace: readonly string[],
    properties: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const text = namespaceText(namespace);
    const created = await this.#store.createNamespace(text, { ...properties, [EXISTS_PROPERTY]: 'true' });
    if (created) return;
    throw new AlreadyExistsError(
      `Namespace ${text} exists already in catalog ${this.name}. It was not changed. Use it, or choose another name.`,
    );
  }

  async namespaceExists(namespace: readonly string[]): Promise<boolean> {
    return await this.#store.namespaceExists(namespaceText(namespace));
  }

  async listNamespaces(parent: readonly string[] = []): Promise<readonly (readonly string[])[]> {
    if (parent.length > 0) await this.#requireNamespace(namespaceText(parent));
    const below = (await this.#store.listNamespaces())
      .map(namespaceLevels)
      .filter((levels) => levels.length > parent.length && parent.every((level, depth) => levels[depth] === level));
    const children = new Set(below.map((levels) => levels.slice(0, parent.length + 1).join('.')));
    return [...children].sort().map(namespaceLevels);
  }

  async dropNamespace(namespace: readonly string[]): Promise<void> {
    const text = namespaceText(namespace);
    const outcome = await this.#store.dropNamespace(text);
    if (outcome === 'missing') throw this.#noSuchNamespace(text);
    if (outcome === 'not-empty') {
      throw new NamespaceNotEmptyError(
        `Namespace ${text} of catalog ${this.name} has tables, views or namespaces in it. It was not dropped. Drop or move them first.`,
      );
    }
  }

  async namespaceProperties(namespace: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const text = namespaceText(namespace);
    const { [EXISTS_PROPERTY]: marker, ...properties } = await this.#store.namespaceProperties(text);
    if (marker === undefined && Object.keys(properties).length === 0) await this.#requireNamespace(text);
    return properties;
  }

  async compareAndSetNamespaceProperty(
    namespace: readonly string[],
    key: string,
    expected: string | undefined,
    next: string | undefined,
  ): Promise<boolean> {
    const text = namespaceText(namespace);
    if (key === EXISTS_PROPERTY || key === '') {
      throw new InvalidArgumentError(
        `Namespace property "${key}" cannot be set: "exists" marks the namespace itself, and a name cannot be empty. Nothing was changed. Choose another name.`,
      );
    }
    const outcome = await this.#store.compareAndSetNamespaceProperty(text, key, expected, next);
    if (outcome === 'missing') throw this.#noSuchNamespace(text);
    return outcome === 'changed';
  }

  async listTables(namespace: readonly string[]): Promise<readonly TableIdentifier[]> {
    const text = namespaceText(namespace);
    const names = await this.#store.listTables(text);
    if (names.length === 0) await this.#requireNamespace(text);
    return [...names].sort().map((name) => ({ namespace: [...namespace], name }));
  }

  async tableExists(identifier: TableIdentifier): Promise<boolean> {
    return (await this.#store.metadataLocation(storedName(identifier))) !== undefined;
  }

  async loadTable(identifier: TableIdentifier): Promise<LoadedTable> {
    return await this.#loadFrom(identifier, await this.metadataLocation(identifier));
  }

  async metadataLocation(identifier: TableIdentifier): Promise<string> {
    const location = await this.#store.metadataLocation(storedName(identifier));
    if (location === undefined) throw this.#noSuchTable(identifier);
    return location;
  }

  async createTable(identifier: TableIdentifier, request: CreateTableRequest): Promise<LoadedTable> {
    const name = storedName(identifier);
    await this.#requireNamespace(name.namespace);
    if (await this.tableExists(identifier)) throw this.#tableExists(identifier);
    const { location: namespaceLocation } = await this.#store.namespaceProperties(name.namespace);
    const location = request.location ?? tableLocation(this.warehouse, name, namespaceLocation);
    const metadata = metadataFromCreate(request, location, randomUUID(), this.#clock());
    const metadataLocation = await writeMetadata(this.io, metadata, undefined);
    const created = await this.#swap(identifier, metadataLocation, () =>
      this.#store.insertTable(name, metadataLocation),
    );
    if (!created) throw this.#tableExists(identifier);
    return { identifier, metadataLocation, metadata };
  }

  async commitTable(
    base: LoadedTable,
    requirements: readonly TableRequirement[],
    updates: readonly MetadataUpdate[],
  ): Promise<LoadedTable> {
    const name = storedName(base.identifier);
    const committed = await commitMetadata(base, requirements, updates, {
      io: this.io,
      nowMs: this.#clock(),
      currentLocation: () => this.metadataLocation(base.identifier),
      swap: (next) =>
        this.#swap(base.identifier, next, () => this.#store.swapMetadata(name, base.metadataLocation, next)),
    });
    return this.#remember({
      identifier: committed.identifier,
      metadataLocation: committed.metadataLocation,
      metadata: committed.metadata,
    });
  }

  async dropTable(identifier: TableIdentifier, options: { readonly purge?: boolean } = {}): Promise<void> {
    const name = storedName(identifier);
    const table = options.purge === true ? await this.loadTable(identifier) : undefined;
    const locations = table === undefined ? [] : await this.#store.metadataLocations();
    const purge = table === undefined ? undefined : purgeFiles(this.io, table, locations);
    if (!(await this.#store.deleteTable(name))) throw this.#noSuchTable(identifier);
    await purge?.();
  }

  async renameTable(from: TableIdentifier, to: TableIdentifier): Promise<void> {
    const target = storedName(to);
    await this.#requireNamespace(target.namespace);
    const outcome = await this.#store.renameTable(storedName(from), target);
    if (outcome === 'missing') throw this.#noSuchTable(from);
    if (outcome === 'exists') throw this.#tableExists(to);
  }

  async registerTable(identifier: TableIdentifier, metadataLocation: string): Promise<LoadedTable> {
    const name = storedName(identifier);
    await this.#requireNamespace(name.namespace);
    const table = await this.#loadFrom(identifier, metadataLocation);
    if (!(await this.#store.insertTable(name, metadataLocation))) throw this.#tableExists(identifier);
    return table;
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  #swap(identifier: TableIdentifier, newFile: string, apply: () => Promise<boolean>): Promise<boolean> {
    return swapSafely({ identifier, io: this.io, newFile, apply, faults: this.#faults });
  }

  async #loadFrom(identifier: TableIdentifier, metadataLocation: string): Promise<LoadedTable> {
    const known = this.#newest.get(formatIdentifier(identifier));
    if (known?.metadataLocation === metadataLocation) return this.#remember({ ...known, identifier });
    const metadata = parseTableMetadata(await this.io.read(metadataLocation), metadataLocation);
    return this.#remember({ identifier, metadataLocation, metadata });
  }

  /** One state of each of the tables that were used last. */
  #remember(table: LoadedTable): LoadedTable {
    const name = formatIdentifier(table.identifier);
    this.#newest.delete(name);
    this.#newest.set(name, table);
    for (const [oldest] of this.#newest) {
      if (this.#newest.size <= TABLES_REMEMBERED_MAX) break;
      this.#newest.delete(oldest);
    }
    return table;
  }

  async #requireNamespace(namespace: string): Promise<void> {
    if (!(await this.#store.namespaceExists(namespace))) throw this.#noSuchNamespace(namespace);
  }

  #noSuchNamespace(namespace: string): NoSuchNamespaceError {
    return new NoSuchNamespaceError(
      `Namespace ${namespace} is not in catalog ${this.name}. Nothing was changed. Check its spelling and the catalog's name, or create it.`,
    );
  }

  #noSuchTable(identifier: TableIdentifier): NoSuchTableError {
    return new NoSuchTableError(
      `Table ${formatIdentifier(identifier)} is not in catalog ${this.name}. Nothing was changed. ` +
        "Check its spelling and the catalog's name; it may also have been dropped or renamed.",
    );
  }

  #tableExists(identifier: TableIdentifier): AlreadyExistsError {
    return new AlreadyExistsError(
      `${formatIdentifier(identifier)} exists already in catalog ${this.name}, as a table or a view. It was not changed. Load it, or choose another name.`,
    );
  }
}
