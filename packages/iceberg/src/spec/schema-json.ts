import { asArray, asInt, asObject } from './json-access.ts';
import { fieldToJson, parseField } from './parse-type.ts';
import type { Schema } from './types.ts';

/**
 * A schema from its JSON; a missing `schema-id` (v1) reads as 0.
 *
 * @throws {InvalidMetadataError}
 * @see Iceberg spec, "Appendix C: JSON serialization", "Schemas"
 */
export function schemaFromJson(json: unknown): Schema {
  const object = asObject(json, 'A schema');
  const ids = object['identifier-field-ids'];
  const identifierFieldIds =
    ids === undefined || ids === null
      ? []
      : asArray(ids, 'identifier-field-ids').map((id) => asInt(id, 'an identifier field id'));
  return {
    schemaId: object['schema-id'] === undefined ? 0 : asInt(object['schema-id'], 'schema-id'),
    fields: asArray(object.fields, 'fields of a schema').map(parseField),
    ...(identifierFieldIds.length > 0 ? { identifierFieldIds } : {}),
  };
}

/** The inverse of {@link schemaFromJson}; `identifier-field-ids` is left out when there are none, as Java does. */
export function schemaToJson(schema: Schema): Record<string, unknown> {
  const ids = schema.identifierFieldIds ?? [];
  return {
    type: 'struct',
    'schema-id': schema.schemaId,
    ...(ids.length > 0 ? { 'identifier-field-ids': [...ids] } : {}),
    fields: schema.fields.map(fieldToJson),
  };
}
