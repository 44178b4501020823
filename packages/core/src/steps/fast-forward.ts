import {
  commitMetadata,
  type MetadataUpdate,
  type SnapshotId,
  schemaUpdates,
  type Table,
  type TableRequirement,
} from '@psyberg/iceberg';
import type { Project } from '../project.ts';
import { STATE_SUMMARY_KEY } from '../state/keys.ts';
import { stateRecordFromJson } from '../state/state-record-json.ts';
import { checkEvolution, stagedEvolution } from './evolve-target.ts';
import { checkConflicts } from './publish-conflict.ts';
import { checkFence, holding, isPublished } from './publish-fence.ts';
import { propertiesOf, propertyUpdates } from './publish-properties.ts';
import type { PublishableWork, Published } from './publishable-work.ts';
import { stagedSnapshot } from './staged-snapshot.ts';

/** The branch is pointed at the staged snapshot. Undefined: not possible on what the table is now. */
export async function fastForward(
  project: Project,
  table: Table,
  work: PublishableWork,
  stagedId: SnapshotId,
  signal?: AbortSignal,
): Promise<Published | undefined> {
  let how: 'fast-forward' | 'already' | 'no' = 'no';
  const { branch } = work.process.target;
  const after = await commitMetadata(
    table,
    async (base) => {
      const held = await holding(project, base, work);
      if (isPublished(held, work)) {
        how = 'already';
        return undefined;
      }
      checkFence(held, work);
      const staged = stagedSnapshot(base, work, stagedId);
      how = 'no';
      const ownRecord = staged.summary[STATE_SUMMARY_KEY];
      const isOurs = ownRecord !== undefined && stateRecordFromJson(ownRecord).session === work.plan.session;
      if (!isOurs || staged.parentSnapshotId !== held.head?.snapshotId || work.summary !== undefined) return undefined;
      // A sequential session read the interval before its first; what was committed before it was staged may have changed that.
      if (work.process.mode === 'sequential') await checkConflicts(project, base, work, staged, held.head);
      how = 'fast-forward';
      const evolution = stagedEvolution(base.metadata, staged);
      checkEvolution(work, base, evolution);
      const columns = evolution && schemaUpdates(base.metadata, evolution);
      const updates: MetadataUpdate[] = [
        ...(columns?.updates ?? []),
        {
          action: 'set-snapshot-ref',
          refName: branch,
          ref: { ...base.metadata.refs[branch], type: 'branch', snapshotId: stagedId },
        },
        ...propertyUpdates(await propertiesOf(project, base, work, held), stagedId),
      ];
      const requirements: TableRequirement[] = [
        { type: 'assert-ref-snapshot-id', ref: branch, snapshotId: held.head?.snapshotId },
        ...(columns?.requirements ?? []),
      ];
      return { updates, requirements };
    },
    signal && { signal },
  );
  return how === 'no' ? undefined : { how, table: after, snapshotId: stagedId };
}
