import type { MappedField, NameMapping } from '../spec/name-mapping.ts';
import { allFields, fieldsOfType } from '../spec/schema.ts';
import type { NestedField, Schema } from '../spec/types.ts';

/**
 * A table's name mapping after its schema went from `before` to `after`; pure. Files keep the names they were written with, so a
 * field that was renamed keeps its old names beside the new one, and one that was dropped keeps its entry. A name that a field
 * was given, added or renamed, is taken from the field that had it before, with its entry if it had no other: new files mean
 * the new one.
 *
 * What the mapping leaves out stays out: nothing is added inside a field that it does not list.
 *
 * @see Iceberg spec, "Column Projection"
 */
export function evolveNameMapping(mapping: NameMapping, before: Schema, after: Schema): NameMapping {
  const known = new Map(allFields(before).map((field) => [field.id, field]));
  return evolveFields(mapping, after.fields, known);
}

function evolveFields(
  mapped: NameMapping,
  fields: readonly NestedField[],
  known: ReadonlyMap<number, NestedField>,
): NameMapping {
  const byId = new Map(fields.map((field) => [field.id, field]));
  const given = new Map(
    fields.filter(({ id, name }) => known.get(id)?.name !== name).map(({ id, name }) => [name, id] as const),
  );
  const kept = mapped.flatMap((entry): MappedField[] => {
    const field = entry.id === undefined ? undefined : byId.get(entry.id);
    const names = entry.names.filter((name) => !given.has(name) || given.get(name) === entry.id);
    if (field === undefined) return names.length === 0 && entry.names.length > 0 ? [] : [{ ...entry, names }];
    const isNew = given.get(field.name) === field.id && !names.includes(field.name);
    const inside = evolveFields(entry.fields, fieldsOfType(field.type), known);
    return [{ ...entry, names: isNew ? [...names, field.name] : names, fields: inside }];
  });
  const listed = new Set(mapped.map(({ id }) => id));
  const added = fields.filter(({ id }) => !known.has(id) && !listed.has(id));
  return [...kept, ...added.map(freshEntry)];
}

const freshEntry = ({ id, name, type }: NestedField): MappedField => ({
  id,
  names: [name],
  fields: fieldsOfType(type).map(freshEntry),
});
