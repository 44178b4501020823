import { MemoryFileIO } from '../io/memory-file-io.ts';
import type { CatalogFaults } from './catalog-faults.ts';
import { MemoryStore } from './memory-store.ts';
import { StoredCatalog, type StoredCatalogOptions } from './stored-catalog.ts';

/**
 * A catalog in memory, over files in memory unless another `io` is given; behaves exactly as the SQL catalog does.
 *
 * ```ts
 * const first = new MemoryCatalog();
 * const second = first.anotherHandle(); // as another process would see it
 * ```
 */
export class MemoryCatalog extends StoredCatalog {
  readonly #rows: MemoryStore;
  readonly #options: StoredCatalogOptions;

  constructor(options: Partial<StoredCatalogOptions> = {}, rows = new MemoryStore()) {
    const complete: StoredCatalogOptions = {
      name: 'memory',
      warehouse: 'memory:/warehouse',
      io: new MemoryFileIO(options.clock === undefined ? {} : { clock: options.clock }),
      ...options,
    };
    super(rows, complete);
    this.#rows = rows;
    this.#options = complete;
  }

  /** A second catalog on the same tables and files, with its own faults; the two race each other like processes. */
  anotherHandle(faults: CatalogFaults = {}): MemoryCatalog {
    return new MemoryCatalog({ ...this.#options, faults }, this.#rows);
  }
}
