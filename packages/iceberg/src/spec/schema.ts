import { isPrimitive, samePrimitive } from './type-kinds.ts';
import type { NestedField, Schema, Type } from './types.ts';

export { assignFreshIds } from './fresh-ids.ts';

/** The fields a type holds directly; list elements and map entries are named `element`, `key` and `value`. */
export function fieldsOfType(type: Type): readonly NestedField[] {
  switch (type.kind) {
    case 'struct':
      return type.fields;
    case 'list':
      return [{ id: type.elementId, name: 'element', required: type.elementRequired, type: type.element }];
    case 'map':
      return [
        { id: type.keyId, name: 'key', required: true, type: type.key },
        { id: type.valueId, name: 'value', required: type.valueRequired, type: type.value },
      ];
    default:
      return [];
  }
}

/** Fields at every depth, parents before children. */
export function allFields(schema: Schema): NestedField[] {
  return schema.fields.flatMap(withDescendants);
}

/** The field with this id, at any depth. */
export function findField(schema: Schema, id: number): NestedField | undefined {
  return schema.fields.find((field) => field.id === id) ?? allFields(schema).find((field) => field.id === id);
}

/** By dotted path (`location.lat`); a top-level column whose own name has dots comes first. */
export function fieldByName(schema: Schema, name: string): NestedField | undefined {
  return fieldAt(schema.fields, name, fieldsOfType);
}

/** As {@link fieldByName}, but only through structs: fields that have one value in each row. */
export function columnByName(schema: Schema, name: string): NestedField | undefined {
  return fieldAt(schema.fields, name, (type) => (type.kind === 'struct' ? type.fields : []));
}

/** 0 for a schema without fields. */
export function highestFieldId(schema: Schema): number {
  return allFields(schema).reduce((highest, field) => Math.max(highest, field.id), 0);
}

/** Dotted paths of all fields, for suggestions in messages. */
export function fieldNames(schema: Schema): string[] {
  const paths = (fields: readonly NestedField[], prefix: string): string[] =>
    fields.flatMap((field) => [prefix + field.name, ...paths(fieldsOfType(field.type), `${prefix}${field.name}.`)]);
  return paths(schema.fields, '');
}

/** Same columns and identifier fields; the schema's own id is not looked at. */
export function sameSchema(a: Schema, b: Schema): boolean {
  return sameFields(a.fields, b.fields) && sameSet(a.identifierFieldIds ?? [], b.identifierFieldIds ?? []);
}

function sameType(a: Type, b: Type): boolean {
  if (isPrimitive(a) || isPrimitive(b)) return isPrimitive(a) && isPrimitive(b) && samePrimitive(a, b);
  return a.kind === b.kind && sameFields(fieldsOfType(a), fieldsOfType(b));
}

/**
 * Whether a column of type `from` may become `to` without touching data; true also when nothing changes.
 *
 * @see Iceberg spec, "Schema Evolution" (v1, v2)
 */
export function isPromotionAllowed(from: Type, to: Type): boolean {
  if (sameType(from, to)) return true;
  if (from.kind === 'int') return to.kind === 'long';
  if (from.kind === 'float') return to.kind === 'double';
  if (from.kind !== 'decimal' || to.kind !== 'decimal') return false;
  return from.scale === to.scale && from.precision <= to.precision;
}

function withDescendants(field: NestedField): NestedField[] {
  return [field, ...fieldsOfType(field.type).flatMap(withDescendants)];
}

function fieldAt(
  fields: readonly NestedField[],
  path: string,
  childrenOf: (type: Type) => readonly NestedField[],
): NestedField | undefined {
  const whole = fields.find((field) => field.name === path);
  if (whole !== undefined) return whole;
  for (const field of fields) {
    if (!path.startsWith(`${field.name}.`)) continue;
    const nested = fieldAt(childrenOf(field.type), path.slice(field.name.length + 1), childrenOf);
    if (nested !== undefined) return nested;
  }
  return undefined;
}

function sameFields(a: readonly NestedField[], b: readonly NestedField[]): boolean {
  return a.length === b.length && a.every((field, position) => sameField(field, b[position]!));
}

function sameField(a: NestedField, b: NestedField): boolean {
  return (
    a.id === b.id &&
    a.name === b.name &&
    a.required === b.required &&
    a.doc === b.doc &&
    sameJson(a.extra, b.extra) &&
    sameType(a.type, b.type)
  );
}

function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => right.has(key) && sameJson(value, right.get(key)));
}

function sameSet(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id) => b.includes(id));
}
