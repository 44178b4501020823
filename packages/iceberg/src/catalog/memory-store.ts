import type { CatalogStore, StoredName } from './catalog-store.ts';
import { isWithinNamespace } from './namespace-text.ts';

/**
 * Catalog rows in memory. Each method runs to its end before another starts, so all are atomic; handles that shall race
 * each other share one instance.
 */
export class MemoryStore implements CatalogStore {
  readonly #namespaces = new Map<string, Map<string, string>>();
  /** Namespace to table name to metadata location. */
  readonly #tables = new Map<string, Map<string, string>>();

  async namespaceExists(namespace: string): Promise<boolean> {
    return this.#exists(namespace);
  }

  async listNamespaces(): Promise<readonly string[]> {
    return [...new Set([...this.#namespaces.keys(), ...this.#tables.keys()])];
  }

  async namespaceProperties(namespace: string): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries(this.#namespaces.get(namespace) ?? []);
  }

  async createNamespace(namespace: string, properties: Readonly<Record<string, string>>): Promise<boolean> {
    if (this.#exists(namespace)) return false;
    this.#namespaces.set(namespace, new Map(Object.entries(properties)));
    return true;
  }

  async dropNamespace(namespace: string): Promise<'dropped' | 'missing' | 'not-empty'> {
    if (!this.#exists(namespace)) return 'missing';
    const isBelow = (candidate: string): boolean => candidate.startsWith(`${namespace}.`);
    if (this.#tables.has(namespace) || this.#names().some(isBelow)) return 'not-empty';
    this.#namespaces.delete(namespace);
    return 'dropped';
  }

  async compareAndSetNamespaceProperty(
    namespace: string,
    key: string,
    expected: string | undefined,
    next: string | undefined,
  ): Promise<'changed' | 'different' | 'missing'> {
    if (!this.#exists(namespace)) return 'missing';
    const properties = this.#namespaces.get(namespace) ?? new Map<string, string>();
    if (properties.get(key) !== expected) return 'different';
    this.#namespaces.set(namespace, properties);
    if (next === undefined) properties.delete(key);
    else properties.set(key, next);
    return 'changed';
  }

  async listTables(namespace: string): Promise<readonly string[]> {
    return [...(this.#tables.get(namespace)?.keys() ?? [])];
  }

  async metadataLocations(): Promise<readonly string[]> {
    return [...this.#tables.values()].flatMap((tables) => [...tables.values()]);
  }

  async metadataLocation(table: StoredName): Promise<string | undefined> {
    return this.#location(table);
  }

  async insertTable(table: StoredName, metadataLocation: string): Promise<boolean> {
    if (this.#location(table) !== undefined) return false;
    this.#put(table, metadataLocation);
    return true;
  }

  async swapMetadata(table: StoredName, expected: string, next: string): Promise<boolean> {
    if (this.#location(table) !== expected) return false;
    this.#put(table, next);
    return true;
  }

  async deleteTable(table: StoredName): Promise<boolean> {
    return this.#remove(table);
  }

  async renameTable(from: StoredName, to: StoredName): Promise<'renamed' | 'missing' | 'exists'> {
    const location = this.#location(from);
    if (location === undefined) return 'missing';
    if (this.#location(to) !== undefined) return 'exists';
    this.#remove(from);
    this.#put(to, location);
    return 'renamed';
  }

  async close(): Promise<void> {}

  #names(): string[] {
    return [...this.#namespaces.keys(), ...this.#tables.keys()];
  }

  #exists(namespace: string): boolean {
    return this.#names().some((candidate) => isWithinNamespace(candidate, namespace));
  }

  #location({ namespace, name }: StoredName): string | undefined {
    return this.#tables.get(namespace)?.get(name);
  }

  #put({ namespace, name }: StoredName, location: string): void {
    const tables = this.#tables.get(namespace) ?? new Map<string, string>();
    this.#tables.set(namespace, tables.set(name, location));
  }

  #remove({ namespace, name }: StoredName): boolean {
    const tables = this.#tables.get(namespace);
    const removed = tables?.delete(name) ?? false;
    if (tables?.size === 0) this.#tables.delete(namespace);
    return removed;
  }
}
