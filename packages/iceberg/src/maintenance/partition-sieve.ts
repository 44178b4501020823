import type { DataFile } from '../manifest/data-file.ts';
import type { FieldSummary, ManifestFile } from '../manifest/manifest-file.ts';
import { specById } from '../metadata/history.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { partitionKey } from '../scan/partition-key.ts';
import { compareValues } from '../spec/compare-values.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import { resultType } from '../spec/result-type.ts';
import { findField } from '../spec/schema.ts';
import { decodeSingleValue } from '../spec/single-values.ts';
import { isPrimitive } from '../spec/type-kinds.ts';
import type { NullableValue, PrimitiveType } from '../spec/types.ts';

/**
 * Tells which manifests may list one of some files, by the partitions that the rows of the manifest list name. In doubt a manifest
 * may: what is asked is whether a file can be deleted.
 */
export function partitionSieve(
  metadata: TableMetadata,
  files: Iterable<Pick<DataFile, 'specId' | 'partition'>>,
): (manifest: ManifestFile) => boolean {
  const bySpec = new Map<number, Map<string, readonly NullableValue[]>>();
  for (const file of files) {
    const partitions = bySpec.get(file.specId) ?? new Map<string, readonly NullableValue[]>();
    bySpec.set(file.specId, partitions.set(partitionKey(file), file.partition));
  }
  const typesBySpec = new Map<number, readonly (PrimitiveType | undefined)[]>();
  return ({ specId, partitions: summaries }) => {
    const wanted = bySpec.get(specId);
    if (wanted === undefined) return false;
    const types = typesBySpec.get(specId) ?? typesOf(metadata, specById(metadata, specId));
    typesBySpec.set(specId, types);
    if (summaries === undefined || summaries.length !== types.length) return true;
    return [...wanted.values()].some((partition) =>
      partition.every((value, at) => mayHold(types[at], summaries[at]!, value)),
    );
  };
}

/** As values of a partition are read; undefined where the source is not known any more, or the transform is not known at all. */
function typesOf(metadata: TableMetadata, spec: PartitionSpec): (PrimitiveType | undefined)[] {
  const newestFirst = [...metadata.schemas].sort((a, b) => b.schemaId - a.schemaId);
  return spec.fields.map(({ sourceId, transform }) => {
    const source = newestFirst.map((schema) => findField(schema, sourceId)).find((found) => found !== undefined);
    const isRead = source !== undefined && isPrimitive(source.type) && source.type.kind !== 'unsupported';
    if (!isRead || transform.kind === 'unknown' || transform.kind === 'void') return undefined;
    return resultType(transform, source.type as PrimitiveType);
  });
}

function mayHold(type: PrimitiveType | undefined, summary: FieldSummary, value: NullableValue): boolean {
  if (type === undefined) return true;
  if (value === null) return summary.containsNull;
  if (Number.isNaN(value)) return true;
  const { lowerBound, upperBound } = summary;
  const isAbove = lowerBound === undefined || compareValues(type, value, decodeSingleValue(type, lowerBound)) >= 0;
  return isAbove && (upperBound === undefined || compareValues(type, value, decodeSingleValue(type, upperBound)) <= 0);
}
