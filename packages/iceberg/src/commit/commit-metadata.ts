import { applyUpdates } from '../metadata/apply-updates.ts';
import { currentSchema, defaultSpec, isAncestorOf, snapshotById } from '../metadata/history.ts';
import type { SnapshotRef, TableMetadata } from '../metadata/table-metadata.ts';
import type { MetadataChange, MetadataUpdate, TableRequirement } from '../metadata/updates.ts';
import type { SnapshotId } from '../spec/ids.ts';
import { sameSpec } from '../spec/same-spec.ts';
import { sameSchema } from '../spec/schema.ts';
import { type SortOrder, sameOrder, UNSORTED_ORDER } from '../spec/sort-order.ts';
import { refreshTable, type Table } from '../table.ts';
import { type CommitLoopOptions, type PreparedCommit, runCommitLoop } from './commit-loop.ts';

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
  const structural = updates.filter(({ action }) => STRUCTURAL.includes(action));
  const expected = applyUpdates(base, structural, base.lastUpdatedMs);
  return {
    updates,
    requirements: [...refRequirements(base, updates), ...requirements],
    isIn: (metadata) => updates.every((update) => holds({ base, expected }, metadata, update)),
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

/** Updates that are looked for together, as they refer to each other by "the one just added". */
const STRUCTURAL: readonly MetadataUpdate['action'][] = [
  'add-schema',
  'set-current-schema',
  'add-spec',
  'set-default-spec',
  'add-sort-order',
  'set-default-sort-order',
];

interface Asked {
  readonly base: TableMetadata;
  /** `base` with the structural updates. */
  readonly expected: TableMetadata;
}

/** Whether the metadata shows what the update asks for. An update that leaves no such trace never does. */
function holds({ base, expected }: Asked, metadata: TableMetadata, update: MetadataUpdate): boolean {
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
    case 'add-schema':
      return metadata.schemas.some((schema) => sameSchema(schema, update.schema));
    case 'set-current-schema':
      return sameSchema(currentSchema(metadata), currentSchema(expected));
    case 'add-spec':
    case 'set-default-spec':
      return sameSpec(defaultSpec(metadata), defaultSpec(expected));
    case 'add-sort-order':
    case 'set-default-sort-order':
      return sameOrder(defaultOrder(metadata), defaultOrder(expected));
    default:
      return false;
  }
}

const defaultOrder = ({ sortOrders, defaultSortOrderId }: TableMetadata): SortOrder =>
  sortOrders.find(({ orderId }) => orderId === defaultSortOrderId) ?? UNSORTED_ORDER;

/** Whether the ref stands at the snapshot, or has gone on from there; a snapshot that was behind it before proves nothing. */
function refReached(base: TableMetadata, metadata: TableMetadata, name: string, wanted: SnapshotId): boolean {
  const [before, now] = [refNamed(base, name), refNamed(metadata, name)];
  if (now === undefined || now.snapshotId === wanted) return now !== undefined;
  const wasBehind = before !== undefined && isAncestorOf(base, wanted, before.snapshotId);
  return !wasBehind && isAncestorOf(metadata, wanted, now.snapshotId);
}

const refNamed = (metadata: TableMetadata, name: string): SnapshotRef | undefined =>
  Object.hasOwn(metadata.refs, name) ? metadata.refs[name] : undefined;
