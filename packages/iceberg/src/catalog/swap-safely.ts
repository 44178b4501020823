import { CommitStateUnknownError, IcebergError } from '../errors.ts';
import type { FileIO } from '../io/file-io.ts';
import { formatIdentifier, type TableIdentifier } from './catalog.ts';
import type { CatalogFaults } from './catalog-faults.ts';

interface Swap {
  readonly identifier: TableIdentifier;
  readonly io: FileIO;
  /** The metadata file that the swap would make current. */
  readonly newFile: string;
  /** Whether it was applied. An error with an outcome other than `unknown` says for certain that it was not. */
  readonly apply: () => Promise<boolean>;
  readonly faults: CatalogFaults;
}

/**
 * Swaps, and keeps or deletes the new metadata file by what is known afterwards: applied, keep; not applied, delete; not
 * known, keep, because the table may point to it.
 *
 * @returns whether the swap was applied
 * @throws {CommitStateUnknownError} it may have been applied
 */
export async function swapSafely(swap: Swap): Promise<boolean> {
  const { identifier, io, newFile, faults } = swap;
  await injected(swap, faults.beforeSwap);
  const applied = await swap.apply().catch(async (error: unknown) => {
    if (!isCertain(error)) throw stateUnknown(identifier, newFile, error);
    await deleteUnused(io, newFile);
    throw error;
  });
  if (applied) await injected(swap, faults.afterSwap);
  else await deleteUnused(io, newFile);
  return applied;
}

const isCertain = (error: unknown): boolean => error instanceof IcebergError && error.outcome !== 'unknown';

/** Whatever a hook throws, it stands for a broken connection. */
async function injected({ identifier, newFile }: Swap, hook: CatalogFaults['beforeSwap']): Promise<void> {
  try {
    await hook?.(identifier);
  } catch (error) {
    throw stateUnknown(identifier, newFile, error);
  }
}

/**
 * A file that nothing points to and nobody will look for. What the caller must hear is why the swap was refused; that a
 * left-over could not be deleted as well must not take its place, and removal of orphan files will find it.
 */
async function deleteUnused(io: FileIO, location: string): Promise<void> {
  await io.delete(location).catch(() => undefined);
}

function stateUnknown(identifier: TableIdentifier, newFile: string, cause: unknown): CommitStateUnknownError {
  return new CommitStateUnknownError(
    `The connection to the catalog broke while ${formatIdentifier(identifier)} was being committed. ` +
      `The commit may or may not have happened; no file was deleted. Load the table: it happened if its metadata is ${newFile} or lists it in the metadata-log.`,
    { cause: cause instanceof CommitStateUnknownError ? cause.cause : cause },
  );
}
