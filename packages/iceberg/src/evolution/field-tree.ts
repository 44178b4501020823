import { fieldsOfType } from '../spec/schema.ts';
import type { NestedField, Type } from '../spec/types.ts';

/** A field at any depth, and where it stands. */
export interface FieldPlace {
  readonly field: NestedField;
  /** Dotted path. */
  readonly path: string;
  /** What holds it: a struct's fields have names and an order, elements, keys and values have neither. */
  readonly holder: 'struct' | 'list' | 'map';
  /** Path of the field that holds it; undefined for columns. */
  readonly parent: string | undefined;
  /** It is a map's key or inside one: equality of keys must not change. */
  readonly isInKey: boolean;
}

/** All fields, columns first at each depth, so that a column with dots in its name is found before a nested field. */
export function fieldPlaces(fields: readonly NestedField[]): FieldPlace[] {
  const places: FieldPlace[] = [];
  let level = fields.map(
    (field): FieldPlace => ({ field, path: field.name, holder: 'struct', parent: undefined, isInKey: false }),
  );
  while (level.length > 0) {
    places.push(...level);
    level = level.flatMap(placesInside);
  }
  return places;
}

function placesInside({ field: { type }, path, isInKey }: FieldPlace): FieldPlace[] {
  return fieldsOfType(type).map((field) => ({
    field,
    path: `${path}.${field.name}`,
    holder: type.kind === 'struct' || type.kind === 'list' ? type.kind : 'map',
    parent: path,
    isInKey: isInKey || (type.kind === 'map' && field.id === type.keyId),
  }));
}

/** The struct into which a field under `type` goes: itself, or what a list or map holds. */
export function structOf(type: Type): Extract<Type, { kind: 'struct' }> | undefined {
  const held = type.kind === 'list' ? type.element : type.kind === 'map' ? type.value : type;
  return held.kind === 'struct' ? held : undefined;
}

/** The tree with one field changed; ids, names and order of elements, keys and values stay, whatever `edit` says. */
export function withField(
  fields: readonly NestedField[],
  id: number,
  edit: (field: NestedField) => NestedField,
): NestedField[] {
  return fields.map((field) =>
    field.id === id ? edit(field) : { ...field, type: typeWithField(field.type, id, edit) },
  );
}

function typeWithField(type: Type, id: number, edit: (field: NestedField) => NestedField): Type {
  const fields = fieldsOfType(type);
  if (fields.length === 0) return type;
  const edited = withField(fields, id, edit);
  const [first, second] = edited;
  switch (type.kind) {
    case 'struct':
      return { ...type, fields: edited };
    case 'list':
      return { ...type, element: first!.type, elementRequired: first!.required };
    case 'map':
      return { ...type, key: first!.type, value: second!.type, valueRequired: second!.required };
    default:
      return type;
  }
}

/** The tree with the fields of one struct replaced: that of field `parentId` (see {@link structOf}), or the columns. */
export function withStruct(
  fields: readonly NestedField[],
  parentId: number | undefined,
  edit: (fields: readonly NestedField[]) => readonly NestedField[],
): readonly NestedField[] {
  if (parentId === undefined) return edit(fields);
  return withField(fields, parentId, (field) => ({ ...field, type: typeWithStruct(field.type, edit) }));
}

function typeWithStruct(type: Type, edit: (fields: readonly NestedField[]) => readonly NestedField[]): Type {
  switch (type.kind) {
    case 'struct':
      return { ...type, fields: edit(type.fields) };
    case 'list':
      return { ...type, element: typeWithStruct(type.element, edit) };
    case 'map':
      return { ...type, value: typeWithStruct(type.value, edit) };
    default:
      return type;
  }
}
