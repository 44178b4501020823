import { formatIdentifier, type LoadedTable } from '../catalog/catalog.ts';
import { CommitConflictError, CommitStateUnknownError, IcebergError, ValidationError } from '../errors.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { MetadataUpdate, TableRequirement } from '../metadata/updates.ts';
import { openTable, refreshTable, type Table } from '../table.ts';
import { commitRetryPolicy, pause, type RetryPolicy, statusCheckPolicy, waitBeforeRetryMs } from './retry-policy.ts';

export interface CommitLoopOptions {
  /** Looked at between attempts; a swap that is under way is waited for. */
  readonly signal?: AbortSignal;
  /** Default: the table's `commit.retry.*` properties. */
  readonly retry?: RetryPolicy;
}

/** One attempt, ready to be swapped in. */
export interface PreparedCommit {
  /** That the table is still the same one is always required besides. */
  readonly requirements: readonly TableRequirement[];
  readonly updates: readonly MetadataUpdate[];
  /** Whether this commit is part of the metadata; asked when the outcome of the swap is unknown. */
  readonly isIn: (metadata: TableMetadata) => boolean;
}

export type PrepareCommit = (base: Table, attempt: number) => Promise<PreparedCommit | undefined>;

/**
 * Optimistic concurrency: refresh, prepare against what is there now, swap; and from the start again when someone else was
 * faster. Attempts count from 1. Only a conflict is retried. A validation is final, because it has seen what the others did;
 * an unknown outcome is never repeated, because the first swap may still take place: the table is read again, and if the
 * commit is there, all is well.
 *
 * @param prepare returns undefined when there is nothing to do; then so does this
 * @throws {CommitConflictError} all attempts were lost; nothing happened
 * @throws {CommitStateUnknownError} the swap may have been applied, or may be yet
 * @throws {ValidationError} the table was dropped and created anew
 * @throws what `prepare` throws; nothing happened then
 */
export async function runCommitLoop(
  table: Table,
  prepare: PrepareCommit,
  options: CommitLoopOptions = {},
): Promise<Table | undefined> {
  const startedMs = performance.now();
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted();
    const base = await refreshTable(table);
    assertSameTable(table, base);
    const prepared = await prepare(base, attempt);
    if (prepared === undefined) return undefined;
    options.signal?.throwIfAborted();
    try {
      return await swap(base, prepared);
    } catch (error) {
      if (!(error instanceof CommitConflictError)) throw error;
      const policy = options.retry ?? commitRetryPolicy(base.metadata.properties);
      if (attempt > policy.retries || performance.now() - startedMs > policy.totalTimeoutMs) {
        throw outOfAttempts(base, attempt, error);
      }
      await pause(waitBeforeRetryMs(policy, attempt, Math.random()), options.signal);
    }
  }
}

async function swap(base: Table, prepared: PreparedCommit): Promise<Table> {
  const requirements = [
    { type: 'assert-table-uuid', uuid: base.metadata.tableUuid } as const,
    ...prepared.requirements,
  ];
  try {
    return opened(base, await base.catalog.commitTable(base, requirements, prepared.updates));
  } catch (error) {
    if (error instanceof IcebergError && error.outcome !== 'unknown') throw error;
    const found = await lookForCommit(base, prepared);
    if (found !== undefined) return found;
    throw error instanceof CommitStateUnknownError ? error : unknownOutcome(base, error);
  }
}

const opened = (base: Table, loaded: LoadedTable): Table => ({ ...loaded, catalog: base.catalog, io: base.io });

/** Reads again what failed to be read, but not what was read and lacks the commit: a second look may come just as early. */
async function lookForCommit(base: Table, prepared: PreparedCommit): Promise<Table | undefined> {
  const policy = statusCheckPolicy(base.metadata.properties);
  for (let retry = 0; ; retry++) {
    try {
      const now = await openTable(base.catalog, base.identifier);
      const isSameTable = now.metadata.tableUuid === base.metadata.tableUuid;
      return isSameTable && prepared.isIn(now.metadata) ? now : undefined;
    } catch {
      // What the caller has to know is that the outcome is unknown, not that looking failed as well.
      if (retry >= policy.retries) return undefined;
      await pause(waitBeforeRetryMs(policy, retry + 1, Math.random()));
    }
  }
}

function assertSameTable(table: Table, base: Table): void {
  if (table.metadata.tableUuid === base.metadata.tableUuid) return;
  throw new ValidationError(
    `Table ${formatIdentifier(table.identifier)} is another one than was opened: its uuid was ${table.metadata.tableUuid} and is ` +
      `${base.metadata.tableUuid} now. Nothing was committed. It was dropped and created anew; open it again and plan from there.`,
  );
}

function outOfAttempts(base: Table, attempts: number, cause: CommitConflictError): CommitConflictError {
  return new CommitConflictError(
    `Table ${formatIdentifier(base.identifier)} was changed by others during each of ${attempts} attempts to commit. ` +
      `Nothing was committed (last: ${cause.message}). Try again later, or raise commit.retry.num-retries.`,
    { cause },
  );
}

function unknownOutcome(base: Table, cause: unknown): CommitStateUnknownError {
  return new CommitStateUnknownError(
    `The catalog failed while it swapped the metadata of ${formatIdentifier(base.identifier)}, and the commit is not there (yet). ` +
      'It may still be applied, so no file was deleted. Look at the table again before repeating anything.',
    { cause },
  );
}
