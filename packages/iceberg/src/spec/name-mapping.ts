import { InvalidMetadataError } from '../errors.ts';
import { parseJson } from '../json/parse-json.ts';
import { asArray, asInt, asObject, asString } from './json-access.ts';

/** The table property that holds the mapping, as JSON. */
export const NAME_MAPPING_PROPERTY = 'schema.name-mapping.default';

/** Names under which a field stands in files that carry no field ids. */
export interface MappedField {
  /** Absent: columns by these names belong to no field of the table. */
  readonly id?: number;
  readonly names: readonly string[];
  /** What is inside it. A list holds `element`, a map `key` and `value`. */
  readonly fields: readonly MappedField[];
}

/** The columns' own; no name stands twice among fields that lie side by side. */
export type NameMapping = readonly MappedField[];

/**
 * A table's mapping; undefined where it has none.
 *
 * @throws {InvalidMetadataError} the property holds something else
 * @see Iceberg spec, "Column Projection"
 */
export function nameMappingOf(properties: Readonly<Record<string, string>>): NameMapping | undefined {
  const text = properties[NAME_MAPPING_PROPERTY];
  return text === undefined ? undefined : fieldsFromJson(parsed(text));
}

/** As `nameMappingOf` reads it. */
export const formatNameMapping = (mapping: NameMapping): string => JSON.stringify(mapping.map(fieldToJson));

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    throw new InvalidMetadataError(
      `The table property ${NAME_MAPPING_PROPERTY} is not JSON: ${(error as Error).message}. Nothing was changed. ` +
        'Correct the property; remove it if all files of the table carry field ids.',
    );
  }
}

function fieldsFromJson(json: unknown): NameMapping {
  const fields = asArray(json, NAME_MAPPING_PROPERTY).map(fieldFromJson);
  const names = fields.flatMap((field) => field.names);
  const twice = names.find((name, place) => names.indexOf(name) !== place);
  if (twice === undefined) return fields;
  throw new InvalidMetadataError(
    `The table property ${NAME_MAPPING_PROPERTY} gives the name "${twice}" to two fields side by side. Nothing was read. ` +
      'Take it from one of them.',
  );
}

function fieldFromJson(json: unknown): MappedField {
  const { 'field-id': id, names, fields } = asObject(json, `A field of ${NAME_MAPPING_PROPERTY}`);
  return {
    ...(id === undefined || id === null ? {} : { id: asInt(id, 'field-id of a mapped field') }),
    names:
      names === undefined
        ? []
        : asArray(names, 'names of a mapped field').map((name) => asString(name, 'a mapped name')),
    fields: fields === undefined || fields === null ? [] : fieldsFromJson(fields),
  };
}

function fieldToJson({ id, names, fields }: MappedField): Record<string, unknown> {
  return {
    ...(id === undefined ? {} : { 'field-id': id }),
    names,
    ...(fields.length === 0 ? {} : { fields: fields.map(fieldToJson) }),
  };
}
