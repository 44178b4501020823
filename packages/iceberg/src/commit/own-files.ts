import type { FileIO } from '../io/file-io.ts';
import { mapConcurrently } from '../scan/map-concurrently.ts';

/** Deleted or written at once. */
const CONCURRENCY = 8;

/** The metadata files that one commit wrote over all its attempts, to delete those which no snapshot came to need. */
export class OwnFiles {
  readonly #io: FileIO;
  readonly #locations = new Set<string>();

  constructor(io: FileIO) {
    this.#io = io;
  }

  async create(location: string, content: Uint8Array): Promise<void> {
    // Noted first: a write that fails may have left something behind.
    this.#locations.add(location);
    await this.#io.create(location, content);
  }

  /**
   * Deletes what was written but for `used`. Only to be called when the outcome is known. A file that cannot be deleted stays:
   * it is an orphan that cleaning up the table finds, and no reason to report a finished commit as failed.
   */
  async deleteUnused(used: ReadonlySet<string>): Promise<void> {
    const unused = [...this.#locations].filter((location) => !used.has(location));
    await mapConcurrently(unused, CONCURRENCY, async (location) => {
      await this.#io.delete(location).catch(() => undefined);
      this.#locations.delete(location);
    });
  }
}
