/**
 * Publish: make the staged rows what readers see, and say in the same table commit what they cover.
 *
 * Three ways, tried in this order on what the table is now:
 *
 * - the staged snapshot's parent is still the head: point the branch at it (fast-forward);
 * - others committed meanwhile: a commit of our own with the same computed files, after checking that nobody but a compaction has
 *   touched the session's intervals (rebase);
 * - no row changes: a commit of properties, asserting the head. (A session that came out empty removes what is there.)
 *
 * Every attempt of that commit checks the fence: the record that holds must still be the one that the plan was made on. A crash
 * before the commit leaves readers with the old snapshot, a crash after it leaves a published session whose views the next run writes.
 */
import { IcebergError, openTable, type Table } from '@psyberg/iceberg';
import { PsybergError } from '../errors.ts';
import { changesSourcesOf } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { HeldState } from '../state/record-walk.ts';
import { fastForward } from './fast-forward.ts';
import { settleTags, tagBeforePublication } from './pin-sources.ts';
import { holding, isPublished } from './publish-fence.ts';
import { publishProperties } from './publish-properties.ts';
import type { PublishableWork, Published } from './publishable-work.ts';
import { rebase } from './rebase.ts';
import { replacedFiles } from './replaced-files.ts';

/**
 * @throws {FencedError} another session of the process was published since this one was planned
 * @throws {PublishConflictError} others changed the session's intervals since staging
 * @throws {AttemptRefusedError} the staged snapshot is gone or ambiguous
 */
export async function publishSession(
  project: Project,
  work: PublishableWork,
  signal?: AbortSignal,
): Promise<Published> {
  const table = await openTable(project.catalog, work.process.target.table);
  const held = await holding(project, table, work);
  if (isPublished(held, work))
    return { how: 'already', table, ...(held.metAt !== undefined && { snapshotId: held.metAt }) };
  await tagBeforePublication(project, work.process, work.record, held.record);
  const published = await publishNow(project, table, work, held, signal);
  await untag(project, published.table, work);
  return published;
}

/**
 * The tags that the record before needed go. They do no harm, and the session is published: whatever fails here is told, is no failure
 * of the session, and is tried again by the next run.
 */
async function untag(project: Project, table: Table, work: PublishableWork): Promise<void> {
  if (!changesSourcesOf(work.process).some((source) => source.pin)) return;
  try {
    const { record } = await holding(project, table, work);
    if (record !== undefined) await settleTags(project, work.process, record);
  } catch (error) {
    if (!(error instanceof PsybergError || error instanceof IcebergError)) throw error;
    project.emit({ kind: 'warning', process: work.process.name, message: error.message });
  }
}

async function publishNow(
  project: Project,
  table: Table,
  work: PublishableWork,
  held: HeldState,
  signal: AbortSignal | undefined,
): Promise<Published> {
  if (work.stagedSnapshotId === undefined) {
    return (await removesRows(project, table, work, held))
      ? rebase(project, table, work, undefined, signal)
      : publishProperties(project, table, work, signal);
  }
  const forwarded = await fastForward(project, table, work, work.stagedSnapshotId, signal);
  return (
    forwarded ??
    rebase(project, await openTable(project.catalog, work.process.target.table), work, work.stagedSnapshotId, signal)
  );
}

/** Intervals that came out empty are overwritten too: a job that staged nothing still takes away what the branch holds in them. */
async function removesRows(
  project: Project,
  table: Table,
  work: PublishableWork,
  { head }: HeldState,
): Promise<boolean> {
  const { inside, mixed } = await replacedFiles(project, work.process, work.plan, table, head?.snapshotId);
  return inside.length + mixed.length > 0;
}
