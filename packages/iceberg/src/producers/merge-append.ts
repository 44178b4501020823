import type { CommittedSnapshot } from '../commit/commit-snapshot.ts';
import type { DataFile } from '../manifest/data-file.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import type { Table } from '../table.ts';
import { assertCommitted, commitFiles, type ProducerOptions } from './producer-options.ts';
import { liveDataManifests } from './rewrite-manifests.ts';

export interface MergeAppendOptions extends ProducerOptions {
  /** How many manifests the head must have before they are merged. Default: `commit.manifest.min-count-to-merge`, else 100. */
  readonly minCountToMerge?: number;
}

/**
 * As {@link fastAppend}, but when the head has many manifests its live files move together into few. Their entries then say
 * "existing": what an older snapshot added is told by that snapshot's own manifests, which stay.
 *
 * @throws as {@link commitSnapshot}
 */
export async function mergeAppend(
  table: Table,
  files: readonly DataFile[],
  options: MergeAppendOptions = {},
): Promise<CommittedSnapshot> {
  const decide = async (base: Table, head: Snapshot | undefined) => {
    const manifests = (await liveDataManifests(base, head)).map(({ path }) => path);
    const isDue = manifests.length >= (options.minCountToMerge ?? minCountOf(base));
    return { operation: 'append', added: files, movedManifests: isDue ? manifests : [] } as const;
  };
  return assertCommitted(await commitFiles(table, options, decide));
}

function minCountOf({ metadata }: Table): number {
  const text = metadata.properties['commit.manifest.min-count-to-merge'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : 100;
}
