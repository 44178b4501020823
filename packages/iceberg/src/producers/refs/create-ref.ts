import { formatIdentifier } from '../../catalog/catalog.ts';
import type { CommitLoopOptions } from '../../commit/commit-loop.ts';
import { commitMetadata } from '../../commit/commit-metadata.ts';
import { AlreadyExistsError, ValidationError } from '../../errors.ts';
import { headOf, requireSnapshot } from '../../metadata/history.ts';
import type { Snapshot, SnapshotRef } from '../../metadata/table-metadata.ts';
import type { SnapshotId } from '../../spec/ids.ts';
import type { Table } from '../../table.ts';
import type { Retention } from './retention.ts';

export interface CreateBranchOptions extends CommitLoopOptions, Retention {
  /** Where it starts; default: the head of main at the time. A staged snapshot is possible too. */
  readonly snapshotId?: SnapshotId;
}

export type CreateTagOptions = Omit<CreateBranchOptions, 'minSnapshotsToKeep' | 'maxSnapshotAgeMs'>;

/**
 * Names a snapshot by a ref that later commits move. The snapshots behind it are safe from expiry.
 *
 * @throws {AlreadyExistsError} a branch or tag of that name
 * @throws {ValidationError} the table has no snapshot yet
 * @throws {NoSuchSnapshotError}
 * @throws as {@link commitMetadata}
 */
export const createBranch = (table: Table, name: string, options: CreateBranchOptions = {}): Promise<Table> =>
  createRef(table, name, 'branch', options);

/** Names a snapshot by a ref that stays where it is; an audit that takes days should tag what it looks at. Errors: {@link createBranch}. */
export const createTag = (table: Table, name: string, options: CreateTagOptions = {}): Promise<Table> =>
  createRef(table, name, 'tag', options);

function createRef(
  table: Table,
  name: string,
  type: SnapshotRef['type'],
  options: CreateBranchOptions,
): Promise<Table> {
  const { snapshotId, signal, retry, ...retention } = options;
  return commitMetadata(
    table,
    async (base) => {
      if (Object.hasOwn(base.metadata.refs, name)) throw refExists(base, name);
      const snapshot = snapshotId === undefined ? headOf(base.metadata) : requireSnapshot(base.metadata, snapshotId);
      if (snapshot === undefined) throw emptyTable(base, name);
      return { updates: [{ action: 'set-snapshot-ref', refName: name, ref: refTo(snapshot, type, retention) }] };
    },
    options,
  );
}

function refTo({ snapshotId }: Snapshot, type: SnapshotRef['type'], retention: Retention): SnapshotRef {
  const { minSnapshotsToKeep, maxSnapshotAgeMs, maxRefAgeMs } = retention;
  return {
    type,
    snapshotId,
    ...(minSnapshotsToKeep === undefined ? {} : { minSnapshotsToKeep }),
    ...(maxSnapshotAgeMs === undefined ? {} : { maxSnapshotAgeMs }),
    ...(maxRefAgeMs === undefined ? {} : { maxRefAgeMs }),
  };
}

function refExists({ identifier, metadata }: Table, name: string): AlreadyExistsError {
  const ref = metadata.refs[name];
  return new AlreadyExistsError(
    `Ref ${name} already exists. It is a ${ref?.type ?? 'ref'} of table ${formatIdentifier(identifier)} at snapshot ` +
      `${ref?.snapshotId ?? 'none'}; nothing was changed. Choose another name, or remove it first.`,
  );
}

function emptyTable({ identifier }: Table, name: string): ValidationError {
  return new ValidationError(
    `Ref ${name} cannot be created: table ${formatIdentifier(identifier)} has no snapshot that it could point to. Nothing was changed. ` +
      'Append to main first, an empty append if need be.',
  );
}
