import { formatIdentifier } from '../catalog/catalog.ts';
import type { CommittedSnapshot } from '../commit/commit-snapshot.ts';
import { commitSnapshot } from '../commit/commit-snapshot.ts';
import { ValidationError } from '../errors.ts';
import type { DataFile } from '../manifest/data-file.ts';
import type { ManifestEntry } from '../manifest/manifest-entry.ts';
import { specById } from '../metadata/history.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import { locateFiles } from '../scan/locate-files.ts';
import { partitionKey } from '../scan/partition-key.ts';
import { mayHoldLiveFiles, readManifest } from '../scan/read-manifest.ts';
import { readManifestList } from '../scan/read-manifest-list.ts';
import type { ScannedFile } from '../scan/scanned-file.ts';
import type { SequenceNumber } from '../spec/ids.ts';
import type { Table } from '../table.ts';
import { assertCommitted, type ProducerOptions } from './producer-options.ts';

export interface ReplaceOptions extends ProducerOptions {
  readonly remove: readonly ScannedFile[];
  /** The same rows in other files. */
  readonly add: readonly DataFile[];
  /**
   * How old the added files' rows are to count: the sequence number of the snapshot that was read, as compactions give it, so
   * that "what is newer than" still tells. Absent: as new as the commit.
   */
  readonly dataSequenceNumber?: SequenceNumber;
}

/**
 * Exchanges files for others with the same rows, as a compaction does; operation `replace`. That the rows are the same is for
 * the caller to see to.
 *
 * @throws {ValidationError} a removed file is not live, delete files apply to one, or more rows are added than removed
 * @throws as {@link commitSnapshot}
 */
export async function replaceFiles(table: Table, options: ReplaceOptions): Promise<CommittedSnapshot> {
  const { remove, add, dataSequenceNumber } = options;
  const sought = remove.map(({ file, manifestPath }) => ({ path: file.path, manifestPath }));
  const group = { name: 'data', files: add, ...(dataSequenceNumber === undefined ? {} : { dataSequenceNumber }) };
  const committed = await commitSnapshot(
    table,
    async (base, head) => {
      await options.validate?.(base, head);
      const removed = await locateFiles(base, head, sought);
      await refuseDeletesOf(base, head, removed);
      return {
        operation: 'replace',
        added: add.length === 0 ? [] : [group],
        removed,
        summary: () => options.summary ?? {},
        setProperties: options.setProperties ?? {},
        removeProperties: options.removeProperties ?? [],
        ...(options.evolution === undefined ? {} : { evolution: options.evolution }),
      };
    },
    options,
  );
  return assertCommitted(committed);
}

/** A delete that names or covers a replaced file would not reach its rows in the new one, and they would come back. */
async function refuseDeletesOf(
  base: Table,
  head: Snapshot | undefined,
  removed: readonly ScannedFile[],
): Promise<void> {
  if (head === undefined) return;
  const manifests = await readManifestList(base.io, base.metadata, head);
  const byPartition = new Map(removed.map(({ file }) => [partitionKey(file), file]));
  for (const manifest of manifests) {
    if (manifest.content !== 'deletes' || !mayHoldLiveFiles(manifest)) continue;
    for (const entry of await readManifest(base.io, base.metadata, manifest)) {
      if (entry.status === 'deleted') continue;
      const hit = isGlobal(base, entry) ? removed[0]?.file : byPartition.get(partitionKey(entry.file));
      if (hit !== undefined) throw newDelete(base, hit, entry);
    }
  }
}

/** An equality delete under a spec without fields reaches every partition. @see Iceberg spec, "Scan Planning" */
const isGlobal = (base: Table, { file }: ManifestEntry): boolean =>
  file.content === 'equality-deletes' && specById(base.metadata, file.specId).fields.length === 0;

function newDelete(base: Table, file: DataFile, { file: deletes }: ManifestEntry): ValidationError {
  return new ValidationError(
    `Cannot commit, found new delete for replaced data file: ${file.path}. Delete file ${deletes.path} of table ` +
      `${formatIdentifier(base.identifier)} may apply to it. Nothing was committed. Apply the deletes with an engine that reads them first.`,
  );
}
