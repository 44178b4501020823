import { FileExistsError, FileNotFoundError } from '../errors.ts';
import type { FileInfo, FileIO } from './file-io.ts';

interface StoredFile {
  readonly content: Uint8Array;
  readonly modifiedMs: number;
}

/**
 * Files in memory, gone with the process; every location is its own text (`memory:/a/b` by convention).
 *
 * Handles that shall see the same files share one instance.
 */
export class MemoryFileIO implements FileIO {
  readonly #files = new Map<string, StoredFile>();
  readonly #clock: () => number;

  constructor(options: { readonly clock?: () => number } = {}) {
    this.#clock = options.clock ?? Date.now;
  }

  async read(location: string): Promise<Uint8Array> {
    return this.#file(location).content.slice();
  }

  async readRange(location: string, start: number, end: number): Promise<Uint8Array> {
    return this.#file(location).content.slice(start, Math.max(start, end));
  }

  async size(location: string): Promise<number> {
    return this.#file(location).content.byteLength;
  }

  async exists(location: string): Promise<boolean> {
    return this.#files.has(location);
  }

  async create(location: string, content: Uint8Array): Promise<void> {
    if (this.#files.has(location)) {
      throw new FileExistsError(
        `Could not create ${location}: the name is taken. The file there was not touched. Choose another name.`,
      );
    }
    this.#files.set(location, { content: Uint8Array.from(content), modifiedMs: this.#clock() });
  }

  async delete(location: string): Promise<void> {
    this.#files.delete(location);
  }

  async *list(prefix: string): AsyncGenerator<FileInfo, void, undefined> {
    const folder = `${prefix.replace(/\/+$/, '')}/`;
    for (const [location, { content, modifiedMs }] of this.#files) {
      if (location.startsWith(folder)) yield { location, sizeBytes: content.byteLength, modifiedMs };
    }
  }

  #file(location: string): StoredFile {
    const file = this.#files.get(location);
    if (file !== undefined) return file;
    throw new FileNotFoundError(
      `Could not read ${location}: there is no such file. Nothing was changed. ` +
        'It was never written or has been deleted; files in memory end with their process.',
    );
  }
}
