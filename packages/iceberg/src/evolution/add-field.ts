import { ValidationError } from '../errors.ts';
import { assignFreshIds } from '../spec/fresh-ids.ts';
import { formatType, parseType } from '../spec/parse-type.ts';
import { allFields, fieldByName, fieldsOfType, findField, sameSchema } from '../spec/schema.ts';
import { isPrimitive } from '../spec/type-kinds.ts';
import type { NestedField, PrimitiveType, Schema, Type } from '../spec/types.ts';
import { type FieldPlace, fieldPlaces, structOf, withStruct } from './field-tree.ts';
import { placed } from './move-field.ts';
import type { ChangeOf } from './schema-change.ts';
import { refuse, refuseKeys, requirePlace, type SchemaDraft } from './schema-draft.ts';

type Add = ChangeOf<'add'>;

/** Kinds that only tables of format 3 have. */
const NANOSECONDS: readonly PrimitiveType['kind'][] = ['timestamp_ns', 'timestamptz_ns'];

/** Adds one field, with what is inside it. @throws {InvalidArgumentError} @throws {ValidationError} */
export function addField(draft: SchemaDraft, change: Add): void {
  const { name, position } = change;
  const what = `Column "${name}" cannot be added`;
  if (name === '') throw refuse(draft, `${what}: it has no name`, 'Give it one.');
  const parent = change.parent === undefined ? undefined : requireParent(draft, change.parent, what);
  const path = parent === undefined ? name : `${parent.path}.${name}`;
  const wanted = wantedField(draft, change, what);
  const field =
    draft.planned === undefined ? freshField(wanted, draft.lastColumnId) : plannedField(draft, path, wanted);
  const taken = fieldPlaces(draft.fields).find((place) => place.path === path);
  // Published before, by a commit that planned the same.
  if (taken !== undefined && draft.planned !== undefined && sameFields(taken.field, field)) return;
  if (taken !== undefined) throw refuse(draft, `${what}: "${path}" is there already`, 'Choose another name.');
  if (change.required === true) refuseRequired(draft, parent, path);
  draft.lastColumnId = Math.max(draft.lastColumnId, ...withDescendantIds(field));
  draft.fields = withStruct(draft.fields, parent?.field.id, (fields) =>
    placed(draft, [...fields, field], field, position, what),
  );
}

function requireParent(draft: SchemaDraft, path: string, what: string): FieldPlace {
  const parent = requirePlace(draft, path, what);
  refuseKeys(draft, parent, what);
  if (structOf(parent.field.type) !== undefined) return parent;
  throw refuse(
    draft,
    `${what}: "${path}" is a ${isPrimitive(parent.field.type) ? formatType(parent.field.type) : parent.field.type.kind}, not a struct`,
    'Name a struct, or a list or map of structs.',
  );
}

function wantedField(draft: SchemaDraft, change: Add, what: string): NestedField {
  const type = typeof change.type === 'string' ? parseType(change.type) : change.type;
  refuseTypes(draft, type, what);
  return {
    id: 0,
    name: change.name,
    required: change.required ?? false,
    type,
    ...(change.doc === undefined ? {} : { doc: change.doc }),
  };
}

function refuseTypes(draft: SchemaDraft, type: Type, what: string): void {
  if (!isPrimitive(type)) {
    for (const field of fieldsOfType(type)) refuseTypes(draft, field.type, what);
  } else if (type.kind === 'unsupported' || NANOSECONDS.includes(type.kind)) {
    const version = draft.metadata.formatVersion;
    throw refuse(draft, `${what}: format version ${version} has no type ${formatType(type)}`, 'Choose another type.');
  }
}

/** Rows that are there would lack the field; only an empty table, or a struct that no row has yet, can promise it. */
function refuseRequired(draft: SchemaDraft, parent: FieldPlace | undefined, path: string): void {
  const { metadata } = draft;
  if (metadata.snapshots.length === 0) return;
  if (parent !== undefined && parent.field.id > metadata.lastColumnId) return;
  throw refuse(
    draft,
    `Column "${path}" cannot be added as required: rows that are there already have no value for it`,
    'Add it as optional.',
  );
}

function freshField(wanted: NestedField, lastColumnId: number): NestedField {
  return assignFreshIds({ schemaId: 0, fields: [wanted] }, lastColumnId + 1).schema.fields[0]!;
}

/**
 * The field with the ids that the planned schema has for it, if they can still be its own: not given out yet, or given to
 * this very field, as by the commit that staged the files.
 */
function plannedField(draft: SchemaDraft, path: string, wanted: NestedField): NestedField {
  const planned = fieldByName(draft.planned!, path);
  if (planned === undefined || !sameFields(freshField(planned, 0), freshField(wanted, 0))) {
    throw refuse(
      draft,
      `Column "${path}" is ${planned === undefined ? 'not in' : 'another one in'} the schema that the files were written with`,
      'Write them again with the evolved schema.',
    );
  }
  for (const field of [planned, ...descendantsOf(planned)]) refuseTaken(draft, path, field);
  return { ...planned, ...(wanted.doc === undefined ? {} : { doc: wanted.doc }) };
}

function refuseTaken({ metadata, fields }: SchemaDraft, path: string, field: NestedField): void {
  if (field.id > metadata.lastColumnId) return;
  const schemas: readonly Schema[] = [...metadata.schemas, { schemaId: -1, fields }];
  const known = schemas.flatMap((schema) => findField(schema, field.id) ?? []);
  if (known.length > 0 && known.every((one) => sameFields(one, field))) return;
  throw new ValidationError(
    `Field id ${field.id}, with which column "${path}" was written, belongs to ` +
      `${known.length === 0 ? 'a column of an earlier schema' : `column "${known[0]!.name}"`} now (table ${metadata.location}). ` +
      'Nothing was committed. Others changed the schema meanwhile: evolve it anew and write the files again.',
  );
}

/** The same but for documentation. */
function sameFields(a: NestedField, b: NestedField): boolean {
  const bare = ({ doc: _doc, ...field }: NestedField): Schema => ({ schemaId: 0, fields: [field] });
  return sameSchema(bare(a), bare(b));
}

const descendantsOf = (field: NestedField): NestedField[] =>
  allFields({ schemaId: 0, fields: [field] }).filter((one) => one !== field);

const withDescendantIds = (field: NestedField): number[] =>
  allFields({ schemaId: 0, fields: [field] }).map(({ id }) => id);
