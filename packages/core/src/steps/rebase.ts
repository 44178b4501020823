import { commitSnapshot, openTable, type SnapshotChange, type SnapshotId, type Table } from '@psyberg/iceberg';
import type { Project } from '../project.ts';
import {
  CARRIED_MANIFESTS_KEY,
  PUBLISHED_WAP_ID_KEY,
  SOURCE_SNAPSHOT_ID_KEY,
  STATE_SUMMARY_KEY,
} from '../state/keys.ts';
import { stateRecordToJson } from '../state/state-record-json.ts';
import { carryRows } from './carry-rows.ts';
import { checkEvolution, stagedEvolution } from './evolve-target.ts';
import { checkConflicts } from './publish-conflict.ts';
import { checkFence, holding, isPublished } from './publish-fence.ts';
import { propertiesOf } from './publish-properties.ts';
import type { PublishableWork, Published } from './publishable-work.ts';
import { replacedFiles } from './replaced-files.ts';
import { stagedFiles, stagedSnapshot } from './staged-snapshot.ts';

/** Our own commit on top of what others committed: the computed files, without what the branch now holds in the session's intervals. */
export async function rebase(
  project: Project,
  table: Table,
  work: PublishableWork,
  stagedId: SnapshotId | undefined,
  signal?: AbortSignal,
): Promise<Published> {
  const { process, plan, attempt } = work;
  const { branch } = process.target;
  let already: SnapshotId | undefined;
  const produce = async (base: Table): Promise<SnapshotChange | undefined> => {
    const held = await holding(project, base, work);
    if (isPublished(held, work)) {
      already = held.metAt;
      return undefined;
    }
    checkFence(held, work);
    const staged = stagedId === undefined ? undefined : stagedSnapshot(base, work, stagedId);
    await checkConflicts(project, base, work, staged, held.head);
    const evolution = stagedEvolution(base.metadata, staged);
    checkEvolution(work, base, evolution);
    const computed = staged === undefined ? [] : (await stagedFiles(base, staged)).computed;
    const replaced = await replacedFiles(project, process, plan, base, held.head?.snapshotId);
    const carried = await carryRows(project, process, base, replaced, plan);
    const removed = [...replaced.inside, ...replaced.mixed];
    const properties = await propertiesOf(project, base, work, held);
    return {
      operation: removed.length === 0 ? 'append' : computed.length + carried.length === 0 ? 'delete' : 'overwrite',
      added: [
        { name: 'computed', files: computed.map((f) => f.file) },
        { name: 'carried', files: carried },
      ],
      removed,
      summary: (manifests) => ({
        ...work.summary,
        [PUBLISHED_WAP_ID_KEY]: attempt.wapId,
        ...(stagedId !== undefined && { [SOURCE_SNAPSHOT_ID_KEY]: String(stagedId) }),
        [STATE_SUMMARY_KEY]: stateRecordToJson(work.record),
        ...(carried.length > 0 && { [CARRIED_MANIFESTS_KEY]: JSON.stringify(manifests.get('carried') ?? []) }),
      }),
      setProperties: async (id) => properties.set(id),
      removeProperties: properties.removed,
      ...(evolution && { evolution }),
    };
  };
  const result = await commitSnapshot(table, produce, { branch, ...(signal && { signal }) });
  if (result === undefined) {
    return {
      how: 'already',
      table: await openTable(project.catalog, process.target.table),
      ...(already !== undefined && { snapshotId: already }),
    };
  }
  return { how: 'commit', table: result.table, snapshotId: result.snapshot.snapshotId };
}
