import { formatIdentifier } from '../catalog/catalog.ts';
import type { CommitLoopOptions, PreparedCommit } from '../commit/commit-loop.ts';
import { prepareMetadataCommit } from '../commit/commit-metadata.ts';
import { type CommitSnapshotOptions, type CommittedSnapshot, commitWithWriter } from '../commit/commit-snapshot.ts';
import type { FileGroup, SnapshotChange } from '../commit/snapshot-change.ts';
import { SnapshotWriter } from '../commit/snapshot-writer.ts';
import { CherryPickError } from '../errors.ts';
import { type SchemaEvolution, schemaUpdates } from '../evolution/schema-updates.ts';
import { headOf, requireSnapshot, snapshotById } from '../metadata/history.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import { locateFiles } from '../scan/locate-files.ts';
import { type SnapshotChanges, snapshotChanges } from '../scan/snapshot-changes.ts';
import type { SnapshotId } from '../spec/ids.ts';
import { refreshTable, type Table } from '../table.ts';
import {
  isFastForward,
  isReplacePartitions,
  refuseChangedPartitions,
  refusePicked,
  refuseUnpickable,
} from './cherry-pick-rules.ts';
import { assertCommitted } from './producer-options.ts';

export interface CherryPickOptions extends CommitLoopOptions, Pick<CommitSnapshotOptions, 'clock'> {
  /**
   * Further summary entries of the new snapshot, which takes over none of the picked one's own. When the pick is a
   * fast-forward there is no new snapshot, and they are not written.
   */
  readonly summary?: Readonly<Record<string, string>>;
  /** What the snapshot was staged with, so that its columns become the table's in the table commit that publishes its rows. */
  readonly evolution?: SchemaEvolution;
}

export interface CherryPicked extends CommittedSnapshot {
  /** `snapshot` is the picked one itself, with its own summary: main stood at its parent and was moved. */
  readonly isFastForward: boolean;
}

/**
 * Publishes a staged snapshot on main, by Java's rules. If main still stands at its parent, main is moved to it. If main has
 * moved on, an append or a dynamic overwrite is done again on the head, as a new snapshot with `source-snapshot-id` and, for a
 * snapshot with a `wap.id`, `published-wap-id`; anything else is refused. All is checked again on each attempt.
 *
 * @throws {CherryPickError} not pickable, picked before, or its `wap.id` published before; nothing happened
 * @throws {ValidationError} a file that it removes is not live any more
 * @throws {UnsupportedFeatureError} it wrote delete files
 * @throws as {@link commitSnapshot}, and as {@link schemaUpdates} where it comes with an evolution
 */
export async function cherryPick(
  table: Table,
  snapshotId: SnapshotId,
  options: CherryPickOptions = {},
): Promise<CherryPicked> {
  const writer = new SnapshotWriter(table, options.clock ?? Date.now);
  let content: PickedContent | undefined;
  const prepare = async (base: Table, attempt: number): Promise<PreparedCommit> => {
    const picked = snapshotById(base.metadata, snapshotId);
    if (picked === undefined) throw unknownSnapshot(base, snapshotId);
    const head = headOf(base.metadata);
    refuseUnpickable(base, picked, head);
    if (isFastForward(picked, head)) return fastForwardTo(base, picked, options.evolution);
    refusePicked(base, picked, head);
    content ??= await contentOf(base, snapshotId);
    await refuseChangedPartitions(base, picked, head, content.changes);
    const change = await changeFrom(base, head, content, options);
    return writer.prepare(base, attempt, { branch: 'main', head, stageOnly: false }, change);
  };
  const committed = await commitWithWriter(table, writer, prepare, options);
  return resultOf(committed, snapshotId, writer.snapshotId);
}

/**
 * Cherry-picks the one snapshot whose summary has this `wap.id`.
 *
 * @throws {CherryPickError} no snapshot has it, or several do
 * @throws as {@link cherryPick}
 */
export async function publishChanges(
  table: Table,
  wapId: string,
  options: CherryPickOptions = {},
): Promise<CherryPicked> {
  const now = await refreshTable(table);
  const staged = now.metadata.snapshots.filter((snapshot) => snapshot.summary['wap.id'] === wapId);
  const [only] = staged;
  if (only !== undefined && staged.length === 1) return cherryPick(now, only.snapshotId, options);
  const what =
    only === undefined
      ? `Cannot apply unknown WAP ID '${wapId}'`
      : `Cannot apply non-unique WAP ID. Found multiple snapshots with WAP ID '${wapId}'`;
  throw new CherryPickError(
    `${what}. Table ${formatIdentifier(table.identifier)} has ${staged.length} snapshots with it ` +
      `(${staged.map(({ snapshotId }) => snapshotId).join(', ') || 'none'}). Nothing was published. ` +
      'Stage once per id, or cherry-pick by snapshot id.',
  );
}

/** What the picked snapshot changed; the same on each attempt, so the added files' manifests are written once. */
interface PickedContent {
  readonly changes: SnapshotChanges;
  readonly group: FileGroup;
}

async function contentOf(base: Table, snapshotId: SnapshotId): Promise<PickedContent> {
  const changes = await snapshotChanges(base, snapshotId);
  return { changes, group: { name: 'picked', files: changes.added.map(({ file }) => file) } };
}

async function changeFrom(
  base: Table,
  head: Snapshot | undefined,
  { changes, group }: PickedContent,
  { summary: extra = {}, evolution }: CherryPickOptions,
): Promise<SnapshotChange> {
  const { snapshot } = changes;
  const sought = isReplacePartitions(snapshot) ? changes.removed.map(({ file }) => ({ path: file.path })) : [];
  const wapId = snapshot.summary['wap.id'];
  return {
    operation: snapshot.operation ?? 'overwrite',
    added: group.files.length === 0 ? [] : [group],
    removed: await locateFiles(base, head, sought),
    summary: () => ({
      ...extra,
      ...(wapId === undefined || wapId === '' ? {} : { 'published-wap-id': wapId }),
      'source-snapshot-id': String(snapshot.snapshotId),
    }),
    ...(evolution === undefined ? {} : { evolution }),
  };
}

function fastForwardTo(
  { metadata }: Table,
  { snapshotId }: Snapshot,
  evolution: SchemaEvolution | undefined,
): PreparedCommit {
  const structure = evolution === undefined ? undefined : schemaUpdates(metadata, evolution);
  const ref = { ...(metadata.refs.main ?? { type: 'branch' as const }), snapshotId };
  return prepareMetadataCommit(metadata, {
    updates: [...(structure?.updates ?? []), { action: 'set-snapshot-ref', refName: 'main', ref }],
    requirements: structure?.requirements ?? [],
  });
}

function resultOf(table: Table | undefined, pickedId: SnapshotId, newId: SnapshotId): CherryPicked {
  const created = table === undefined ? undefined : snapshotById(table.metadata, newId);
  const { table: now, snapshot } = assertCommitted(
    table && { table, snapshot: created ?? requireSnapshot(table.metadata, pickedId) },
  );
  return { table: now, snapshot, isFastForward: created === undefined };
}

function unknownSnapshot({ identifier, metadata }: Table, snapshotId: SnapshotId): CherryPickError {
  return new CherryPickError(
    `Cannot cherry-pick unknown snapshot ID: ${snapshotId}. Table ${formatIdentifier(identifier)} lists ` +
      `${metadata.snapshots.length} snapshots and not this one; it was expired, or is another table's. Nothing was published. Stage it again.`,
  );
}
