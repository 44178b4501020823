import { type Catalog, formatIdentifier } from '../catalog/catalog.ts';
import { NoSuchTableError, ValidationError } from '../errors.ts';
import type { FileInfo } from '../io/file-io.ts';
import { locationKey } from '../io/local-path.ts';
import { metadataFolderOf } from '../metadata/next-metadata-version.ts';
import { parseTableMetadata } from '../metadata/parse-table-metadata.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { openTable, refreshTable, type Table } from '../table.ts';
import { deleteAll } from './delete-all.ts';
import { refuseWithoutGc } from './expire-snapshots.ts';
import type { FailedFile } from './expired-files.ts';
import { reachableFiles } from './reachable-files.ts';

/** As Java has it: longer than any write that is still at work. */
const DEFAULT_MIN_AGE_MS = 3 * 24 * 60 * 60 * 1000;

export interface OrphanOptions {
  /** Whether a file is named as those of the caller are; no other is ever touched. Asked with the whole location. */
  readonly isOurs: (location: string) => boolean;
  /** Younger files may belong to a write that is still at work, and stay. Default: three days. */
  readonly minAgeMs?: number;
  /** Only say what would go. Default false. */
  readonly dryRun?: boolean;
  /** Look into folders outside of the table's own that `write.data.path` or `write.metadata.path` name. Default: refuse such tables. */
  readonly allowOutside?: boolean;
  /** Milliseconds since the epoch, for ages. Default `Date.now`. */
  readonly clock?: () => number;
}

export interface OrphanReport {
  /** What was deleted; with `dryRun` what would be. */
  readonly files: readonly FileInfo[];
  /** What could not be deleted. */
  readonly failed: readonly FailedFile[];
}

/**
 * Deletes files of the caller's own that dead processes left behind: named as theirs, old enough, in the `data` and `metadata`
 * folders of the table or where its properties name others, and reached by no snapshot of the table that is listed, nor of any
 * table of the catalog whose folders overlap with these. Metadata files that the log has no room for any more are the table's
 * past and stay; only those that never became the table's go.
 *
 * Lists the folders, and reads the whole table if anything was found.
 *
 * @throws {ValidationError} the table forbids it (`gc.enabled` = `false`), or has folders outside of its own
 * @throws {FileNotFoundError} a file of a listed snapshot is missing; nothing was deleted
 */
export async function removeOrphanFiles(table: Table, options: OrphanOptions): Promise<OrphanReport> {
  const { isOurs, minAgeMs = DEFAULT_MIN_AGE_MS, dryRun = false, clock = Date.now } = options;
  refuseWithoutGc(table);
  if (options.allowOutside !== true) refuseOutside(table);
  const writtenUntilMs = clock() - minAgeMs;
  const found = new Map<string, FileInfo>();
  for (const folder of foldersOf(table.metadata)) {
    for await (const file of table.io.list(folder)) {
      if (file.modifiedMs <= writtenUntilMs && isOurs(file.location)) found.set(locationKey(file.location), file);
    }
  }
  // Read only now: a file that was committed while the folders were listed must be seen as reached.
  const files = found.size === 0 ? [] : await unreached(await refreshTable(table), found);
  if (dryRun) return { files, failed: [] };
  const { deleted, failed } = await deleteAll(table.io, files);
  return { files: deleted, failed };
}

async function unreached(table: Table, found: ReadonlyMap<string, FileInfo>): Promise<FileInfo[]> {
  const reached = await reachableFiles(table);
  const left = [...found].filter(([key]) => !reached.has(key));
  if (left.length === 0) return [];
  const byOthers = await reachedByOthers(table);
  const files: FileInfo[] = [];
  for (const [key, file] of left) {
    if (!byOthers.has(key) && (await isLeftOver(table, file.location, reached))) files.push(file);
  }
  return files;
}

/** Where a table's files are, or were before a property named another folder. */
function foldersOf(metadata: TableMetadata): readonly string[] {
  const own = ['data', 'metadata'].map((name) => `${metadata.location}/${name}`);
  return [...new Set([...own, dataFolderOf(metadata), metadataFolderOf(metadata)])];
}

const dataFolderOf = ({ location, properties }: TableMetadata): string =>
  properties['write.data.path']?.replace(/(?<=.)\/+$/, '') ?? `${location}/data`;

function refuseOutside({ identifier, metadata }: Table): void {
  const outside = foldersOf(metadata).find((folder) => !isWithin(folder, metadata.location));
  if (outside === undefined) return;
  throw new ValidationError(
    `Table ${formatIdentifier(identifier)} keeps files outside of its own folder, in ${outside}, where files of others may be that ` +
      'nothing here knows of. Nothing was deleted. Allow it (allowOutside) if all that is named as yours there is yours.',
  );
}

function isWithin(location: string, folder: string): boolean {
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
  const metadata = parseTableMetadata(await table.io.read(location), location);
  const before = metadata.metadataLog.at(-1);
  if (before !== undefined) return reached.has(locationKey(before.metadataFile));
  return metadata.tableUuid !== table.metadata.tableUuid && metadata.snapshots.length === 0;
}
