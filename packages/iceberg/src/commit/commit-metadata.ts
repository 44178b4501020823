import { isAncestorOf, snapshotById } from '../metadata/history.ts';
import type { SnapshotRef, TableMetadata } from '../metadata/table-metadata.ts';
import type { MetadataUpdate, TableRequirement } from '../metadata/updates.ts';
import type { SnapshotId } from '../spec/ids.ts';
import { refreshTable, type Table } from '../table.ts';
import { type CommitLoopOptions, type PreparedCommit, runCommitLoop } from './commit-loop.ts';

/** A change of properties, refs or the like that writes no data. */
export interface MetadataChange {
  readonly updates: readonly MetadataUpdate[];
  /** Besides the table's uuid and, for each ref that is set or removed, that it is where `base` has it. */
  readonly requirements?: readonly TableRequirement[];
}

/** Decides for one attempt, against the table as it is then; called again after each lost race. */
export type MetadataDecision = (base: Table, attempt: number) => Promise<MetadataChange | undefined>;

/**
 * A table commit without a new snapshot, with the loop of {@link runCommitLoop}. When the outcome is unknown it counts as done
 * if the table has everything that was asked for.
 *
 * @param decide undefined means there is nothing to do; then the table is returned as it is now
 * @throws as {@link runCommitLoop}, and what `decide` throws
 */
export async function commitMetadata(
  table: Table,
  decide: MetadataDecision,
  options: CommitLoopOptions = {},
): Promise<Table> {
  const committed = await runCommitLoop(
    table,
    async (base, attempt) => {
      const change = await decide(base, attempt);
      return change === undefined ? undefined : prepareMetadataCommit(base.metadata, change);
    },
    options,
  );
  return committed ?? refreshTable(table);
}

/** Pure; the commit that `change` asks for on `base`. */
export function prepareMetadataCommit(base: TableMetadata, change: MetadataChange): PreparedCommit {
  const { updates, requirements = [] } = change;
  return {
    updates,
    requirements: [...refRequirements(base, updates), ...requirements],
    isIn: (metadata) => updates.every((update) => holds(base, metadata, update)),
  };
}

/** As Java sends them: a ref that is moved must still be where it was. */
function refRequirements(base: TableMetadata, updates: readonly MetadataUpdate[]): TableRequirement[] {
  const names = new Set<string>();
  for (const update of updates) {
    if (update.action === 'set-snapshot-ref' || update.action === 'remove-snapshot-ref') names.add(update.refName);
  }
  return [...names].map((ref) => ({
    type: 'assert-ref-snapshot-id',
    ref,
    snapshotId: refNamed(base, ref)?.snapshotId,
  }));
}

/** Whether the metadata shows what the update asks for. An update that leaves no such trace never does. */
function holds(base: TableMetadata, metadata: TableMetadata, update: MetadataUpdate): boolean {
  switch (update.action) {
    case 'set-properties':
      return Object.entries(update.updates).every(([key, value]) => metadata.properties[key] === value);
    case 'remove-properties':
      return update.removals.every((key) => metadata.properties[key] === undefined);
    case 'add-snapshot':
      return snapshotById(metadata, update.snapshot.snapshotId) !== undefined;
    case 'remove-snapshots':
      return update.snapshotIds.every((id) => snapshotById(metadata, id) === undefined);
    case 'set-snapshot-ref':
      return refReached(base, metadata, update.refName, update.ref.snapshotId);
    case 'remove-snapshot-ref':
      return refNamed(metadata, update.refName) === undefined;
    default:
      return false;
  }
}

/** Whether the ref stands at the snapshot, or has gone on from there; a snapshot that was behind it before proves nothing. */
function refReached(base: TableMetadata, metadata: TableMetadata, name: string, wanted: SnapshotId): boolean {
  const [before, now] = [refNamed(base, name), refNamed(metadata, name)];
  if (now === undefined || now.snapshotId === wanted) return now !== undefined;
  const wasBehind = before !== undefined && isAncestorOf(base, wanted, before.snapshotId);
  return !wasBehind && isAncestorOf(metadata, wanted, now.snapshotId);
}

const refNamed = (metadata: TableMetadata, name: string): SnapshotRef | undefined =>
  Object.hasOwn(metadata.refs, name) ? metadata.refs[name] : undefined;
