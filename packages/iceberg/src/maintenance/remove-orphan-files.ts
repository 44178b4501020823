import { formatIdentifier } from '../catalog/catalog.ts';
import { ValidationError } from '../errors.ts';
import type { Table } from '../table.ts';
import { deleteAll } from './delete-all.ts';
import { refuseWithoutGc } from './expire-snapshots.ts';
import type { FailedFile } from './expired-files.ts';
import { foldersOf, isWithin, type OrphanFile, orphanFiles } from './orphan-files.ts';

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
  readonly files: readonly OrphanFile[];
  /** What could not be deleted. */
  readonly failed: readonly FailedFile[];
}

/**
 * Deletes files of the caller's own that dead processes left behind, as {@link orphanFiles} finds them.
 *
 * @throws {ValidationError} the table forbids it (`gc.enabled` = `false`), or has folders outside of its own
 * @throws {FileNotFoundError} a file of a listed snapshot is missing; nothing was deleted
 */
export async function removeOrphanFiles(table: Table, options: OrphanOptions): Promise<OrphanReport> {
  const { isOurs, minAgeMs = DEFAULT_MIN_AGE_MS, dryRun = false, clock = Date.now } = options;
  refuseWithoutGc(table);
  if (options.allowOutside !== true) refuseOutside(table);
  const files = await orphanFiles(table, { isOurs, minAgeMs, nowMs: clock() });
  if (dryRun) return { files, failed: [] };
  const { deleted, failed } = await deleteAll(table.io, files);
  return { files: deleted, failed };
}

function refuseOutside({ identifier, metadata }: Table): void {
  const outside = foldersOf(metadata).find((folder) => !isWithin(folder, metadata.location));
  if (outside === undefined) return;
  throw new ValidationError(
    `Table ${formatIdentifier(identifier)} keeps files outside of its own folder, in ${outside}, where files of others may be that ` +
      'nothing here knows of. Nothing was deleted. Allow it (allowOutside) if all that is named as yours there is yours.',
  );
}
