import { bindPredicate } from '../expressions/bind.ts';
import { manifestMayMatch } from '../expressions/evaluate-manifest.ts';
import { fileMayMatch, fileMustMatch } from '../expressions/evaluate-metrics.ts';
import { partitionMayMatch, partitionMustMatch } from '../expressions/evaluate-partition.ts';
import type { Predicate } from '../expressions/predicate.ts';
import type { DataFile } from '../manifest/data-file.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import { specById } from '../metadata/history.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { Schema } from '../spec/types.ts';

/** A predicate asked of manifests and files, each with the spec it was written under. */
export interface FileFilter {
  /** Whether the manifest may hold a live file with a matching row. */
  readonly manifestMayMatch: (manifest: ManifestFile) => boolean;
  /** Whether a row of the file's partition may match; the only question that makes sense for a delete file. */
  readonly partitionMayMatch: (file: DataFile) => boolean;
  /** Whether a row of the file may match, by partition and bounds. */
  readonly mayMatch: (file: DataFile) => boolean;
  /** Whether every row of the file matches, by partition or bounds. */
  readonly mustMatch: (file: DataFile) => boolean;
}

/**
 * @throws {InvalidArgumentError} the predicate names a column that `schema` does not have, or a value of another type
 */
export function fileFilter(metadata: TableMetadata, schema: Schema, predicate: Predicate): FileFilter {
  const bound = bindPredicate(schema, predicate);
  const inPartition = (file: DataFile): boolean =>
    partitionMayMatch(bound, specById(metadata, file.specId), schema, file.partition);
  return {
    manifestMayMatch: (manifest) => manifestMayMatch(bound, specById(metadata, manifest.specId), schema, manifest),
    partitionMayMatch: inPartition,
    mayMatch: (file) => inPartition(file) && fileMayMatch(bound, schema, file),
    mustMatch: (file) =>
      partitionMustMatch(bound, specById(metadata, file.specId), schema, file.partition) ||
      fileMustMatch(bound, schema, file),
  };
}
