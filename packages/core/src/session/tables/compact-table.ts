import {
  ancestorsOf,
  commitSnapshot,
  currentSchema,
  type DataFile,
  headOf,
  planFiles,
  readManifestList,
  type ScannedFile,
  type Snapshot,
  type Table,
} from '@psyberg/iceberg';
import { deleteFiles, writeDataFiles } from './data-files.ts';
import type { OwnTableShape } from './own-columns.ts';
import { isWritable, readParquet } from './parquet-rows.ts';

/** A table with fewer files is read quickly enough as it is. */
const WORTHWHILE_FILES = 60;
/** So many commits since the last time make it worth looking whether there is anything to put together. */
const WORTHWHILE_COMMITS = 8;
/** So many files of one process and of like size become one; fewer are left alone. */
const WORTHWHILE_GROUP = 8;
/** A file grown beyond this is not rewritten again. */
const SMALL_BYTES = 512 * 1024;
const READ_CONCURRENCY = 8;

/**
 * Puts the many small files of the past together, eight of one process and of like size in one, and all manifests in one; operation
 * `replace`.
 *
 * Every session adds a small file, so that without this a year of hourly sessions would be thousands of files to read. Only files of
 * like size, so that a row is rewritten three or four times in its life, however long the table gets. Reads only the metadata where
 * there is nothing to gain. Returns undefined then, and when somebody else did the same meanwhile.
 *
 * @throws {CommitConflictError} others committed during every attempt; nothing was changed
 */
export async function compactTable(
  table: Table,
  shape: OwnTableShape,
  clock: () => number,
): Promise<Table | undefined> {
  const head = headOf(table.metadata);
  if (head === undefined || !currentSchema(table.metadata).fields.every(({ type }) => isWritable(type)))
    return undefined;
  const known = Number(head.summary['total-data-files'] ?? WORTHWHILE_FILES);
  if (known < WORTHWHILE_FILES || commitsSinceCompaction(table, head) < WORTHWHILE_COMMITS) return undefined;
  const groups = groupsOfSmallFiles(await planFiles(table));
  const small = groups.flat();
  if (small.length === 0) return undefined;

  const added: DataFile[] = [];
  for (const group of groups) added.push(...(await rewrite(table, shape, group)));
  try {
    const committed = await commitSnapshot(table, (base, now) => replacement(base, now, small, added), { clock });
    if (committed === undefined) await deleteFiles(table, added);
    return committed?.table;
  } catch (error) {
    if (!mayBeThere(error)) await deleteFiles(table, added);
    throw error;
  }
}

const mayBeThere = (error: unknown): boolean => (error as { outcome?: unknown } | undefined)?.outcome === 'unknown';

/** Not beyond those that matter. */
function commitsSinceCompaction({ metadata }: Table, head: Snapshot): number {
  let commits = 0;
  for (const { operation } of ancestorsOf(metadata, head.snapshotId)) {
    if (operation === 'replace' || commits === WORTHWHILE_COMMITS) break;
    commits += 1;
  }
  return commits;
}

function groupsOfSmallFiles(files: readonly ScannedFile[]): readonly (readonly ScannedFile[])[] {
  const groups = new Map<string, ScannedFile[]>();
  for (const scanned of files) {
    if (scanned.file.fileSizeBytes >= SMALL_BYTES) continue;
    const sizeClass = Math.floor(Math.log2(scanned.file.recordCount) / Math.log2(WORTHWHILE_GROUP));
    const key = JSON.stringify([scanned.file.partition[0], sizeClass]);
    groups.set(key, [...(groups.get(key) ?? []), scanned]);
  }
  return [...groups.values()].filter((group) => group.length >= WORTHWHILE_GROUP);
}

/** Rows keep the order in which they were written. */
async function rewrite(
  table: Table,
  shape: OwnTableShape,
  files: readonly ScannedFile[],
): Promise<readonly DataFile[]> {
  const { fields } = currentSchema(table.metadata);
  const ordered = files.toSorted((a, b) =>
    a.sequenceNumber < b.sequenceNumber ? -1 : a.sequenceNumber > b.sequenceNumber ? 1 : 0,
  );
  const rows = [];
  for (let i = 0; i < ordered.length; i += READ_CONCURRENCY) {
    const some = ordered.slice(i, i + READ_CONCURRENCY);
    const read = some.map(async ({ file }) => readParquet(fields, await table.io.read(file.path)));
    rows.push(...(await Promise.all(read)).flat());
  }
  return writeDataFiles(table, shape, fields, rows);
}

/** Against the head of one attempt: nothing to do once one of the files is no longer live. */
async function replacement(
  base: Table,
  head: Snapshot | undefined,
  small: readonly ScannedFile[],
  files: readonly DataFile[],
) {
  if (head === undefined) return undefined;
  const live = new Map((await planFiles(base)).map((scanned) => [scanned.file.path, scanned]));
  const removed = small.flatMap(({ file }) => live.get(file.path) ?? []);
  if (removed.length < small.length) return undefined;
  const manifests = await readManifestList(base.io, base.metadata, head);
  const dataSequenceNumber = removed.reduce(
    (latest, { sequenceNumber }) => (sequenceNumber > latest ? sequenceNumber : latest),
    removed[0]!.sequenceNumber,
  );
  return {
    operation: 'replace' as const,
    added: [{ name: 'compacted', files, dataSequenceNumber }],
    removed,
    movedManifests: manifests.filter(({ content }) => content === 'data').map(({ path }) => path),
    summary: () => ({}),
  };
}
