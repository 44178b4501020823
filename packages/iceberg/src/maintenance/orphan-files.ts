import type { Catalog } from '../catalog/catalog.ts';
import { NoSuchTableError } from '../errors.ts';
import type { FileInfo } from '../io/file-io.ts';
import { locationKey } from '../io/local-path.ts';
import { dataFolderOf, deletesOldMetadata, metadataFolderOf } from '../metadata/next-metadata-version.ts';
import { parseTableMetadata } from '../metadata/parse-table-metadata.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { SnapshotId } from '../spec/ids.ts';
import { openTable, refreshTable, type Table } from '../table.ts';
import { reachableFiles } from './reachable-files.ts';

export type OrphanFile = Pick<FileInfo, 'location' | 'sizeBytes'>;

export interface OrphanSearch {
  /** Whether a file is named as those of the caller are; no other is ever found. Asked with the whole location. */
  readonly isOurs: (location: string) => boolean;
  /** Younger files may belong to a write that is still at work, and are passed over. */
  readonly minAgeMs: number;
  /** For ages. */
  readonly nowMs: number;
  /** Snapshots that are about to go: what only they need counts as unreached. */
  readonly except?: ReadonlySet<SnapshotId>;
  /** Files that are looked at too, whatever their names, ages and folders. */
  readonly also?: readonly OrphanFile[];
}

/**
 * Files of the caller's own that dead processes left behind: named as theirs, old enough, in the `data` and `metadata` folders of
 * the table or where its properties name others, and reached by no snapshot of the table that is listed, nor of any table of the
 * catalog whose folders overlap with these. Nothing is changed.
 *
 * Metadata files that the log has no room for any more are the table's past and no orphans, unless the table asks for them to be
 * deleted (`write.metadata.delete-after-commit.enabled`); those that never became the table's are.
 *
 * Lists the folders, and reads the whole table, as it is after that, if anything was found.
 *
 * @throws {FileNotFoundError} a file of a listed snapshot is missing
 */
export async function orphanFiles(table: Table, search: OrphanSearch): Promise<readonly OrphanFile[]> {
  const { isOurs, minAgeMs, nowMs, except, also = [] } = search;
  const found = new Map(also.map((file) => [locationKey(file.location), file]));
  for (const folder of foldersOf(table.metadata)) {
    for await (const file of table.io.list(folder)) {
      const key = locationKey(file.location);
      const isOld = file.modifiedMs <= nowMs - minAgeMs;
      if (isOld && !found.has(key) && isOurs(file.location)) found.set(key, file);
    }
  }
  // Read only now: a file that was committed while the folders were listed must be seen as reached.
  return found.size === 0 ? [] : unreached(await refreshTable(table), except, found);
}

async function unreached(
  table: Table,
  except: ReadonlySet<SnapshotId> | undefined,
  found: ReadonlyMap<string, OrphanFile>,
): Promise<OrphanFile[]> {
  const reached = await reachableFiles(table, except);
  const left = [...found].filter(([key]) => !reached.has(key));
  if (left.length === 0) return [];
  const byOthers = await reachedByOthers(table);
  const files: OrphanFile[] = [];
  for (const [key, file] of left) {
    if (!byOthers.has(key) && (await isLeftOver(table, file.location, reached))) files.push(file);
  }
  return files;
}

/** Where a table's files are, or were before a property named another folder. */
export function foldersOf(metadata: TableMetadata): readonly string[] {
  const own = ['data', 'metadata'].map((name) => `${metadata.location}/${name}`);
  return [...new Set([...own, dataFolderOf(metadata), metadataFolderOf(metadata)])];
}

/** Whether a folder or file is another one or lies in it, however both are spelled. */
export function isWithin(location: string, folder: string): boolean {
  const [inner, outer] = [locationKey(location), locationKey(folder)];
  return inner === outer || inner.startsWith(`${outer}/`);
}

/** What other tables of the catalog lead to, as far as their folders and this table's overlap. */
async function reachedByOthers(table: Table): Promise<ReadonlySet<string>> {
  const own = foldersOf(table.metadata);
  const reached = new Set<string>();
  for await (const other of tablesOf(table.catalog)) {
    if (other.metadata.tableUuid === table.metadata.tableUuid) continue;
    const theirs = [other.metadata.location, ...foldersOf(other.metadata)];
    if (!theirs.some((a) => own.some((b) => isWithin(a, b) || isWithin(b, a)))) continue;
    for (const key of await reachableFiles(other)) reached.add(key);
  }
  return reached;
}

async function* tablesOf(catalog: Catalog, parent: readonly string[] = []): AsyncGenerator<Table> {
  for (const namespace of await catalog.listNamespaces(parent)) {
    for (const identifier of await catalog.listTables(namespace)) {
      const table = await openTable(catalog, identifier).catch((error: unknown) => {
        if (error instanceof NoSuchTableError) return undefined;
        throw error;
      });
      if (table !== undefined) yield table;
    }
    yield* tablesOf(catalog, namespace);
  }
}

/**
 * A metadata file never was the table's if it was made on top of a version whose real successor is known, or if it is that of an
 * empty table of another uuid, which somebody was about to create here.
 */
async function isLeftOver(table: Table, location: string, reached: ReadonlySet<string>): Promise<boolean> {
  if (!/\.metadata\.json(\.gz)?$/.test(location)) return true;
  if (deletesOldMetadata(table.metadata)) return true;
  const metadata = parseTableMetadata(await table.io.read(location), location);
  const before = metadata.metadataLog.at(-1);
  if (before !== undefined) return reached.has(locationKey(before.metadataFile));
  return metadata.tableUuid !== table.metadata.tableUuid && metadata.snapshots.length === 0;
}
