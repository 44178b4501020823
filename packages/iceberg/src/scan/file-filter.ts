import { bindPredicate } from '../expressions/bind.ts';
import { type BoundTerm, termsOf } from '../expressions/bound-predicate.ts';
import { manifestMayMatch } from '../expressions/evaluate-manifest.ts';
import { type FileMetrics, fileMayMatch, fileMustMatch } from '../expressions/evaluate-metrics.ts';
import { inclusivePartitionFilter, strictPartitionFilter } from '../expressions/evaluate-partition.ts';
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
  /** The columns that the predicate looks at. */
  readonly terms: readonly BoundTerm[];
  /** Whether a row may match, by metrics of {@link terms} alone. */
  readonly metricsMayMatch: (metrics: FileMetrics) => boolean;
}

/**
 * Projections are made once per spec, so the filter is meant to be asked about many files.
 *
 * @throws {InvalidArgumentError} the predicate names a column that `schema` does not have, or a value of another type
 */
export function fileFilter(metadata: TableMetadata, schema: Schema, predicate: Predicate): FileFilter {
  const bound = bindPredicate(schema, predicate);
  // A file without rows has none that match; but who asks for everything wants to see it.
  if (bound.kind === 'true') return EVERYTHING;
  const filtersBySpec = (make: typeof inclusivePartitionFilter) =>
    oncePerId((specId) => make(bound, specById(metadata, specId), schema));
  const [inclusive, strict] = [filtersBySpec(inclusivePartitionFilter), filtersBySpec(strictPartitionFilter)];
  const mayMatchPartition = (file: DataFile): boolean => inclusive(file.specId)(file.partition);
  return {
    manifestMayMatch: (manifest) => manifestMayMatch(bound, specById(metadata, manifest.specId), schema, manifest),
    partitionMayMatch: mayMatchPartition,
    mayMatch: (file) => mayMatchPartition(file) && fileMayMatch(bound, schema, file),
    mustMatch: (file) => strict(file.specId)(file.partition) || fileMustMatch(bound, schema, file),
    terms: termsOf(bound),
    metricsMayMatch: (metrics) => fileMayMatch(bound, schema, metrics),
  };
}

const yes = (): boolean => true;
const EVERYTHING: FileFilter = {
  manifestMayMatch: yes,
  partitionMayMatch: yes,
  mayMatch: yes,
  mustMatch: yes,
  terms: [],
  metricsMayMatch: yes,
};

function oncePerId<T>(make: (id: number) => T): (id: number) => T {
  const made = new Map<number, T>();
  return (id) => {
    const known = made.get(id);
    if (known !== undefined) return known;
    const value = make(id);
    made.set(id, value);
    return value;
  };
}
