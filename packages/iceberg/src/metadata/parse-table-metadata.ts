import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { InvalidMetadataError, UnsupportedFeatureError } from '../errors.ts';
import { parseJson } from '../json/parse-json.ts';
import { type SequenceNumber, type SnapshotId, toSequenceNumber } from '../spec/ids.ts';
import { asArray, asInt, asObject, asString, type JsonObject } from '../spec/json-access.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import {
  FIRST_PARTITION_FIELD_ID,
  partitionFieldsFromJson,
  partitionSpecFromJson,
} from '../spec/partition-spec-json.ts';
import { schemaFromJson } from '../spec/schema-json.ts';
import { UNSORTED_ORDER } from '../spec/sort-order.ts';
import { sortOrderFromJson } from '../spec/sort-order-json.ts';
import type { Schema } from '../spec/types.ts';
import { checkTableMetadata } from './check-table-metadata.ts';
import { refFromJson } from './ref-json.ts';
import { asLong, asSnapshotId, asStringMap, isAbsent, snapshotFromJson, unknownMembers } from './snapshot-json.ts';
import type { MetadataLogEntry, SnapshotLogEntry, SnapshotRef, TableMetadata } from './table-metadata.ts';
import { KNOWN_MEMBERS } from './table-metadata-json.ts';

/**
 * Table metadata from the content of a metadata file, gzip or not (told by its first bytes).
 *
 * What old v1 writers left out is filled in as the spec says; a v1 table without `table-uuid` gets one that follows from
 * its location, so that it is the same at each reading until a commit stores it.
 *
 * @param location names the file in messages
 * @throws {UnsupportedFeatureError} format version 3 or later
 * @throws {InvalidMetadataError} not JSON, or not what the spec says
 * @see Iceberg spec, "Table Metadata Fields" (v1, v2)
 */
export function parseTableMetadata(content: Uint8Array | string, location: string): TableMetadata {
  try {
    const object = asObject(parseJson(textOf(content)), 'Table metadata');
    const metadata = tableMetadataFromJson(object, location);
    checkTableMetadata(metadata);
    return metadata;
  } catch (error) {
    if (error instanceof UnsupportedFeatureError) throw error;
    const what = error instanceof Error ? error.message : String(error);
    throw new InvalidMetadataError(
      `Metadata file ${location} cannot be read: ${what} Nothing was changed. ` +
        'If the file is damaged, register an older metadata file of the table (its names count upwards).',
      { cause: error },
    );
  }
}

function textOf(content: Uint8Array | string): string {
  if (typeof content === 'string') return content;
  const isGzip = content[0] === 0x1f && content[1] === 0x8b;
  return new TextDecoder('utf-8', { fatal: true }).decode(isGzip ? gunzipSync(content) : content);
}

function tableMetadataFromJson(object: JsonObject, location: string): TableMetadata {
  const formatVersion = formatVersionOf(object, location);
  const tableLocation = asString(object.location, 'location').replace(/(?<=.)\/+$/, '');
  const schemas = schemasOf(object, formatVersion);
  const partitionSpecs = specsOf(object);
  const sortOrders = isAbsent(object['sort-orders'])
    ? [UNSORTED_ORDER]
    : asArray(object['sort-orders'], 'sort-orders').map(sortOrderFromJson);
  const currentSnapshotId = currentSnapshotIdOf(object);
  const unknown = unknownMembers(object, KNOWN_MEMBERS);
  return {
    formatVersion,
    tableUuid: tableUuidOf(object, formatVersion, tableLocation),
    location: tableLocation,
    lastSequenceNumber: lastSequenceNumberOf(object, formatVersion),
    lastUpdatedMs: asInt(object['last-updated-ms'], 'last-updated-ms'),
    lastColumnId: asInt(object['last-column-id'], 'last-column-id'),
    schemas,
    currentSchemaId: intOr(object, 'current-schema-id', formatVersion === 1 ? schemas.at(-1)?.schemaId : undefined),
    partitionSpecs,
    defaultSpecId: intOr(object, 'default-spec-id', formatVersion === 1 ? partitionSpecs.at(-1)?.specId : undefined),
    lastPartitionId: intOr(object, 'last-partition-id', highestPartitionFieldId(partitionSpecs)),
    sortOrders,
    defaultSortOrderId: intOr(object, 'default-sort-order-id', UNSORTED_ORDER.orderId),
    properties: isAbsent(object.properties) ? {} : asStringMap(object.properties, 'properties'),
    ...(currentSnapshotId === undefined ? {} : { currentSnapshotId }),
    snapshots: listOf(object, 'snapshots').map(snapshotFromJson),
    refs: refsOf(object, currentSnapshotId),
    snapshotLog: listOf(object, 'snapshot-log').map(snapshotLogEntry),
    metadataLog: listOf(object, 'metadata-log').map(metadataLogEntry),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

function formatVersionOf(object: JsonObject, location: string): 1 | 2 {
  const version = asInt(object['format-version'], 'format-version');
  if (version === 1 || version === 2) return version;
  throw new UnsupportedFeatureError(
    `Metadata file ${location} has Iceberg format version ${version}. Versions 1 and 2 are read here; the table was not ` +
      'opened and nothing was changed. Keep it at version 2, or read it with a tool that knows this version.',
  );
}

function tableUuidOf(object: JsonObject, formatVersion: 1 | 2, location: string): string {
  if (!isAbsent(object['table-uuid']) || formatVersion !== 1) return asString(object['table-uuid'], 'table-uuid');
  const hex = createHash('sha256').update(location).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

function schemasOf(object: JsonObject, formatVersion: 1 | 2): Schema[] {
  if (formatVersion === 1 && isAbsent(object.schemas)) return [schemaFromJson(object.schema)];
  return asArray(object.schemas, 'schemas').map(schemaFromJson);
}

function specsOf(object: JsonObject): PartitionSpec[] {
  if (!isAbsent(object['partition-specs']) || isAbsent(object['partition-spec'])) {
    return asArray(object['partition-specs'], 'partition-specs').map(partitionSpecFromJson);
  }
  return [{ specId: 0, fields: partitionFieldsFromJson(object['partition-spec']) }];
}

function highestPartitionFieldId(specs: readonly PartitionSpec[]): number {
  const ids = specs.flatMap((spec) => spec.fields.map((field) => field.fieldId));
  return Math.max(FIRST_PARTITION_FIELD_ID - 1, ...ids);
}

function lastSequenceNumberOf(object: JsonObject, formatVersion: 1 | 2): SequenceNumber {
  return toSequenceNumber(formatVersion === 1 ? 0n : asLong(object['last-sequence-number'], 'last-sequence-number'));
}

/** Absent, null and -1 all mean that there is none. */
function currentSnapshotIdOf(object: JsonObject): SnapshotId | undefined {
  const json = object['current-snapshot-id'];
  return isAbsent(json) || json === -1 ? undefined : asSnapshotId(json, 'current-snapshot-id');
}

/** Writers that know no refs have a `main` all the same. */
function refsOf(object: JsonObject, currentSnapshotId: SnapshotId | undefined): Record<string, SnapshotRef> {
  const json = isAbsent(object.refs) ? {} : asObject(object.refs, 'refs');
  const refs = Object.fromEntries(Object.entries(json).map(([name, ref]) => [name, refFromJson(name, ref)]));
  if (refs.main !== undefined || currentSnapshotId === undefined) return refs;
  return { main: { type: 'branch', snapshotId: currentSnapshotId }, ...refs };
}

function snapshotLogEntry(json: unknown): SnapshotLogEntry {
  const object = asObject(json, 'An entry of snapshot-log');
  const unknown = unknownMembers(object, ['timestamp-ms', 'snapshot-id']);
  return {
    timestampMs: asInt(object['timestamp-ms'], 'timestamp-ms in snapshot-log'),
    snapshotId: asSnapshotId(object['snapshot-id'], 'snapshot-id in snapshot-log'),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

function metadataLogEntry(json: unknown): MetadataLogEntry {
  const object = asObject(json, 'An entry of metadata-log');
  const unknown = unknownMembers(object, ['timestamp-ms', 'metadata-file']);
  return {
    timestampMs: asInt(object['timestamp-ms'], 'timestamp-ms in metadata-log'),
    metadataFile: asString(object['metadata-file'], 'metadata-file in metadata-log'),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

const listOf = (object: JsonObject, member: string): readonly unknown[] =>
  isAbsent(object[member]) ? [] : asArray(object[member], member);

function intOr(object: JsonObject, member: string, fallback: number | undefined): number {
  return isAbsent(object[member]) && fallback !== undefined ? fallback : asInt(object[member], member);
}
