import { commitMetadata, type MetadataUpdate, type SnapshotId, type Table } from '@psyberg/iceberg';
import type { Project } from '../project.ts';
import { VTTS_BASIS_KEY, VTTS_COLUMN_KEY, VTTS_KEY } from '../state/keys.ts';
import type { HeldState } from '../state/record-walk.ts';
import { type AnchoredRecord, NO_SNAPSHOT, statePropertyUpdates } from '../state/state-property.ts';
import { formatInstant } from '../time/instant.ts';
import { checkConflicts } from './publish-conflict.ts';
import { checkFence, holding, isPublished } from './publish-fence.ts';
import type { PublishableWork, Published } from './publishable-work.ts';
import { outputSignalOf } from './target-signal.ts';

/** Properties that ride in the publishing commit. */
export interface PublishedProperties {
  /** `at` is the snapshot from which on the record holds. */
  readonly set: (at: SnapshotId | undefined) => Readonly<Record<string, string>>;
  /** Those of a promise that nobody gives any more; what another tool has declared has no basis and stays. */
  readonly removed: readonly string[];
}

export async function propertiesOf(
  project: Project,
  table: Table,
  work: PublishableWork,
  held: HeldState,
): Promise<PublishedProperties> {
  const { branch } = work.process.target;
  const before = replacedRecord(held);
  const signal = branch === 'main' ? await outputSignalOf(project, table, work.process, work.record) : undefined;
  const promise = signal && {
    [VTTS_KEY]: formatInstant(signal.until),
    [VTTS_COLUMN_KEY]: signal.column,
    [VTTS_BASIS_KEY]: signal.basis,
  };
  const isOver = branch === 'main' && signal === undefined && table.metadata.properties[VTTS_BASIS_KEY] !== undefined;
  return {
    set: (at) => ({ ...statePropertyUpdates(branch, work.record, [at ?? NO_SNAPSHOT], before), ...promise }),
    removed: isOver ? [VTTS_KEY, VTTS_COLUMN_KEY, VTTS_BASIS_KEY] : [],
  };
}

/** The same as updates of a commit of metadata. */
export function propertyUpdates({ set, removed }: PublishedProperties, at: SnapshotId | undefined): MetadataUpdate[] {
  return [
    { action: 'set-properties', updates: set(at) },
    ...(removed.length === 0 ? [] : [{ action: 'remove-properties', removals: removed } as const]),
  ];
}

/** The record that held until now, and where: the one before the new one, should the table be rolled back behind it. */
function replacedRecord({ record, property, metAt }: HeldState): AnchoredRecord | undefined {
  if (record === undefined) return undefined;
  if (property?.record.session === record.session) return { record: property.record, at: property.at };
  return { record, at: [metAt ?? NO_SNAPSHOT] };
}

/** No row changes: a commit of properties, asserting the head. */
export async function publishProperties(
  project: Project,
  table: Table,
  work: PublishableWork,
  signal?: AbortSignal,
): Promise<Published> {
  let already = false;
  const after = await commitMetadata(
    table,
    async (base) => {
      const held = await holding(project, base, work);
      already = isPublished(held, work);
      if (already) return undefined;
      checkFence(held, work);
      await checkConflicts(project, base, work, undefined, held.head);
      const { branch } = work.process.target;
      const properties = await propertiesOf(project, base, work, held);
      return {
        updates: propertyUpdates(properties, held.head?.snapshotId),
        requirements: [{ type: 'assert-ref-snapshot-id', ref: branch, snapshotId: held.head?.snapshotId }],
      };
    },
    signal && { signal },
  );
  return { how: already ? 'already' : 'properties', table: after };
}
