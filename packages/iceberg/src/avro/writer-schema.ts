import { InvalidAvroError } from '../errors.ts';
import { asArray, asInt, asObject, asString, type JsonObject } from '../spec/json-access.ts';

type Plain = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

/** The schema a file was written with, names resolved and Iceberg's ids at hand. */
export type WriterType =
  | { readonly kind: Plain; readonly logicalType?: string }
  | { readonly kind: 'fixed'; readonly size: number; readonly logicalType?: string }
  | { readonly kind: 'enum' }
  | { readonly kind: 'array'; readonly items: WriterType; readonly elementId?: number }
  | { readonly kind: 'map'; readonly values: WriterType; readonly keyId?: number }
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly WriterField[] }
  | { readonly kind: 'union'; readonly branches: readonly WriterType[] };

export interface WriterField {
  readonly name: string;
  readonly fieldId?: number;
  readonly type: WriterType;
}

const PLAIN: ReadonlySet<string> = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);

/**
 * Reads an Avro schema. Recursive types are refused; no Iceberg file has one.
 *
 * @throws {InvalidAvroError | InvalidMetadataError} the caller adds the file's name
 * @see Apache Avro specification, "Schema Declaration"
 */
export function parseWriterSchema(json: unknown): WriterType {
  return new SchemaParser().parse(json, '');
}

/** Whether any part of the schema carries an Iceberg id; then nothing is resolved by name. */
export function hasFieldIds(type: WriterType): boolean {
  switch (type.kind) {
    case 'record':
      return type.fields.some((field) => field.fieldId !== undefined || hasFieldIds(field.type));
    case 'array':
      return type.elementId !== undefined || hasFieldIds(type.items);
    case 'map':
      return type.keyId !== undefined || hasFieldIds(type.values);
    case 'union':
      return type.branches.some(hasFieldIds);
    default:
      return false;
  }
}

class SchemaParser {
  readonly #named = new Map<string, WriterType>();

  parse(json: unknown, namespace: string): WriterType {
    if (typeof json === 'string') return this.#byName(json, namespace);
    if (Array.isArray(json)) return { kind: 'union', branches: json.map((branch) => this.parse(branch, namespace)) };
    const object = asObject(json, 'An Avro type');
    switch (object.type) {
      case 'record':
      case 'error':
        return this.#record(object, namespace);
      case 'fixed':
        return this.#define(object, namespace, {
          kind: 'fixed',
          size: asInt(object.size, 'size of a fixed'),
          ...logicalType(object),
        });
      case 'enum':
        return this.#define(object, namespace, { kind: 'enum' });
      case 'array':
        return {
          kind: 'array',
          items: this.parse(object.items, namespace),
          ...idOf(object, 'element-id', 'elementId'),
        };
      case 'map':
        return { kind: 'map', values: this.parse(object.values, namespace), ...idOf(object, 'key-id', 'keyId') };
      default:
        if (typeof object.type === 'string' && PLAIN.has(object.type)) {
          return { kind: object.type as Plain, ...logicalType(object) };
        }
        return this.parse(object.type, namespace);
    }
  }

  #record(object: JsonObject, namespace: string): WriterType {
    const name = asString(object.name, 'name of a record');
    const inner = this.#fullName(object, namespace).split('.').slice(0, -1).join('.');
    const fields = asArray(object.fields, `fields of record ${name}`).map((json): WriterField => {
      const field = asObject(json, `A field of record ${name}`);
      return {
        name: asString(field.name, `name of a field of record ${name}`),
        type: this.parse(field.type, inner),
        ...idOf(field, 'field-id', 'fieldId'),
      };
    });
    return this.#define(object, namespace, { kind: 'record', name, fields });
  }

  #define(object: JsonObject, namespace: string, type: WriterType): WriterType {
    this.#named.set(this.#fullName(object, namespace), type);
    return type;
  }

  #fullName(object: JsonObject, namespace: string): string {
    const name = asString(object.name, 'name of an Avro type');
    if (name.includes('.')) return name;
    return qualified(name, typeof object.namespace === 'string' ? object.namespace : namespace);
  }

  #byName(name: string, namespace: string): WriterType {
    if (PLAIN.has(name)) return { kind: name as Plain };
    const type = this.#named.get(name.includes('.') ? name : qualified(name, namespace)) ?? this.#named.get(name);
    if (type !== undefined) return type;
    throw new InvalidAvroError(`type "${name}" is used before it is defined, or inside itself`);
  }
}

const qualified = (name: string, namespace: string): string => (namespace === '' ? name : `${namespace}.${name}`);

function logicalType(object: JsonObject): { logicalType?: string } {
  return typeof object.logicalType === 'string' ? { logicalType: object.logicalType } : {};
}

function idOf<Key extends string>(object: JsonObject, member: string, key: Key): { [K in Key]?: number } {
  const id = object[member];
  return (id === undefined ? {} : { [key]: asInt(id, member) }) as { [K in Key]?: number };
}
