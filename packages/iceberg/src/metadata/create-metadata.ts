import { InvalidArgumentError } from '../errors.ts';
import { toSequenceNumber } from '../spec/ids.ts';
import { type PartitionSpec, UNPARTITIONED_SPEC } from '../spec/partition-spec.ts';
import { FIRST_PARTITION_FIELD_ID } from '../spec/partition-spec-json.ts';
import { assignFreshIds, fieldNames } from '../spec/schema.ts';
import { type SortOrder, UNSORTED_ORDER } from '../spec/sort-order.ts';
import type { Schema } from '../spec/types.ts';
import { refuseReservedProperties, requestedFormatVersion } from './reserved-properties.ts';
import type { TableMetadata } from './table-metadata.ts';

/** As Java persists it in every new table, so that all writers agree. */
const DEFAULT_PROPERTIES = { 'write.parquet.compression-codec': 'zstd' };

/** What a new table shall be; a catalog's create request is one. */
export interface NewTable {
  readonly schema: Schema;
  /** Source ids refer to `schema` as given. Default: unpartitioned. */
  readonly partitionSpec?: PartitionSpec;
  readonly sortOrder?: SortOrder;
  readonly properties?: Readonly<Record<string, string>>;
  readonly formatVersion?: 1 | 2;
}

/**
 * The metadata of a new, empty table. Field ids are assigned anew from 1, partition field ids from 1000; the property
 * `format-version` is taken as an instruction and not stored.
 *
 * @param location of the table; a trailing slash is dropped
 * @throws {InvalidArgumentError} a source id that the schema does not have, a name used twice, a reserved property
 */
export function metadataFromCreate(request: NewTable, location: string, uuid: string, nowMs: number): TableMetadata {
  const { 'format-version': _instruction, ...properties } = request.properties ?? {};
  refuseReservedProperties(properties);
  const { schema, idMap, lastColumnId } = assignFreshIds(request.schema);
  refuseDuplicateNames(request.schema);
  const newSourceId = (sourceId: number, what: string): number => idMap.get(sourceId) ?? noSuchSource(sourceId, what);
  const spec = freshSpec(request.partitionSpec ?? UNPARTITIONED_SPEC, schema, newSourceId);
  const order = freshOrder(request.sortOrder ?? UNSORTED_ORDER, newSourceId);
  return {
    formatVersion: request.formatVersion ?? requestedFormatVersion(request.properties ?? {}) ?? 2,
    tableUuid: uuid,
    location: location.replace(/(?<=.)\/+$/, ''),
    lastSequenceNumber: toSequenceNumber(0n),
    lastUpdatedMs: nowMs,
    lastColumnId,
    schemas: [{ ...schema, schemaId: 0 }],
    currentSchemaId: 0,
    partitionSpecs: [spec],
    defaultSpecId: spec.specId,
    lastPartitionId: FIRST_PARTITION_FIELD_ID - 1 + spec.fields.length,
    sortOrders: [order],
    defaultSortOrderId: order.orderId,
    properties: { ...DEFAULT_PROPERTIES, ...properties },
    snapshots: [],
    refs: {},
    snapshotLog: [],
    metadataLog: [],
  };
}

type NewSourceId = (sourceId: number, what: string) => number;

function freshSpec(spec: PartitionSpec, schema: Schema, newSourceId: NewSourceId): PartitionSpec {
  const fields = spec.fields.map((field, position) => ({
    ...field,
    sourceId: newSourceId(field.sourceId, `partition field ${field.name}`),
    fieldId: FIRST_PARTITION_FIELD_ID + position,
  }));
  for (const field of fields) {
    const column = schema.fields.find((candidate) => candidate.name === field.name);
    const isTwice = fields.filter((candidate) => candidate.name === field.name).length > 1;
    // Only an identity partition may bear the name of a column, and only that of its own.
    const clashes = column !== undefined && (field.transform.kind !== 'identity' || column.id !== field.sourceId);
    if (isTwice || clashes || field.transform.kind === 'unknown') throw badPartitionField(field.name, isTwice, clashes);
  }
  return { specId: 0, fields };
}

function freshOrder(order: SortOrder, newSourceId: NewSourceId): SortOrder {
  if (order.fields.length === 0) return UNSORTED_ORDER;
  const fields = order.fields.map((field) => ({ ...field, sourceId: newSourceId(field.sourceId, 'sort order') }));
  return { orderId: 1, fields };
}

function refuseDuplicateNames(schema: Schema): void {
  const names = fieldNames(schema);
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice === undefined) return;
  throw new InvalidArgumentError(
    `Column ${twice} occurs twice in the schema. No table was created. Rename one of them.`,
  );
}

function badPartitionField(name: string, isTwice: boolean, clashes: boolean): InvalidArgumentError {
  const why = isTwice ? 'occurs twice' : clashes ? 'has the name of a column' : 'has a transform that is not known';
  return new InvalidArgumentError(`Partition field ${name} ${why}. No table was created. Change the partition spec.`);
}

function noSuchSource(sourceId: number, what: string): never {
  throw new InvalidArgumentError(
    `The ${what} refers to field id ${sourceId}, which the schema does not have. No table was created. ` +
      'Use the ids that the schema in the request has.',
  );
}
