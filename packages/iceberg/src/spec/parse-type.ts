import { InvalidMetadataError } from '../errors.ts';
import { asArray, asInt, asObject, asString, type JsonObject } from './json-access.ts';
import type { NestedField, PrimitiveType, Type } from './types.ts';

const PARAMETERLESS = [
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'timestamp_ns',
  'timestamptz_ns',
  'string',
  'uuid',
  'binary',
] as const;

const BY_NAME: ReadonlyMap<string, PrimitiveType> = new Map(PARAMETERLESS.map((kind) => [kind, { kind }]));

/** Types of format 3 without a reader here; kept so that such a schema can be shown and its other columns read. */
const UNREAD = /^(unknown|variant|geometry|geography)\s*(\(.*\))?$/;

/**
 * A type from its JSON: a name, or an object for structs, lists and maps.
 *
 * @throws {InvalidMetadataError} not a type of the spec
 * @see Iceberg spec, "Appendix C: JSON serialization", "Schemas"
 */
export function parseType(json: unknown): Type {
  if (typeof json === 'string') return parsePrimitive(json);
  const object = asObject(json, 'A type');
  switch (object.type) {
    case 'struct':
      return { kind: 'struct', fields: asArray(object.fields, 'fields of a struct').map(parseField) };
    case 'list':
      return {
        kind: 'list',
        elementId: asInt(object['element-id'], 'element-id of a list'),
        element: parseType(object.element),
        elementRequired: object['element-required'] === true,
      };
    case 'map':
      return {
        kind: 'map',
        keyId: asInt(object['key-id'], 'key-id of a map'),
        key: parseType(object.key),
        valueId: asInt(object['value-id'], 'value-id of a map'),
        value: parseType(object.value),
        valueRequired: object['value-required'] === true,
      };
    default:
      throw unknownType(JSON.stringify(object.type) ?? 'an object without "type"');
  }
}

/** The inverse of {@link parseType}, spelled as Java spells it (`decimal(9, 2)`). */
export function typeToJson(type: Type): unknown {
  switch (type.kind) {
    case 'struct':
      return { type: 'struct', fields: type.fields.map(fieldToJson) };
    case 'list':
      return {
        type: 'list',
        'element-id': type.elementId,
        element: typeToJson(type.element),
        'element-required': type.elementRequired,
      };
    case 'map':
      return {
        type: 'map',
        'key-id': type.keyId,
        key: typeToJson(type.key),
        'value-id': type.valueId,
        value: typeToJson(type.value),
        'value-required': type.valueRequired,
      };
    default:
      return formatType(type);
  }
}

/** One line for messages; primitive types as in JSON, others like `list<string>`. */
export function formatType(type: Type): string {
  switch (type.kind) {
    case 'struct':
      return `struct<${type.fields.map((field) => `${field.id}: ${field.name}: ${optionality(field)} ${formatType(field.type)}`).join(', ')}>`;
    case 'list':
      return `list<${formatType(type.element)}>`;
    case 'map':
      return `map<${formatType(type.key)}, ${formatType(type.value)}>`;
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
    case 'fixed':
      return `fixed[${type.length}]`;
    case 'unsupported':
      return type.text;
    default:
      return type.kind;
  }
}

/** A field of a schema or struct; members this library does not know stay in `extra`. */
export function parseField(json: unknown): NestedField {
  const object: JsonObject = asObject(json, 'A field');
  const name = asString(object.name, 'name of a field');
  const { id, name: _name, required, type, doc, ...extra } = object;
  return {
    id: asInt(id, `id of field ${name}`),
    name,
    required: required === true,
    type: parseType(type),
    ...(typeof doc === 'string' ? { doc } : {}),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

export function fieldToJson(field: NestedField): Record<string, unknown> {
  return {
    id: field.id,
    name: field.name,
    required: field.required,
    type: typeToJson(field.type),
    ...(field.doc === undefined ? {} : { doc: field.doc }),
    ...field.extra,
  };
}

function parsePrimitive(text: string): PrimitiveType {
  const named = BY_NAME.get(text);
  if (named !== undefined) return named;
  const decimal = /^decimal\s*\(\s*(\d+)\s*,\s*(\d+)\s*\)$/.exec(text);
  if (decimal !== null) return parseDecimal(text, Number(decimal[1]), Number(decimal[2]));
  const fixed = /^fixed\s*\[\s*(\d+)\s*\]$/.exec(text);
  if (fixed !== null) return { kind: 'fixed', length: Number(fixed[1]) };
  if (UNREAD.test(text)) return { kind: 'unsupported', text };
  throw unknownType(`"${text}"`);
}

function parseDecimal(text: string, precision: number, scale: number): PrimitiveType {
  if (precision >= 1 && precision <= 38 && scale <= precision) return { kind: 'decimal', precision, scale };
  throw new InvalidMetadataError(
    `${text} is not a decimal of Iceberg: precision is 1 to 38 and scale at most the precision. Nothing was read. Correct the schema.`,
  );
}

function unknownType(what: string): InvalidMetadataError {
  return new InvalidMetadataError(
    `${what} is not an Iceberg type. The schema was not read. Check its spelling; names are lower case, like "timestamptz" or "decimal(9, 2)".`,
  );
}

const optionality = (field: NestedField): string => (field.required ? 'required' : 'optional');
