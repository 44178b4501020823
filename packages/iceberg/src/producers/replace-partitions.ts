import type { CommittedSnapshot } from '../commit/commit-snapshot.ts';
import type { DataFile } from '../manifest/data-file.ts';
import { specById } from '../metadata/history.ts';
import { partitionKey } from '../scan/partition-key.ts';
import { planFiles } from '../scan/plan-files.ts';
import type { SnapshotId } from '../spec/ids.ts';
import { isUnpartitioned } from '../spec/partition-spec.ts';
import type { Table } from '../table.ts';
import { assertCommitted, commitFiles, type ProducerOptions } from './producer-options.ts';
import { refuseConflicts } from './refuse-conflicts.ts';

export interface ReplacePartitionsOptions extends ProducerOptions {
  readonly add: readonly DataFile[];
  /** The head that the change was planned on. With it, files that others added to or removed from these partitions since are refused. */
  readonly validateFrom?: SnapshotId;
}

/**
 * Puts files in the place of everything in their partitions, as a dynamic overwrite does. A partition that no added file lies
 * in keeps its rows, whatever was computed for it.
 *
 * A partition is one of a spec: files that were written under another spec stay, whatever rows they hold. Only the one partition
 * of an unpartitioned spec is the whole table, whatever spec its files are of (as Java does; not in the spec).
 *
 * Operation `overwrite` with `replace-partitions` = `true`, so that a staged one can be cherry-picked.
 *
 * @throws {ValidationError} others changed these partitions since `validateFrom`
 * @throws as {@link commitSnapshot}
 */
export async function replacePartitions(table: Table, options: ReplacePartitionsOptions): Promise<CommittedSnapshot> {
  const { add, validateFrom } = options;
  const summary = { ...options.summary, 'replace-partitions': 'true' };
  const committed = await commitFiles(table, { ...options, summary }, async (base, head) => {
    const partitions = new Set(add.map(partitionKey));
    const isWhole = add.some(({ specId }) => isUnpartitioned(specById(base.metadata, specId)));
    const isReplaced = (file: DataFile): boolean => isWhole || partitions.has(partitionKey(file));
    if (validateFrom !== undefined) {
      const query = { start: validateFrom, head: head?.snapshotId, matches: isReplaced };
      await refuseConflicts(base, query, `records matching partitions ${[...partitions].join(', ')}`);
    }
    const live = await planFiles(base, { branch: options.branch ?? 'main' });
    return { operation: 'overwrite', added: add, removed: live.filter(({ file }) => isReplaced(file)) };
  });
  return assertCommitted(committed);
}
