import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, ValidationError } from '../../src/errors.ts';
import { evolveSchema } from '../../src/evolution/evolve-schema.ts';
import type { SchemaChange } from '../../src/evolution/schema-change.ts';
import { schemaUpdates } from '../../src/evolution/schema-updates.ts';
import { applyUpdates } from '../../src/metadata/apply-updates.ts';
import { metadataFromCreate } from '../../src/metadata/create-metadata.ts';
import { currentSchema } from '../../src/metadata/history.ts';
import type { TableMetadata } from '../../src/metadata/table-metadata.ts';
import { toSequenceNumber, toSnapshotId } from '../../src/spec/ids.ts';
import { parseType } from '../../src/spec/parse-type.ts';
import { allFields } from '../../src/spec/schema.ts';
import { schemaToJson } from '../../src/spec/schema-json.ts';
import type { NestedField, Schema, Type } from '../../src/spec/types.ts';

const field = (id: number, name: string, type: Type | string, required = false): NestedField => ({
  id,
  name,
  required,
  type: typeof type === 'string' ? parseType(type) : type,
});

const point: Type = { kind: 'struct', fields: [field(20, 'x', 'float', true), field(21, 'y', 'float')] };

/** After fresh ids: id 1, day 2, kind 3, home 4, points 5, prices 6, amount 7, home.x 8 … */
const COLUMNS: readonly NestedField[] = [
  field(1, 'id', 'int', true),
  field(2, 'day', 'date'),
  field(3, 'kind', 'string'),
  field(4, 'home', point),
  field(5, 'points', { kind: 'list', elementId: 30, element: point, elementRequired: true }),
  field(6, 'prices', { kind: 'map', keyId: 31, key: point, valueId: 32, value: point, valueRequired: true }),
  field(7, 'amount', 'decimal(9, 2)'),
];

const EMPTY: TableMetadata = metadataFromCreate(
  {
    schema: { schemaId: 0, fields: COLUMNS, identifierFieldIds: [1] },
    partitionSpec: {
      specId: 0,
      fields: [{ sourceId: 2, fieldId: 1000, name: 'day_month', transform: { kind: 'month' } }],
    },
    sortOrder: {
      orderId: 1,
      fields: [{ sourceId: 3, transform: { kind: 'identity' }, direction: 'asc', nullOrder: 'nulls-first' }],
    },
  },
  'memory:/t',
  '7e0a1c6e-0000-4000-8000-000000000000',
  0,
);

/** With rows in it, for all that the metadata tells. */
const FULL: TableMetadata = applyUpdates(
  EMPTY,
  [
    {
      action: 'add-snapshot',
      snapshot: {
        snapshotId: toSnapshotId(1n),
        sequenceNumber: toSequenceNumber(1n),
        timestampMs: 1,
        operation: 'append',
        summary: {},
        manifestList: 'memory:/t/metadata/snap-1.avro',
        schemaId: 0,
      },
    },
  ],
  1,
);

const evolve = (...changes: SchemaChange[]): Schema => evolveSchema(FULL, changes);
const names = (schema: Schema): string[] => schema.fields.map(({ name }) => name);
const idsOf = (schema: Schema): Record<string, number> =>
  Object.fromEntries(allFields(schema).map(({ id, name }) => [name, id]));
const structAt = (schema: Schema, name: string): readonly NestedField[] => {
  const { type } = schema.fields.find((candidate) => candidate.name === name)!;
  const held = type.kind === 'list' ? type.element : type.kind === 'map' ? type.value : type;
  return held.kind === 'struct' ? held.fields : [];
};

function apply(metadata: TableMetadata, changes: readonly SchemaChange[], planned?: Schema): TableMetadata {
  const change = schemaUpdates(metadata, { changes, ...(planned && { planned }) });
  return applyUpdates(metadata, change?.updates ?? [], 2);
}

describe('adding', () => {
  it('gives the next ids, to the field first and then to what is inside it', () => {
    const last = FULL.lastColumnId;
    const schema = evolve(
      { kind: 'add', name: 'place', type: point, doc: 'where' },
      { kind: 'add', name: 'n', type: 'long' },
    );
    expect(names(schema).slice(-2)).toEqual(['place', 'n']);
    expect(schema.fields.at(-2)).toMatchObject({ id: last + 1, required: false, doc: 'where' });
    expect(structAt(schema, 'place').map(({ id }) => id)).toEqual([last + 2, last + 3]);
    expect(schema.fields.at(-1)?.id).toBe(last + 4);
    expect(schema.schemaId).toBe(1);
    expect(schema.identifierFieldIds).toEqual([1]);
  });

  it.each(['home', 'points', 'points.element', 'prices', 'prices.value'])(
    'puts a field into the struct of %s',
    (parent) => {
      const schema = evolve({ kind: 'add', parent, name: 'z', type: 'float', position: { after: 'x' } });
      expect(structAt(schema, parent.split('.')[0]!).map(({ name }) => name)).toEqual(['x', 'z', 'y']);
    },
  );

  it('never gives an id again, not within one set of changes and not after a drop', () => {
    const twice = evolve(
      { kind: 'add', name: 'a', type: 'int' },
      { kind: 'drop', column: 'a' },
      { kind: 'add', name: 'a', type: 'int' },
    );
    expect(twice.fields.at(-1)?.id).toBe(FULL.lastColumnId + 2);
    const dropped = apply(apply(FULL, [{ kind: 'add', name: 'a', type: 'int' }]), [{ kind: 'drop', column: 'a' }]);
    expect(currentSchema(dropped).schemaId).toBe(0); // the first schema again, as nothing else changed
    const again = apply(dropped, [{ kind: 'add', name: 'a', type: 'int' }]);
    expect(currentSchema(again).fields.at(-1)?.id).toBe(FULL.lastColumnId + 2);
    expect(again.lastColumnId).toBe(FULL.lastColumnId + 2);
  });

  it('takes a required field only where no row lacks it', () => {
    const change: SchemaChange = { kind: 'add', name: 'must', type: 'long', required: true };
    expect(evolveSchema(EMPTY, [change]).fields.at(-1)).toMatchObject({ name: 'must', required: true });
    expect(() => evolve(change)).toThrow('cannot be added as required');
    const inside = evolve(
      { kind: 'add', name: 'box', type: { kind: 'struct', fields: [] } },
      { kind: 'add', parent: 'box', name: 'must', type: 'long', required: true },
    );
    expect(structAt(inside, 'box')).toMatchObject([{ name: 'must', required: true }]);
  });

  it.each<[string, SchemaChange, string]>([
    ['a name that is taken', { kind: 'add', name: 'kind', type: 'int' }, '"kind" is there already'],
    ['a path that is taken', { kind: 'add', name: 'home.x', type: 'int' }, '"home.x" is there already'],
    ['no name', { kind: 'add', name: '', type: 'int' }, 'no name'],
    [
      'a parent without fields',
      { kind: 'add', parent: 'amount', name: 'z', type: 'int' },
      'is a decimal(9, 2), not a struct',
    ],
    ['the key of a map', { kind: 'add', parent: 'prices.key', name: 'z', type: 'int' }, 'keys never change'],
    [
      'a parent that is not there',
      { kind: 'add', parent: 'Home', name: 'z', type: 'int' },
      'Did you mean "home"? Case counts.',
    ],
    [
      'a type of format 3',
      { kind: 'add', name: 'z', type: 'timestamp_ns' },
      'format version 2 has no type timestamp_ns',
    ],
    [
      'one inside a list',
      {
        kind: 'add',
        name: 'z',
        type: { kind: 'list', elementId: 1, element: parseType('variant'), elementRequired: false },
      },
      'no type variant',
    ],
    [
      'a sibling that is not there',
      { kind: 'add', name: 'z', type: 'int', position: { before: 'kint' } },
      'Did you mean "kind"?',
    ],
    ['the name of a partition field', { kind: 'add', name: 'day_month', type: 'int' }, 'called like a partition field'],
  ])('refuses %s', (_what, change, message) => {
    expect(() => evolve(change)).toThrow(InvalidArgumentError);
    expect(() => evolve(change)).toThrow(message);
    expect(() => evolve(change)).toThrow('Nothing was changed.');
  });

  it('tells names apart by case, as the format does', () => {
    expect(names(evolve({ kind: 'add', name: 'KIND', type: 'int' })).at(-1)).toBe('KIND');
  });
});

describe('the ids of a planned schema', () => {
  const changes: SchemaChange[] = [{ kind: 'add', name: 'place', type: point }];
  const planned = evolveSchema(FULL, changes);

  it('stay when others add columns after the files were staged', () => {
    const staged = applyUpdates(FULL, schemaUpdates(FULL, { changes, planned }, { makeCurrent: false })!.updates, 2);
    expect(staged.currentSchemaId).toBe(0);
    const foreign = apply(staged, [{ kind: 'add', name: 'theirs', type: 'int' }]);
    const after = apply(foreign, changes, planned);
    expect(names(currentSchema(after)).slice(-2)).toEqual(['theirs', 'place']);
    expect(idsOf(currentSchema(after))).toMatchObject({ place: planned.fields.at(-1)!.id });
  });

  it('are those of the listed schema when nobody came between, and are asked for again without effect', () => {
    const staged = applyUpdates(FULL, schemaUpdates(FULL, { changes, planned }, { makeCurrent: false })!.updates, 2);
    expect(schemaUpdates(staged, { changes, planned }, { makeCurrent: false })).toBeUndefined();
    const after = apply(staged, changes, planned);
    expect(after.schemas).toHaveLength(2);
    expect(after.currentSchemaId).toBe(1);
    expect(schemaUpdates(after, { changes, planned })).toBeUndefined();
  });

  it('are refused when another column has them by now', () => {
    const foreign = apply(FULL, [{ kind: 'add', name: 'theirs', type: 'int' }]);
    expect(() => apply(foreign, changes, planned)).toThrow(ValidationError);
    expect(() => apply(foreign, changes, planned)).toThrow('belongs to column "theirs" now');
  });

  it('must be of the same fields', () => {
    const other: SchemaChange[] = [{ kind: 'add', name: 'place', type: 'int' }];
    expect(() => apply(FULL, other, planned)).toThrow('another one in the schema');
    expect(() => apply(FULL, [{ kind: 'add', name: 'spot', type: 'int' }], planned)).toThrow('not in the schema');
  });
});

describe('dropping, renaming, moving', () => {
  it('follow ids, at every depth', () => {
    const schema = evolve(
      { kind: 'drop', column: 'points.element.y' },
      { kind: 'rename', column: 'prices.value.x', to: 'low' },
      { kind: 'move', column: 'home.y', position: 'first' },
      { kind: 'rename', column: 'kind', to: 'sort' },
      { kind: 'move', column: 'amount', position: { before: 'day' } },
      { kind: 'move', column: 'id', position: { after: 'sort' } },
    );
    expect(structAt(schema, 'points').map(({ name }) => name)).toEqual(['x']);
    expect(structAt(schema, 'prices').map(({ name }) => name)).toEqual(['low', 'y']);
    expect(structAt(schema, 'home').map(({ name }) => name)).toEqual(['y', 'x']);
    expect(names(schema)).toEqual(['amount', 'day', 'sort', 'id', 'home', 'points', 'prices']);
    const before = new Set(allFields(currentSchema(FULL)).map(({ id }) => id));
    expect(allFields(schema).every(({ id }) => before.has(id))).toBe(true);
  });

  it('let two columns change names', () => {
    const schema = evolve(
      { kind: 'rename', column: 'kind', to: 'tmp' },
      { kind: 'rename', column: 'amount', to: 'kind' },
      { kind: 'rename', column: 'tmp', to: 'amount' },
    );
    expect(idsOf(schema)).toMatchObject({ kind: 7, amount: 3 });
  });

  it.each<[string, SchemaChange, string]>([
    ['a source of the partition spec', { kind: 'drop', column: 'day' }, 'partition field "day_month" is made from it'],
    ['a column of the sort order', { kind: 'drop', column: 'kind' }, 'the table is sorted by it'],
    ['an identifier', { kind: 'drop', column: 'id' }, 'it identifies rows'],
    ['a list’s element', { kind: 'drop', column: 'points.element' }, 'is what a list is made of'],
    ['a map’s value', { kind: 'rename', column: 'prices.value', to: 'v' }, 'is what a map is made of'],
    ['a part of a key', { kind: 'move', column: 'prices.key.y', position: 'first' }, 'keys never change'],
    ['a column that is not there', { kind: 'drop', column: 'amuont' }, 'Did you mean "amount"?'],
    ['a path that leaves out the element', { kind: 'drop', column: 'points.x' }, 'Did you mean "points.element.x"?'],
    ['a name without likeness', { kind: 'drop', column: 'quite else' }, 'It has id, day, kind'],
    ['a name that is taken', { kind: 'rename', column: 'home.x', to: 'y' }, '"home.y" is there already'],
    ['an empty name', { kind: 'rename', column: 'home.x', to: '' }, 'the new name is empty'],
    [
      'a partition field’s name',
      { kind: 'rename', column: 'amount', to: 'day_month' },
      'called like a partition field',
    ],
    ['a place beside itself', { kind: 'move', column: 'amount', position: { after: 'amount' } }, 'no sibling "amount"'],
    [
      'a sibling of another struct',
      { kind: 'move', column: 'home.x', position: { after: 'amount' } },
      'siblings are y',
    ],
  ])('refuse %s', (_what, change, message) => {
    expect(() => evolve(change)).toThrow(InvalidArgumentError);
    expect(() => evolve(change)).toThrow(message);
  });
});

describe('types, nullability, documentation, identifiers', () => {
  it('widen, at every depth', () => {
    const schema = evolve(
      { kind: 'promote', column: 'id', type: 'long' },
      { kind: 'promote', column: 'amount', type: 'decimal(12, 2)' },
      { kind: 'promote', column: 'points.element.x', type: 'double' },
      { kind: 'make-optional', column: 'points.element.x' },
      { kind: 'make-optional', column: 'points.element' },
      { kind: 'make-optional', column: 'prices.value' },
      { kind: 'set-doc', column: 'home.x', doc: 'east' },
    );
    expect(schemaToJson(schema)).toMatchObject({
      fields: [
        { name: 'id', type: 'long', required: true },
        {},
        {},
        { type: { fields: [{ name: 'x', doc: 'east' }, {}] } },
        { type: { 'element-required': false, element: { fields: [{ type: 'double', required: false }, {}] } } },
        { type: { 'value-required': false } },
        { type: 'decimal(12, 2)' },
      ],
    });
    const undocumented = evolve({ kind: 'set-doc', column: 'kind', doc: 'x' }, { kind: 'set-doc', column: 'kind' });
    expect(undocumented).toBe(currentSchema(FULL));
  });

  it('set what identifies rows, and then let go of what did', () => {
    const schema = evolve(
      { kind: 'set-identifier-fields', columns: [] },
      { kind: 'make-optional', column: 'id' },
      { kind: 'drop', column: 'id' },
    );
    expect(schema.identifierFieldIds).toBeUndefined();
    expect(evolve({ kind: 'set-identifier-fields', columns: ['id'] })).toBe(currentSchema(FULL));
  });

  it.each<[SchemaChange, string]>([
    [{ kind: 'promote', column: 'id', type: 'string' }, 'int does not become string'],
    [{ kind: 'promote', column: 'amount', type: 'decimal(12, 3)' }, 'decimal(9, 2) does not become decimal(12, 3)'],
    [{ kind: 'promote', column: 'home', type: 'long' }, 'struct does not become long'],
    [{ kind: 'promote', column: 'prices.key.x', type: 'double' }, 'keys never change'],
    [{ kind: 'make-optional', column: 'id' }, 'it identifies rows'],
    [{ kind: 'set-doc', column: 'points.element' }, 'is what a list is made of'],
    [{ kind: 'set-identifier-fields', columns: ['kind'] }, '"kind" may be absent'],
    [{ kind: 'set-identifier-fields', columns: ['points.element.x'] }, 'it is a float'],
    [{ kind: 'set-identifier-fields', columns: ['home'] }, 'it is a struct'],
  ])('refuse %o', (change, message) => {
    expect(() => evolve(change)).toThrow(message);
  });
});

describe('schemaUpdates', () => {
  it('asks that neither schema nor, for a drop, specs and orders changed', () => {
    const requirements = schemaUpdates(FULL, { changes: [{ kind: 'drop', column: 'home' }] })?.requirements;
    expect(requirements).toEqual([
      { type: 'assert-current-schema-id', currentSchemaId: 0 },
      { type: 'assert-last-assigned-field-id', lastAssignedFieldId: FULL.lastColumnId },
      { type: 'assert-default-spec-id', defaultSpecId: 0 },
      { type: 'assert-default-sort-order-id', defaultSortOrderId: 1 },
    ]);
  });

  it('is nothing for no change', () => {
    expect(schemaUpdates(FULL, { changes: [] })).toBeUndefined();
    expect(schemaUpdates(FULL, { changes: [{ kind: 'move', column: 'id', position: 'first' }] })).toBeUndefined();
  });
});
