/**
 * Files that dead processes left in the folders of a table, and that nothing reaches: data files that were never staged, manifests
 * and metadata files of table commits that never came to be, temporary files.
 *
 * An orphan is named as ours are, older than a day (younger ones may belong to a write that is still at work), lies in a folder of the
 * table, and is reached by no snapshot of it, nor of any other table of the catalog that has a folder in common with it.
 */
import {
  type Catalog,
  type FileInfo,
  NoSuchTableError,
  openTable,
  parseTableMetadata,
  readManifest,
  readManifestList,
  type SnapshotId,
  type Table,
} from '@psyberg/iceberg';
import type { CleanReport } from '../reports.ts';

const FILE_AGE_MIN_MS = 24 * 3_600_000;
const UUID = '[\\da-f]{8}(?:-[\\da-f]{4}){3}-[\\da-f]{12}';
/** As our engines name data files and the folders they work in, our own tables their files, and table commits what they write. */
const OURS = new RegExp(
  `/(?:(?:\\d{5}-\\d+-)?${UUID}\\.parquet|_attempt-${UUID}/.+|${UUID}-m\\d+\\.avro|snap-\\d+-\\d+-${UUID}\\.avro` +
    `|\\d{5,}-${UUID}(?:\\.gz)?\\.metadata\\.json)(?:\\.${UUID}\\.tmp)?$`,
);

type Files = CleanReport['files'];

/** @param gone snapshots that count as removed, and what only they need with them */
export async function orphanFiles(
  table: Table,
  gone: ReadonlySet<SnapshotId>,
  given: Files,
  nowMs: number,
): Promise<Files> {
  const found = new Map(given.map((file) => [withoutScheme(file.location), file]));
  for await (const { location, sizeBytes } of oldFiles(table, nowMs))
    found.set(withoutScheme(location), { location, sizeBytes });
  if (found.size === 0) return [];
  const needed = await reachedFiles(table, gone);
  const unreached = [...found].filter(([path]) => !needed.has(path));
  if (unreached.length === 0) return [];
  const others = await neededByOthers(table);
  const orphans: Files[number][] = [];
  for (const [path, file] of unreached) {
    if (others.has(path) || !(await isLeftOver(table, file.location, needed))) continue;
    orphans.push(file);
  }
  return orphans;
}

async function* oldFiles(table: Table, nowMs: number): AsyncGenerator<FileInfo> {
  for (const folder of foldersOf(table)) {
    for await (const file of table.io.list(folder)) {
      if (file.modifiedMs <= nowMs - FILE_AGE_MIN_MS && OURS.test(file.location)) yield file;
    }
  }
}

/** Where a table's files are, or were before a property named another folder; without slashes at the end. */
const foldersOf = ({ metadata }: Table): readonly string[] => [
  ...new Set(
    ['data', 'metadata'].flatMap((kind) => {
      const own = `${metadata.location}/${kind}`;
      return [own, (metadata.properties[`write.${kind}.path`] ?? own).replace(/(?<=.)\/+$/, '')];
    }),
  ),
];

/** Everything that the table's metadata leads to, but for what only snapshots that are gone need. */
async function reachedFiles(
  { io, metadata, metadataLocation }: Table,
  gone: ReadonlySet<SnapshotId>,
): Promise<ReadonlySet<string>> {
  const needed = new Set([metadataLocation, ...metadata.metadataLog.map((e) => e.metadataFile)].map(withoutScheme));
  const read = new Set<string>();
  for (const snapshot of metadata.snapshots) {
    if (gone.has(snapshot.snapshotId)) continue;
    if (snapshot.manifestList !== undefined) needed.add(withoutScheme(snapshot.manifestList));
    for (const manifest of await readManifestList(io, metadata, snapshot)) {
      needed.add(withoutScheme(manifest.path));
      if (read.has(manifest.path)) continue;
      read.add(manifest.path);
      for (const { file } of await readManifest(io, metadata, manifest)) needed.add(withoutScheme(file.path));
    }
  }
  return needed;
}

/** What other tables of the catalog reach, as far as their folders and this table's overlap. */
async function neededByOthers(table: Table): Promise<ReadonlySet<string>> {
  const own = foldersOf(table).map(withoutScheme);
  const needed = new Set<string>();
  for await (const other of tablesOf(table.catalog)) {
    if (other.metadata.tableUuid === table.metadata.tableUuid) continue;
    const theirs = [other.metadata.location, ...foldersOf(other)].map(withoutScheme);
    if (!theirs.some((a) => own.some((b) => isWithin(a, b) || isWithin(b, a)))) continue;
    for (const path of await reachedFiles(other, new Set())) needed.add(path);
  }
  return needed;
}

async function* tablesOf(catalog: Catalog, parent: readonly string[] = []): AsyncGenerator<Table> {
  for (const namespace of await catalog.listNamespaces(parent)) {
    for (const identifier of await catalog.listTables(namespace)) {
      const table = await openIfThere(catalog, identifier);
      if (table !== undefined) yield table;
    }
    yield* tablesOf(catalog, namespace);
  }
}

async function openIfThere(catalog: Catalog, identifier: Table['identifier']): Promise<Table | undefined> {
  try {
    return await openTable(catalog, identifier);
  } catch (error) {
    if (error instanceof NoSuchTableError) return undefined;
    throw error;
  }
}

const isWithin = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);

/**
 * Metadata files that the log has no room for any more are the table's past and stay, as they do in every engine, unless the table asks
 * for them to be deleted. One never was the
 * table's if it was made on top of a version whose real successor is known, or is that of an empty table of another uuid, which
 * somebody was about to create here.
 */
async function isLeftOver(table: Table, location: string, needed: ReadonlySet<string>): Promise<boolean> {
  if (!location.endsWith('.metadata.json')) return true;
  if (table.metadata.properties['write.metadata.delete-after-commit.enabled']?.toLowerCase() === 'true') return true;
  const metadata = parseTableMetadata(await table.io.read(location), location);
  const before = metadata.metadataLog.at(-1);
  if (before !== undefined) return needed.has(withoutScheme(before.metadataFile));
  return metadata.tableUuid !== table.metadata.tableUuid && metadata.snapshots.length === 0;
}

/** Spellings of one local path must not make a live file look unreachable. */
const withoutScheme = (location: string): string => location.replace(/^file:\/*/, '/');
