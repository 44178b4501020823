import type { CommittedSnapshot } from '../commit/commit-snapshot.ts';
import { ValidationError } from '../errors.ts';
import type { Predicate } from '../expressions/predicate.ts';
import type { DataFile } from '../manifest/data-file.ts';
import { currentSchema } from '../metadata/history.ts';
import { fileFilter } from '../scan/file-filter.ts';
import { planFiles } from '../scan/plan-files.ts';
import type { ScannedFile } from '../scan/scanned-file.ts';
import type { SnapshotId } from '../spec/ids.ts';
import type { Table } from '../table.ts';
import { predicateText } from './predicate-text.ts';
import { commitFiles, operationOf, type ProducerOptions } from './producer-options.ts';
import { refuseConflicts } from './refuse-conflicts.ts';

export interface OverwriteOptions extends ProducerOptions {
  /** Which rows go. */
  readonly filter: Predicate;
  /** Files that take their place. Default: none. */
  readonly add?: readonly DataFile[];
  /** The head that the overwrite was planned on. With it, files with matching rows that others added or removed since are refused. */
  readonly validateFrom?: SnapshotId;
  /** Refuse added files that may hold rows which the filter does not match. Default false. */
  readonly validateAddedFiles?: boolean;
}

/**
 * Removes every row that matches the filter and adds files in the same table commit. Whole files only: one whose rows match in
 * part is refused, because it would have to be written anew.
 *
 * @returns undefined when nothing matched and nothing is added
 * @throws {ValidationError} a file matches in part, or others changed matching rows since `validateFrom`
 * @throws {UnsupportedFeatureError} delete files may apply to matching rows
 * @throws as {@link commitSnapshot}
 */
export function overwriteByFilter(table: Table, options: OverwriteOptions): Promise<CommittedSnapshot | undefined> {
  const { filter, add = [], validateFrom, validateAddedFiles = false } = options;
  return commitFiles(table, options, async (base, head) => {
    if (validateAddedFiles) refuseAddedOutside(base, add, filter);
    if (validateFrom !== undefined) {
      const query = { start: validateFrom, head: head?.snapshotId, filter };
      await refuseConflicts(base, query, `records matching ${predicateText(filter)}`);
    }
    const removed = await filesWithin(base, options.branch, filter);
    if (removed.length === 0 && add.length === 0) return undefined;
    return { operation: operationOf(add.length > 0, removed.length > 0), added: add, removed };
  });
}

/** The files all of whose rows match. @throws {ValidationError} a file that may match and does not wholly */
async function filesWithin(
  base: Table,
  branch: string | undefined,
  filter: Predicate,
): Promise<readonly ScannedFile[]> {
  const { mustMatch } = fileFilter(base.metadata, currentSchema(base.metadata), filter);
  const files = await planFiles(base, { filter, branch: branch ?? 'main' });
  const partly = files.find(({ file }) => !mustMatch(file));
  if (partly === undefined) return files;
  throw new ValidationError(
    `Cannot delete file where some, but not all, rows match filter ${predicateText(filter)}: ${partly.file.path}. ` +
      'Nothing was committed. Choose a filter that follows the partitions, or write the remaining rows of such files anew.',
  );
}

function refuseAddedOutside(base: Table, add: readonly DataFile[], filter: Predicate): void {
  const { mustMatch } = fileFilter(base.metadata, currentSchema(base.metadata), filter);
  const outside = add.find((file) => !mustMatch(file));
  if (outside === undefined) return;
  throw new ValidationError(
    `Cannot append file with rows that do not match filter: ${predicateText(filter)}: ${outside.path}. Nothing was committed. ` +
      'Write only rows that the filter matches, with partitions or bounds that show it.',
  );
}
