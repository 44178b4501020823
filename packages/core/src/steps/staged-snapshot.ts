import {
  type ScannedFile,
  type Snapshot,
  type SnapshotId,
  snapshotById,
  snapshotChanges,
  type Table,
} from '@psyberg/iceberg';
import { AttemptRefusedError } from '../errors.ts';
import { CARRIED_MANIFESTS_KEY } from '../state/keys.ts';
import type { PublishableWork } from './publishable-work.ts';

/** @throws {AttemptRefusedError} it is gone */
export function stagedSnapshot(table: Table, { process, plan, attempt }: PublishableWork, id: SnapshotId): Snapshot {
  const staged = snapshotById(table.metadata, id);
  if (staged !== undefined) return staged;
  throw new AttemptRefusedError(
    `The staged snapshot ${id} of session ${plan.session} of ${process.name} (attempt ${attempt.number}) is gone from the table's ` +
      'metadata (expired). Nothing was published. The session has to be written again.',
    { next: [`psyberg write --process ${process.name} --session ${plan.session}`] },
  );
}

/** What a staged snapshot added, apart from rows of other intervals that it had to move. */
export async function stagedFiles(
  table: Table,
  staged: Snapshot,
): Promise<{ readonly computed: readonly ScannedFile[]; readonly carried: readonly ScannedFile[] }> {
  const { added } = await snapshotChanges(table, staged.snapshotId);
  const text = staged.summary[CARRIED_MANIFESTS_KEY];
  const manifests = new Set(text === undefined ? [] : (JSON.parse(text) as string[]));
  return {
    computed: added.filter((f) => !manifests.has(f.manifestPath)),
    carried: added.filter((f) => manifests.has(f.manifestPath)),
  };
}
