import { gzipSync } from 'node:zlib';
import { stringifyJson } from '../json/stringify-json.ts';
import { partitionFieldsToJson, partitionSpecToJson } from '../spec/partition-spec-json.ts';
import { schemaToJson } from '../spec/schema-json.ts';
import { sortOrderToJson } from '../spec/sort-order-json.ts';
import { currentSchema, defaultSpec } from './history.ts';
import type { MetadataCodec } from './metadata-file-name.ts';
import { refToJson } from './ref-json.ts';
import { snapshotToJson } from './snapshot-json.ts';
import type { TableMetadata } from './table-metadata.ts';

/** Members of table metadata that have a field of their own in `TableMetadata`, or are derived from one. */
export const KNOWN_MEMBERS = [
  'format-version',
  'table-uuid',
  'location',
  'last-sequence-number',
  'last-updated-ms',
  'last-column-id',
  'schema',
  'current-schema-id',
  'schemas',
  'partition-spec',
  'default-spec-id',
  'partition-specs',
  'last-partition-id',
  'default-sort-order-id',
  'sort-orders',
  'properties',
  'current-snapshot-id',
  'refs',
  'snapshots',
  'snapshot-log',
  'metadata-log',
] as const;

/**
 * Table metadata as JSON data, in the order in which Java prints it; ids are bigint.
 *
 * A table without a current snapshot says -1, which older versions of Java need.
 *
 * @see Iceberg spec, "Appendix C: JSON serialization" (v1, v2)
 */
export function tableMetadataToJson(metadata: TableMetadata): Record<string, unknown> {
  const isV1 = metadata.formatVersion === 1;
  const { statistics, 'partition-statistics': partitionStatistics, ...unknown } = metadata.unknown ?? {};
  return {
    'format-version': metadata.formatVersion,
    'table-uuid': metadata.tableUuid,
    location: metadata.location,
    'last-sequence-number': isV1 ? undefined : metadata.lastSequenceNumber,
    'last-updated-ms': metadata.lastUpdatedMs,
    'last-column-id': metadata.lastColumnId,
    schema: isV1 ? schemaToJson(currentSchema(metadata)) : undefined,
    'current-schema-id': metadata.currentSchemaId,
    schemas: metadata.schemas.map(schemaToJson),
    'partition-spec': isV1 ? partitionFieldsToJson(defaultSpec(metadata).fields) : undefined,
    'default-spec-id': metadata.defaultSpecId,
    'partition-specs': metadata.partitionSpecs.map(partitionSpecToJson),
    'last-partition-id': metadata.lastPartitionId,
    'default-sort-order-id': metadata.defaultSortOrderId,
    'sort-orders': metadata.sortOrders.map(sortOrderToJson),
    properties: metadata.properties,
    'current-snapshot-id': metadata.currentSnapshotId ?? -1,
    refs: Object.fromEntries(Object.entries(metadata.refs).map(([name, ref]) => [name, refToJson(ref)])),
    snapshots: metadata.snapshots.map((snapshot) => snapshotToJson(snapshot, metadata.formatVersion)),
    statistics,
    'partition-statistics': partitionStatistics,
    'snapshot-log': metadata.snapshotLog.map((entry) => ({
      'timestamp-ms': entry.timestampMs,
      'snapshot-id': entry.snapshotId,
      ...entry.unknown,
    })),
    'metadata-log': metadata.metadataLog.map((entry) => ({
      'timestamp-ms': entry.timestampMs,
      'metadata-file': entry.metadataFile,
      ...entry.unknown,
    })),
    ...unknown,
  };
}

/** The bytes of a metadata file. */
export function serializeTableMetadata(metadata: TableMetadata, codec: MetadataCodec = 'none'): Uint8Array {
  const bytes = new TextEncoder().encode(stringifyJson(tableMetadataToJson(metadata)));
  return codec === 'gzip' ? gzipSync(bytes) : bytes;
}
