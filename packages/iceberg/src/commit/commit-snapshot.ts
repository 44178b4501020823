import { formatIdentifier } from '../catalog/catalog.ts';
import { IcebergError, ValidationError } from '../errors.ts';
import { headOf, requireSnapshot, snapshotById } from '../metadata/history.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import type { Table } from '../table.ts';
import { type CommitLoopOptions, type PrepareCommit, runCommitLoop } from './commit-loop.ts';
import type { ChangeProducer } from './snapshot-change.ts';
import { SnapshotWriter } from './snapshot-writer.ts';

export interface CommitSnapshotOptions extends CommitLoopOptions {
  /** Which branch's head is the parent, and moves. It must exist, unless it is `main`; default `main`. */
  readonly branch?: string;
  /** Leave the snapshot staged: listed in the metadata, on no branch, its sequence number used up. Default false. */
  readonly stageOnly?: boolean;
  /** The writer's clock in milliseconds since the epoch, for `timestampMs` alone. Default `Date.now`. */
  readonly clock?: () => number;
  /**
   * Settles once the added files are in storage, for a caller that is still writing them: the manifests are written meanwhile, and the swap
   * waits. Where it rejects, nothing is committed.
   */
  readonly filesWritten?: Promise<unknown>;
}

export interface CommittedSnapshot {
  /** The table just after the commit. */
  readonly table: Table;
  readonly snapshot: Snapshot;
}

/**
 * Adds a snapshot to a table: writes its manifests and manifest list and swaps the metadata, as often as others are faster.
 *
 * `produce` is asked again for each attempt, with the table and head of that attempt, so whatever it checks holds at the swap.
 * Manifests of added files are reused while `FileGroup.files` is the same array; of the head's manifests only those that hold
 * removed files are written anew. Files that no snapshot came to need are deleted, except when the outcome is unknown.
 *
 * @returns undefined when `produce` had nothing to do
 * @throws {CommitConflictError} all attempts were lost; nothing happened
 * @throws {CommitStateUnknownError} the snapshot may be in the table, now or later; nothing was deleted
 * @throws {ValidationError} a removed file is not live, the branch is a tag, or the table was created anew
 * @throws {NoSuchRefError} no such branch: create it first
 * @throws {UnsupportedFeatureError} a table of format version 1
 * @throws {InvalidArgumentError} the change contradicts itself, or gives a summary key that is computed
 * @throws what `produce` throws; nothing happened then
 * @see Iceberg spec, "Commit Conflict Resolution and Retry"
 */
export async function commitSnapshot(
  table: Table,
  produce: ChangeProducer,
  options: CommitSnapshotOptions = {},
): Promise<CommittedSnapshot | undefined> {
  const { branch = 'main', stageOnly = false } = options;
  const writer = new SnapshotWriter(table, options.clock ?? Date.now);
  const committed = await commitWithWriter(
    table,
    writer,
    async (base, attempt) => {
      const head = branchHead(base, branch);
      const change = await produce(base, head, attempt);
      if (change === undefined) return undefined;
      const prepared = await writer.prepare(base, attempt, { branch, head, stageOnly }, change);
      await options.filesWritten;
      return prepared;
    },
    options,
  );
  if (committed === undefined) return undefined;
  return { table: committed, snapshot: requireSnapshot(committed.metadata, writer.snapshotId) };
}

/** The loop around what one writer prepares, and then the clean-up that the outcome allows. */
export async function commitWithWriter(
  table: Table,
  writer: SnapshotWriter,
  prepare: PrepareCommit,
  options: CommitLoopOptions,
): Promise<Table | undefined> {
  let committed: Table | undefined;
  try {
    committed = await runCommitLoop(table, prepare, options);
  } catch (error) {
    const isUnknown = error instanceof IcebergError && error.outcome === 'unknown';
    if (!isUnknown) await writer.cleanUpAfterFailure();
    throw error;
  }
  if (committed !== undefined && snapshotById(committed.metadata, writer.snapshotId) !== undefined) {
    await writer.cleanUpAfterSuccess();
  } else {
    await writer.cleanUpAfterFailure();
  }
  return committed;
}

/** @throws {NoSuchRefError} @throws {ValidationError} it is a tag */
function branchHead({ identifier, metadata }: Table, branch: string): Snapshot | undefined {
  const head = headOf(metadata, branch);
  if (head === undefined || metadata.refs[branch]?.type === 'branch') return head;
  throw new ValidationError(
    `Ref ${branch} is a tag not a branch. Table ${formatIdentifier(identifier)} was not changed. Commit to a branch; tags stay where they are.`,
  );
}
