import {
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
/** Fewer small files of one process are left alone. */
const WORTHWHILE_GROUP = 8;
/** A file grown beyond this is not rewritten again. */
const SMALL_BYTES = 1024 * 1024;
const READ_CONCURRENCY = 8;

/**
 * Puts the many small files of the past together, those of each process in one, and all manifests in one; operation `replace`.
 *
 * Every session adds a small file, so that without this a year of hourly sessions would be thousands of files to read. Reads only the
 * metadata where there is nothing to gain. Returns undefined then, and when somebody else did the same meanwhile.
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
  if (known < WORTHWHILE_FILES) return undefined;
  const small = groupsOfSmallFiles(await planFiles(table)).flat();
  if (small.length === 0) return undefined;

  const added = await rewrite(table, shape, small);
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

function groupsOfSmallFiles(files: readonly ScannedFile[]): readonly (readonly ScannedFile[])[] {
  const groups = new Map<unknown, ScannedFile[]>();
  for (const scanned of files) {
    if (scanned.file.fileSizeBytes >= SMALL_BYTES) continue;
    const process = scanned.file.partition[0];
    groups.set(process, [...(groups.get(process) ?? []), scanned]);
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
  const ordered = files.toSorted((a, b) => Number(a.sequenceNumber - b.sequenceNumber));
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
