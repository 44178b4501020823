import type { SchemaEvolution } from '../evolution/schema-updates.ts';
import type { DataFile } from '../manifest/data-file.ts';
import type { Operation, Snapshot } from '../metadata/table-metadata.ts';
import type { ScannedFile } from '../scan/scanned-file.ts';
import type { SequenceNumber, SnapshotId } from '../spec/ids.ts';
import type { Table } from '../table.ts';

/** Files that stand in manifests of their own, never mixed with another group's. */
export interface FileGroup {
  readonly name: string;
  readonly files: readonly DataFile[];
  /** How old the rows are, for files that replace others with the same rows. Absent: as new as the commit. */
  readonly dataSequenceNumber?: SequenceNumber;
}

/** What one snapshot does to the head it is made on. */
export interface SnapshotChange {
  /** As Java names it from what happens: only adds `append`, only removes `delete`, both `overwrite`; `replace` for no logical change. */
  readonly operation: Operation;
  readonly added: readonly FileGroup[];
  /** Live files of the head, as a scan of that head found them. */
  readonly removed: readonly ScannedFile[];
  /** Paths of data manifests of the head whose live files move to new, fuller manifests; changes nothing that a reader sees. */
  readonly movedManifests?: readonly string[];
  /** Own summary entries. A computed key among them is an InvalidArgumentError. Given the paths of the manifests written for each group. */
  readonly summary: (manifestPathsByGroup: ReadonlyMap<string, readonly string[]>) => Readonly<Record<string, string>>;
  /** Table properties to change in the same table commit. */
  readonly setProperties?:
    | Readonly<Record<string, string>>
    /** Where they name the id of the new snapshot. */
    | ((snapshotId: SnapshotId) => Promise<Readonly<Record<string, string>>>);
  readonly removeProperties?: readonly string[];
  /**
   * Changes of the schema in the same table commit; the snapshot names the evolved schema. With `stageOnly` the schema is only
   * listed, and readers keep the old one until a later commit gives the same evolution again.
   *
   * ```ts
   * const changes = [{ kind: 'add', name: 'channel', type: 'string' }] as const;
   * const planned = evolveSchema(table.metadata, changes); // field ids for the files to be written
   * await commitSnapshot(table, async () => ({ …, evolution: { changes, planned } }), { stageOnly: true });
   * await commitSnapshot(table, async () => ({ …, evolution: { changes, planned } })); // publishes rows and columns at once
   * ```
   *
   * Worked out anew on each attempt: columns that others added meanwhile stay, those of `planned` keep their ids, and an add
   * that came true meanwhile, with the same id, counts as done.
   */
  readonly evolution?: SchemaEvolution;
}

/**
 * Makes the change for one attempt, against the head of that attempt; called again after each lost race.
 * Throwing (a validation, a fence) ends the commit with nothing published. Returning undefined ends it with nothing to do.
 */
export type ChangeProducer = (
  base: Table,
  head: Snapshot | undefined,
  attempt: number,
) => Promise<SnapshotChange | undefined>;
