import { currentSchema } from '../metadata/history.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { formatType, parseType } from '../spec/parse-type.ts';
import { allFields, fieldNames, isPromotionAllowed, sameSchema } from '../spec/schema.ts';
import { isPrimitive } from '../spec/type-kinds.ts';
import type { NestedField, Schema, Type } from '../spec/types.ts';
import { addField } from './add-field.ts';
import { fieldPlaces, withField, withStruct } from './field-tree.ts';
import { placed } from './move-field.ts';
import type { ChangeOf, SchemaChange } from './schema-change.ts';
import { refuse, refuseKeys, requirePlace, requireStructField, type SchemaDraft } from './schema-draft.ts';

/**
 * The table's current schema after some changes, as {@link schemaUpdates} would make it current; pure. Its id is the one that
 * the table will give it: that of an equal schema, or the next.
 *
 * @param planned a schema that this function returned earlier and that files were written with: added columns get the ids that
 *   they have there, also if other columns came meanwhile
 * @throws {InvalidArgumentError} a name that is not there or there already, a required column for rows that lack it, a type
 *   that is not wider, a column that a partition spec, a sort order or the identifier fields need
 * @throws {ValidationError} ids of `planned` were given to other columns since
 * @see Iceberg spec, "Schema Evolution"
 */
export function evolveSchema(metadata: TableMetadata, changes: readonly SchemaChange[], planned?: Schema): Schema {
  const before = currentSchema(metadata);
  const draft: SchemaDraft = {
    metadata,
    planned,
    fields: before.fields,
    identifierFieldIds: before.identifierFieldIds ?? [],
    lastColumnId: metadata.lastColumnId,
  };
  for (const change of changes) applyChange(draft, change);
  checkNames(draft);
  const { fields, identifierFieldIds } = draft;
  const schema: Schema = {
    schemaId: Math.max(...metadata.schemas.map(({ schemaId }) => schemaId)) + 1,
    fields,
    ...(identifierFieldIds.length === 0 ? {} : { identifierFieldIds }),
  };
  return [before, ...metadata.schemas].find((listed) => sameSchema(listed, schema)) ?? schema;
}

type Kind = SchemaChange['kind'];

/** Keyed by the union, so that a new kind does not compile until it is handled. */
const APPLIERS: { readonly [K in Kind]: (draft: SchemaDraft, change: ChangeOf<K>) => void } = {
  add: addField,
  drop: dropField,
  rename: renameField,
  move: moveField,
  promote: promoteField,
  'make-optional': makeOptional,
  'set-doc': setDoc,
  'set-identifier-fields': setIdentifierFields,
};

function applyChange<K extends Kind>(draft: SchemaDraft, change: ChangeOf<K> & { readonly kind: K }): void {
  APPLIERS[change.kind](draft, change);
}

function dropField(draft: SchemaDraft, { column }: ChangeOf<'drop'>): void {
  const what = `Column "${column}" cannot be dropped`;
  const { field, path } = requireStructField(draft, column, what);
  const ids = new Set(allFields({ schemaId: 0, fields: [field] }).map(({ id }) => id));
  const user = userOf(draft, ids);
  if (user !== undefined) throw refuse(draft, `${what}: ${user.why}`, user.next);
  draft.fields = withStruct(draft.fields, parentIdOf(draft, path), (fields) =>
    fields.filter(({ id }) => id !== field.id),
  );
}

/** What still needs one of these fields. */
function userOf(
  { metadata, identifierFieldIds }: SchemaDraft,
  ids: ReadonlySet<number>,
): { readonly why: string; readonly next: string } | undefined {
  if (identifierFieldIds.some((id) => ids.has(id))) {
    return { why: 'it identifies rows', next: 'Set other identifier fields first.' };
  }
  const spec = metadata.partitionSpecs.find(({ specId }) => specId === metadata.defaultSpecId);
  const partition = spec?.fields.find(({ sourceId, transform }) => ids.has(sourceId) && transform.kind !== 'void');
  if (partition !== undefined) {
    return {
      why: `partition field "${partition.name}" is made from it`,
      next: 'Remove the field from the partition spec first.',
    };
  }
  const order = metadata.sortOrders.find(({ orderId }) => orderId === metadata.defaultSortOrderId);
  if (order?.fields.some(({ sourceId }) => ids.has(sourceId)) === true) {
    return { why: 'the table is sorted by it', next: 'Replace the sort order first.' };
  }
  return undefined;
}

function renameField(draft: SchemaDraft, { column, to }: ChangeOf<'rename'>): void {
  const what = `Column "${column}" cannot be renamed`;
  const { field, path, parent } = requireStructField(draft, column, what);
  if (to === '') throw refuse(draft, `${what}: the new name is empty`, 'Give it a name.');
  const target = parent === undefined ? to : `${parent}.${to}`;
  const taken = fieldPlaces(draft.fields).some((place) => place.path === target);
  if (taken && target !== path) throw refuse(draft, `${what}: "${target}" is there already`, 'Choose another name.');
  draft.fields = withField(draft.fields, field.id, (old) => ({ ...old, name: to }));
}

function moveField(draft: SchemaDraft, { column, position }: ChangeOf<'move'>): void {
  const what = `Column "${column}" cannot be moved`;
  const { field, path } = requireStructField(draft, column, what);
  draft.fields = withStruct(draft.fields, parentIdOf(draft, path), (fields) =>
    placed(draft, fields, field, position, what),
  );
}

function promoteField(draft: SchemaDraft, change: ChangeOf<'promote'>): void {
  const what = `Column "${change.column}" cannot be promoted`;
  const place = requirePlace(draft, change.column, what);
  refuseKeys(draft, place, what);
  const from = place.field.type;
  const type = typeof change.type === 'string' ? parseType(change.type) : change.type;
  if (!isPrimitive(from) || !isPrimitive(type) || !isPromotionAllowed(from, type)) {
    throw refuse(
      draft,
      `${what}: ${typeName(from)} does not become ${typeName(type)}`,
      'int becomes long, float becomes double, a decimal gets more digits. Otherwise add a column and fill it.',
    );
  }
  draft.fields = withField(draft.fields, place.field.id, (field) => ({ ...field, type }));
}

function makeOptional(draft: SchemaDraft, { column }: ChangeOf<'make-optional'>): void {
  const what = `Column "${column}" cannot be made optional`;
  const place = requirePlace(draft, column, what);
  refuseKeys(draft, place, what);
  if (identifiersUnder(draft, place.field).length > 0) {
    throw refuse(draft, `${what}: it identifies rows`, 'Set other identifier fields first.');
  }
  draft.fields = withField(draft.fields, place.field.id, (field) => ({ ...field, required: false }));
}

function setDoc(draft: SchemaDraft, { column, doc }: ChangeOf<'set-doc'>): void {
  const { field } = requireStructField(draft, column, `Column "${column}" cannot be documented`);
  draft.fields = withField(draft.fields, field.id, ({ doc: _old, ...bare }) => ({
    ...bare,
    ...(doc === undefined ? {} : { doc }),
  }));
}

/** @see Iceberg spec, "Schemas" */
function setIdentifierFields(draft: SchemaDraft, { columns }: ChangeOf<'set-identifier-fields'>): void {
  const places = new Map(fieldPlaces(draft.fields).map((place) => [place.path, place]));
  draft.identifierFieldIds = columns.map((column) => {
    const what = `Column "${column}" cannot identify rows`;
    const { field, path } = requireStructField(draft, column, what);
    const { type } = field;
    if (!isPrimitive(type) || type.kind === 'float' || type.kind === 'double') {
      throw refuse(
        draft,
        `${what}: it is a ${typeName(type)}`,
        'Choose columns whose values can be compared for equality.',
      );
    }
    for (
      let up = places.get(path);
      up !== undefined;
      up = up.parent === undefined ? undefined : places.get(up.parent)
    ) {
      if (up.field.required && up.holder === 'struct') continue;
      throw refuse(draft, `${what}: "${up.path}" may be absent or repeated`, 'Choose required columns.');
    }
    return field.id;
  });
}

const identifiersUnder = ({ identifierFieldIds }: SchemaDraft, field: NestedField): NestedField[] =>
  allFields({ schemaId: 0, fields: [field] }).filter(({ id }) => identifierFieldIds.includes(id));

/** The field whose struct holds the field at `path`; undefined for columns. */
function parentIdOf(draft: SchemaDraft, path: string): number | undefined {
  const places = fieldPlaces(draft.fields);
  const parent = places.find((place) => place.path === path)?.parent;
  return places.find((place) => place.path === parent)?.field.id;
}

/** Names that only together are wrong: twice the same path, or a column that is called like another's partition field. */
function checkNames(draft: SchemaDraft): void {
  const { metadata, fields } = draft;
  const names = fieldNames({ schemaId: 0, fields });
  const twice = names.find((name, position) => names.indexOf(name) !== position);
  if (twice !== undefined) throw refuse(draft, `Column "${twice}" would be there twice`, 'Choose another name.');
  const before = new Map(currentSchema(metadata).fields.map(({ id, name }) => [id, name]));
  for (const partition of metadata.partitionSpecs.flatMap((spec) => spec.fields)) {
    const column = fields.find(({ name }) => name === partition.name);
    if (column === undefined || before.get(column.id) === column.name) continue;
    if (partition.transform.kind === 'identity' && partition.sourceId === column.id) continue;
    throw refuse(
      draft,
      `Column "${column.name}" would be called like a partition field that is not made by identity from it`,
      'Choose another name.',
    );
  }
}

const typeName = (type: Type): string => (isPrimitive(type) ? formatType(type) : type.kind);
