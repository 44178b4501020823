import { describe, expect, it } from 'vitest';
import { InvalidMetadataError } from '../../src/errors.ts';
import { evolveSchema } from '../../src/evolution/evolve-schema.ts';
import type { SchemaChange } from '../../src/evolution/schema-change.ts';
import { schemaUpdates } from '../../src/evolution/schema-updates.ts';
import { applyUpdates } from '../../src/metadata/apply-updates.ts';
import { metadataFromCreate } from '../../src/metadata/create-metadata.ts';
import type { TableMetadata } from '../../src/metadata/table-metadata.ts';
import { parseType } from '../../src/spec/parse-type.ts';
import type { NestedField, Type } from '../../src/spec/types.ts';

const MAPPING = 'schema.name-mapping.default';
const field = (id: number, name: string, type: Type): NestedField => ({ id, name, required: false, type });
const point: Type = { kind: 'struct', fields: [field(9, 'x', parseType('int')), field(9, 'y', parseType('int'))] };

/** After fresh ids: id 1, home 2 (x 4, y 5), points 3 (element 6: x 7, y 8). */
function tableWith(mapping: unknown): TableMetadata {
  const fields = [
    field(1, 'id', parseType('int')),
    field(2, 'home', point),
    field(3, 'points', { kind: 'list', elementId: 8, element: point, elementRequired: false }),
  ];
  const properties = { [MAPPING]: typeof mapping === 'string' ? mapping : JSON.stringify(mapping) };
  return metadataFromCreate({ schema: { schemaId: 0, fields }, properties }, 'memory:/t', 'uuid', 0);
}

const entry = (id: number, names: string | readonly string[], ...fields: object[]) => ({
  'field-id': id,
  names: typeof names === 'string' ? [names] : names,
  ...(fields.length === 0 ? {} : { fields }),
});

const HOME = entry(2, 'home', entry(4, 'x'), entry(5, 'y'));
const POINTS = entry(3, ['points', 'places'], entry(6, 'element', entry(7, 'x'), entry(8, 'y')));
const TABLE = tableWith([entry(1, 'id'), HOME, POINTS]);

function evolved(table: TableMetadata, ...changes: readonly SchemaChange[]): TableMetadata {
  return applyUpdates(table, schemaUpdates(table, { changes })?.updates ?? [], 1);
}
const mappingAfter = (...changes: readonly SchemaChange[]): unknown =>
  JSON.parse(evolved(TABLE, ...changes).properties[MAPPING]!);

describe('the name mapping of an evolving table', () => {
  it('gains the new name beside the old ones, once', () => {
    const once = mappingAfter(
      { kind: 'rename', column: 'id', to: 'between' },
      { kind: 'rename', column: 'between', to: 'key' },
      { kind: 'rename', column: 'points', to: 'places' },
    );
    expect(once).toEqual([entry(1, ['id', 'key']), HOME, POINTS]);
  });

  it('gains entries of added columns, with what is inside them, at every depth', () => {
    const after = mappingAfter(
      { kind: 'add', name: 'track', type: { kind: 'list', elementId: 0, element: point, elementRequired: false } },
      { kind: 'add', parent: 'points', name: 'z', type: 'int' },
      { kind: 'rename', column: 'home.y', to: 'north' },
    );
    expect(after).toEqual([
      entry(1, 'id'),
      entry(2, 'home', entry(4, 'x'), entry(5, ['y', 'north'])),
      entry(3, ['points', 'places'], entry(6, 'element', entry(7, 'x'), entry(8, 'y'), entry(13, 'z'))),
      entry(9, 'track', entry(10, 'element', entry(11, 'x'), entry(12, 'y'))),
    ]);
  });

  it('keeps what was dropped, until its name is given to another field', () => {
    const dropped = evolved(TABLE, { kind: 'drop', column: 'id' }, { kind: 'drop', column: 'points' });
    expect(dropped.properties).toEqual(TABLE.properties);
    const after = evolved(
      dropped,
      { kind: 'add', name: 'id', type: 'string' },
      { kind: 'rename', column: 'home', to: 'places' },
    );
    expect(JSON.parse(after.properties[MAPPING]!)).toEqual([
      { ...HOME, names: ['home', 'places'] },
      { ...POINTS, names: ['points'] },
      entry(9, 'id'),
    ]);
  });

  it('takes a name that goes from one field to another from the first', () => {
    const after = mappingAfter(
      { kind: 'rename', column: 'home.x', to: 'old' },
      { kind: 'rename', column: 'home.y', to: 'x' },
    );
    expect(after).toEqual([entry(1, 'id'), entry(2, 'home', entry(4, 'old'), entry(5, ['y', 'x'])), POINTS]);
  });

  it('stays out of what it does not list, and leaves names without a field alone', () => {
    const foreign = { names: ['ignored'] };
    const table = tableWith([{ names: ['points'] }, foreign]);
    const after = evolved(
      table,
      { kind: 'add', parent: 'home', name: 'z', type: 'int' },
      { kind: 'rename', column: 'id', to: 'key' },
    );
    expect(after.properties).toEqual(table.properties);
  });

  it('is as it was without a change of names, and while a schema is only staged', () => {
    expect(schemaUpdates(TABLE, { changes: [{ kind: 'promote', column: 'id', type: 'long' }] })!.updates).toHaveLength(
      2,
    );
    const changes: readonly SchemaChange[] = [{ kind: 'add', name: 'note', type: 'string' }];
    const planned = evolveSchema(TABLE, changes);
    const staged = schemaUpdates(TABLE, { changes, planned }, { makeCurrent: false })!;
    const listed = applyUpdates(TABLE, staged.updates, 1);
    expect(listed.properties).toEqual(TABLE.properties);
    const published = applyUpdates(listed, schemaUpdates(listed, { changes, planned })!.updates, 1);
    expect(JSON.parse(published.properties[MAPPING]!)).toEqual([entry(1, 'id'), HOME, POINTS, entry(9, 'note')]);
  });

  it.each([
    ['not JSON', '[{'],
    ['not a list', '{}'],
    ['a name twice', JSON.stringify([entry(1, 'id'), entry(2, 'id')])],
    ['an id that is none', '[{"field-id": "1", "names": ["id"]}]'],
  ])('is not guessed at when it is %s', (_what, text) => {
    const changes: readonly SchemaChange[] = [{ kind: 'rename', column: 'id', to: 'key' }];
    expect(() => schemaUpdates(tableWith(text), { changes })).toThrow(InvalidMetadataError);
  });
});
