import { type FileIO, LocalFileIO, MemoryFileIO } from '@psyberg/iceberg';

/**
 * Data files on disk, where the engine reads and writes them by itself; metadata and our own tables in memory, where nobody waits for
 * them to be made durable.
 */
export class WarehouseIO implements FileIO {
  /** Called before and after each write. */
  onWrite: (point: string) => void = () => undefined;
  readonly #disk = new LocalFileIO();
  readonly #memory = new MemoryFileIO();

  #of(location: string): FileIO {
    return location.endsWith('.parquet') && !location.includes('/psyberg/') ? this.#disk : this.#memory;
  }

  read(location: string): Promise<Uint8Array> {
    return this.#of(location).read(location);
  }

  readRange(location: string, start: number, end: number): Promise<Uint8Array> {
    return this.#of(location).readRange(location, start, end);
  }

  size(location: string): Promise<number> {
    return this.#of(location).size(location);
  }

  exists(location: string): Promise<boolean> {
    return this.#of(location).exists(location);
  }

  async create(location: string, content: Uint8Array): Promise<void> {
    this.onWrite(`before create of ${kindOf(location)}`);
    await this.#of(location).create(location, content);
    this.onWrite(`after create of ${kindOf(location)}`);
  }

  async delete(location: string): Promise<void> {
    this.onWrite(`before delete of ${kindOf(location)}`);
    await this.#of(location).delete(location);
    this.onWrite(`after delete of ${kindOf(location)}`);
  }

  async *list(prefix: string): ReturnType<FileIO['list']> {
    yield* this.#disk.list(prefix);
    yield* this.#memory.list(prefix);
  }
}

function kindOf(location: string): string {
  if (location.endsWith('.parquet')) return 'data';
  if (location.endsWith('.json')) return 'metadata';
  return location.includes('/snap-') ? 'manifest list' : 'manifest';
}
