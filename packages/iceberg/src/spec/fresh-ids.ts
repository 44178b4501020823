import type { NestedField, Schema, Type } from './types.ts';

export interface FreshSchema {
  readonly schema: Schema;
  /** Old id to new id. */
  readonly idMap: ReadonlyMap<number, number>;
  /** The highest id given; `startId - 1` when there was nothing to number. */
  readonly lastColumnId: number;
}

/**
 * The schema with new ids from `startId` on, in Java's order: all fields of a struct first, then what is inside them;
 * identifier fields follow.
 */
export function assignFreshIds(schema: Schema, startId = 1): FreshSchema {
  const idMap = new Map<number, number>();
  let nextId = startId;
  const renumber = (oldId: number): number => {
    const id = nextId++;
    idMap.set(oldId, id);
    return id;
  };
  const fields = freshFields(schema.fields, renumber);
  const identifierFieldIds = schema.identifierFieldIds?.map((id) => idMap.get(id) ?? id);
  return {
    schema: {
      schemaId: schema.schemaId,
      fields,
      ...(identifierFieldIds === undefined ? {} : { identifierFieldIds }),
    },
    idMap,
    lastColumnId: nextId - 1,
  };
}

type Renumber = (oldId: number) => number;

function freshFields(fields: readonly NestedField[], renumber: Renumber): NestedField[] {
  const ids = fields.map((field) => renumber(field.id));
  return fields.map((field, position) => ({ ...field, id: ids[position]!, type: freshType(field.type, renumber) }));
}

function freshType(type: Type, renumber: Renumber): Type {
  switch (type.kind) {
    case 'struct':
      return { kind: 'struct', fields: freshFields(type.fields, renumber) };
    case 'list': {
      const elementId = renumber(type.elementId);
      return { ...type, elementId, element: freshType(type.element, renumber) };
    }
    case 'map': {
      const keyId = renumber(type.keyId);
      const valueId = renumber(type.valueId);
      return { ...type, keyId, valueId, key: freshType(type.key, renumber), value: freshType(type.value, renumber) };
    }
    default:
      return type;
  }
}
