import { strict as assert } from 'node:assert';
import { type CommitSnapshotOptions, type CommittedSnapshot, commitSnapshot } from '../commit/commit-snapshot.ts';
import type { ChangeProducer } from '../commit/snapshot-change.ts';
import type { SchemaEvolution } from '../evolution/schema-updates.ts';
import type { DataFile } from '../manifest/data-file.ts';
import type { Operation, Snapshot } from '../metadata/table-metadata.ts';
import type { ScannedFile } from '../scan/scanned-file.ts';
import type { Table } from '../table.ts';

/** What every producer of snapshots takes besides its files. */
export interface ProducerOptions extends CommitSnapshotOptions {
  /** Own summary entries, such as `wap.id`. A computed key among them is an InvalidArgumentError. */
  readonly summary?: Readonly<Record<string, string>>;
  /** Table properties to change in the same table commit. */
  readonly setProperties?: Readonly<Record<string, string>>;
  readonly removeProperties?: readonly string[];
  /** Schema changes in the same table commit; see `SnapshotChange.evolution`. */
  readonly evolution?: SchemaEvolution;
  /** Asked on each attempt, before anything is written for it; throwing ends the commit with nothing published. */
  readonly validate?: (base: Table, head: Snapshot | undefined) => void | Promise<void>;
}

/** What a producer adds and removes on one head. */
export interface FileChange {
  readonly operation: Operation;
  readonly added?: readonly DataFile[];
  readonly removed?: readonly ScannedFile[];
  readonly movedManifests?: readonly string[];
}

/** Added files stand in one group of this name. */
const GROUP = 'data';

/** {@link commitSnapshot} for producers that add one group of files: `decide` says what, the options say the rest. */
export function commitFiles(
  table: Table,
  options: ProducerOptions,
  decide: (base: Table, head: Snapshot | undefined) => FileChange | undefined | Promise<FileChange | undefined>,
): Promise<CommittedSnapshot | undefined> {
  const produce: ChangeProducer = async (base, head) => {
    await options.validate?.(base, head);
    const change = await decide(base, head);
    if (change === undefined) return undefined;
    const { operation, added = [], removed = [], movedManifests = [] } = change;
    return {
      operation,
      added: added.length === 0 ? [] : [{ name: GROUP, files: added }],
      removed,
      movedManifests,
      summary: () => options.summary ?? {},
      setProperties: options.setProperties ?? {},
      removeProperties: options.removeProperties ?? [],
      ...(options.evolution === undefined ? {} : { evolution: options.evolution }),
    };
  };
  return commitSnapshot(table, produce, options);
}

/** For producers that always have something to do. */
export function assertCommitted(committed: CommittedSnapshot | undefined): CommittedSnapshot {
  assert(committed !== undefined, 'bug: a producer without a way out committed nothing');
  return committed;
}

/** As Java names what an overwrite turned out to do. */
export function operationOf(adds: boolean, removes: boolean): Operation {
  if (adds && removes) return 'overwrite';
  return adds ? 'append' : 'delete';
}
