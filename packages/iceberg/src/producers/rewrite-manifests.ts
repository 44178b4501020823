import type { CommittedSnapshot } from '../commit/commit-snapshot.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import { mayHoldLiveFiles } from '../scan/read-manifest.ts';
import { readManifestList } from '../scan/read-manifest-list.ts';
import type { Table } from '../table.ts';
import { commitFiles, type ProducerOptions } from './producer-options.ts';

/**
 * Moves all live files of the head into as few manifests as possible; operation `replace`. No row, file or sequence number changes.
 *
 * Reads and writes anew every data manifest of the head.
 *
 * @returns undefined when the head has fewer than two data manifests
 * @throws as {@link commitSnapshot}
 */
export function rewriteManifests(table: Table, options: ProducerOptions = {}): Promise<CommittedSnapshot | undefined> {
  return commitFiles(table, options, async (base, head) => {
    const manifests = await liveDataManifests(base, head);
    if (manifests.length < 2) return undefined;
    return { operation: 'replace', movedManifests: manifests.map(({ path }) => path) };
  });
}

/** Reads the head's manifest list. */
export async function liveDataManifests(base: Table, head: Snapshot | undefined): Promise<readonly ManifestFile[]> {
  if (head === undefined) return [];
  const manifests = await readManifestList(base.io, base.metadata, head);
  return manifests.filter((manifest) => manifest.content === 'data' && mayHoldLiveFiles(manifest));
}
