import type { TableIdentifier } from './catalog.ts';

/**
 * Hooks around the swap of a table commit, for tests of races and crashes; never set in production.
 *
 * A hook that throws stands for a connection that breaks at this point: the commit ends in `CommitStateUnknownError`. A
 * hook may also wait, or commit through another handle to make this commit lose the race.
 */
export interface CatalogFaults {
  /** The new metadata file is written, the swap is not yet asked for. */
  readonly beforeSwap?: (table: TableIdentifier) => void | Promise<void>;
  /** The swap was applied, the answer is on its way. */
  readonly afterSwap?: (table: TableIdentifier) => void | Promise<void>;
}
