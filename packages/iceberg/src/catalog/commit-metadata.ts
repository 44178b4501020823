import { CommitConflictError } from '../errors.ts';
import type { FileIO } from '../io/file-io.ts';
import { applyUpdates } from '../metadata/apply-updates.ts';
import { checkRequirements } from '../metadata/check-requirements.ts';
import { newFileUuid } from '../metadata/file-uuid.ts';
import { metadataFileName, versionOfMetadataFile } from '../metadata/metadata-file-name.ts';
import {
  deletesOldMetadata,
  metadataCodecOf,
  metadataFolderOf,
  type NextMetadataVersion,
  nextMetadataVersion,
} from '../metadata/next-metadata-version.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { serializeTableMetadata } from '../metadata/table-metadata-json.ts';
import type { MetadataUpdate, TableRequirement } from '../metadata/updates.ts';
import { formatIdentifier, type LoadedTable } from './catalog.ts';

interface CommitMeans {
  readonly io: FileIO;
  readonly nowMs: number;
  readonly currentLocation: () => Promise<string>;
  /** Makes the written file current if the base still is; deletes it when that is certain not to have happened. */
  readonly swap: (newLocation: string) => Promise<boolean>;
}

/** One attempt of a table commit: check, compute, write the metadata file, swap. See `Catalog.commitTable` for errors. */
export async function commitMetadata(
  base: LoadedTable,
  requirements: readonly TableRequirement[],
  updates: readonly MetadataUpdate[],
  means: CommitMeans,
): Promise<LoadedTable> {
  checkRequirements(base.metadata, requirements, formatIdentifier(base.identifier));
  const changed = applyUpdates(base.metadata, updates, means.nowMs);
  // Saves a race that is lost already the writing of a file; the swap decides all the same.
  await refuseStaleBase(base, means);
  if (changed === base.metadata) return base;
  const next = nextMetadataVersion(base.metadata, base.metadataLocation, changed);
  const metadataLocation = await writeMetadata(means.io, next.metadata, base.metadataLocation);
  if (!(await means.swap(metadataLocation))) {
    await refuseStaleBase(base, means);
    throw conflict(base, base.metadataLocation);
  }
  await deleteDroppedVersions(means.io, next);
  return { identifier: base.identifier, metadataLocation, metadata: next.metadata };
}

/** Writes a metadata file that no table points to yet, numbered after the previous one. Returns its location. */
export async function writeMetadata(
  io: FileIO,
  metadata: TableMetadata,
  previousLocation: string | undefined,
): Promise<string> {
  const version = previousLocation === undefined ? 0 : versionOfMetadataFile(previousLocation) + 1;
  const codec = metadataCodecOf(metadata);
  const location = `${metadataFolderOf(metadata)}/${metadataFileName(version, newFileUuid(metadata.tableUuid), codec)}`;
  await io.create(location, serializeTableMetadata(metadata, codec));
  return location;
}

/** @throws {CommitConflictError} @throws {NoSuchTableError} */
async function refuseStaleBase(base: LoadedTable, means: CommitMeans): Promise<void> {
  const location = await means.currentLocation();
  if (location !== base.metadataLocation) throw conflict(base, location);
}

function conflict(base: LoadedTable, found: string): CommitConflictError {
  return new CommitConflictError(
    `Another writer committed to ${formatIdentifier(base.identifier)} first: this commit was made on ${base.metadataLocation}, ` +
      `the table is at ${found}. Nothing was committed. Refresh the table, check again, and commit on the new base.`,
  );
}

/** The commit has happened; a file that cannot be deleted is a left-over, not a failure of the commit. */
async function deleteDroppedVersions(io: FileIO, { metadata, dropped }: NextMetadataVersion): Promise<void> {
  if (!deletesOldMetadata(metadata)) return;
  await Promise.allSettled(dropped.map((entry) => io.delete(entry.metadataFile)));
}
