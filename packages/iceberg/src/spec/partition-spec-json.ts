import { InvalidMetadataError } from '../errors.ts';
import { asArray, asInt, asObject, asString, type JsonObject } from './json-access.ts';
import type { PartitionField, PartitionSpec } from './partition-spec.ts';
import { formatTransform, parseTransform } from './transform-text.ts';

/** Where partition field ids start. @see Iceberg spec, "Partition Evolution" */
export const FIRST_PARTITION_FIELD_ID = 1000;

/** @throws {InvalidMetadataError} @see Iceberg spec, "Appendix C: JSON serialization", "Partition Specs" */
export function partitionSpecFromJson(json: unknown): PartitionSpec {
  const object = asObject(json, 'A partition spec');
  return { specId: asInt(object['spec-id'], 'spec-id'), fields: partitionFieldsFromJson(object.fields) };
}

export function partitionSpecToJson(spec: PartitionSpec): Record<string, unknown> {
  return { 'spec-id': spec.specId, fields: partitionFieldsToJson(spec.fields) };
}

/**
 * The bare list of fields, as v1 metadata (`partition-spec`) and manifest headers have it.
 * When no field carries a `field-id` (v1) they are numbered 1000, 1001, … in order.
 *
 * @throws {InvalidMetadataError} also when only some carry one
 */
export function partitionFieldsFromJson(json: unknown): PartitionField[] {
  const fields = asArray(json, 'fields of a partition spec').map((field) => asObject(field, 'A partition field'));
  const withId = fields.filter((field) => field['field-id'] !== undefined).length;
  if (withId !== 0 && withId !== fields.length) {
    throw new InvalidMetadataError(
      `${withId} of ${fields.length} partition fields have a field-id. The spec was not read. Either all fields of a spec carry one or none.`,
    );
  }
  return fields.map((field, position) => partitionField(field, FIRST_PARTITION_FIELD_ID + position));
}

export function partitionFieldsToJson(fields: readonly PartitionField[]): Record<string, unknown>[] {
  return fields.map((field) => ({
    name: field.name,
    transform: formatTransform(field.transform),
    'source-id': field.sourceId,
    'field-id': field.fieldId,
  }));
}

function partitionField(object: JsonObject, defaultId: number): PartitionField {
  const name = asString(object.name, 'name of a partition field');
  return {
    sourceId: asInt(sourceIdOf(object), `source-id of partition field ${name}`),
    fieldId: object['field-id'] === undefined ? defaultId : asInt(object['field-id'], `field-id of ${name}`),
    name,
    transform: parseTransform(asString(object.transform, `transform of partition field ${name}`)),
  };
}

/** Format 3 may spell one source as a list of one. */
function sourceIdOf(object: JsonObject): unknown {
  const ids = object['source-ids'];
  return object['source-id'] === undefined && Array.isArray(ids) && ids.length === 1 ? ids[0] : object['source-id'];
}
