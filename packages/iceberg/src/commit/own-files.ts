import type { FileIO } from '../io/file-io.ts';
import { mapConcurrently } from '../scan/map-concurrently.ts';

/** Deleted or written at once. */
const CONCURRENCY = 8;

/** The metadata files that one commit wrote over all its attempts, to delete those which no snapshot came to need. */
export class OwnFiles {
  readonly #io: FileIO;
  readonly #locations = new Set<string>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(io: FileIO) {
    this.#io = io;
  }

  /** Begins to write a file; {@link written} tells how that ends. */
  create(location: string, content: Uint8Array): void {
    // Noted first: a write that fails may have left something behind.
    this.#locations.add(location);
    const writing = this.#io.create(location, content);
    this.#underWay.add(writing);
    // Told of by `written`; a commit that ends before it asks for that has its own reason.
    writing.catch(() => undefined);
  }

  /** Waits until all that was begun is in storage. @throws the first failure, once nothing is being written any more */
  async written(): Promise<void> {
    const underWay = [...this.#underWay];
    this.#underWay.clear();
    for (const result of await Promise.allSettled(underWay)) if (result.status === 'rejected') throw result.reason;
  }

  /**
   * Deletes what was written but for `used`. Only to be called when the outcome is known. A file that cannot be deleted stays:
   * it is an orphan that cleaning up the table finds, and no reason to report a finished commit as failed.
   */
  async deleteUnused(used: ReadonlySet<string>): Promise<void> {
    await Promise.allSettled(this.#underWay);
    this.#underWay.clear();
    const unused = [...this.#locations].filter((location) => !used.has(location));
    await mapConcurrently(unused, CONCURRENCY, async (location) => {
      await this.#io.delete(location).catch(() => undefined);
      this.#locations.delete(location);
    });
  }
}
