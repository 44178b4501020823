import type { FileIO } from '../io/file-io.ts';
import type { ManifestEntry } from '../manifest/manifest-entry.ts';

/** Entries kept per `FileIO` before the longest unused manifest is let go; some tens of megabytes. */
const MAX_CACHED_ENTRIES = 50_000;

/**
 * Decoded manifests of one storage. A manifest never changes once it is listed, so what was read stays true;
 * the bound is on entries, because those are what takes memory.
 */
export class ManifestCache {
  readonly #entries = new Map<string, readonly ManifestEntry[]>();
  readonly #maxEntries: number;
  #size = 0;

  constructor(maxEntries = MAX_CACHED_ENTRIES) {
    this.#maxEntries = maxEntries;
  }

  get(key: string): readonly ManifestEntry[] | undefined {
    const found = this.#entries.get(key);
    if (found === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, found);
    return found;
  }

  set(key: string, entries: readonly ManifestEntry[]): void {
    if (entries.length > this.#maxEntries) return;
    this.#remove(key);
    this.#entries.set(key, entries);
    this.#size += entries.length;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= this.#maxEntries) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    this.#size -= this.#entries.get(key)?.length ?? 0;
    this.#entries.delete(key);
  }
}

const caches = new WeakMap<FileIO, ManifestCache>();

/** The cache that lives as long as `io` does. */
export function manifestCacheOf(io: FileIO): ManifestCache {
  const known = caches.get(io);
  if (known !== undefined) return known;
  const cache = new ManifestCache();
  caches.set(io, cache);
  return cache;
}
