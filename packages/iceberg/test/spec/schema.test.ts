import { describe, expect, it } from 'vitest';
import { assignFreshIds } from '../../src/spec/fresh-ids.ts';
import { parseType } from '../../src/spec/parse-type.ts';
import {
  allFields,
  columnByName,
  fieldByName,
  findField,
  highestFieldId,
  isPromotionAllowed,
} from '../../src/spec/schema.ts';
import { schemaFromJson } from '../../src/spec/schema-json.ts';

const schema = schemaFromJson({
  type: 'struct',
  'schema-id': 0,
  'identifier-field-ids': [10],
  fields: [
    { id: 10, name: 'id', required: true, type: 'long' },
    {
      id: 20,
      name: 'place',
      required: false,
      type: {
        type: 'struct',
        fields: [
          { id: 21, name: 'lat', required: false, type: 'double' },
          { id: 22, name: 'lon', required: false, type: 'double' },
        ],
      },
    },
    {
      id: 30,
      name: 'tags',
      required: false,
      type: { type: 'map', 'key-id': 31, key: 'string', 'value-id': 32, value: 'int', 'value-required': false },
    },
    { id: 40, name: 'place.lat', required: false, type: 'string' },
  ],
});

describe('schema', () => {
  it('finds fields by id at every depth', () => {
    expect(findField(schema, 22)?.name).toBe('lon');
    expect(findField(schema, 32)?.name).toBe('value');
    expect(findField(schema, 99)).toBeUndefined();
    expect(allFields(schema).map((field) => field.id)).toEqual([10, 20, 21, 22, 30, 31, 32, 40]);
    expect(highestFieldId(schema)).toBe(40);
  });

  it('finds fields by path, a column whose own name has a dot first', () => {
    expect(fieldByName(schema, 'place.lon')?.id).toBe(22);
    expect(fieldByName(schema, 'place.lat')?.id).toBe(40);
    expect(fieldByName(schema, 'tags.value')?.id).toBe(32);
    expect(columnByName(schema, 'tags.value')).toBeUndefined();
    expect(columnByName(schema, 'place.lon')?.id).toBe(22);
  });

  it('gives new ids to all fields of a struct before what is inside them', () => {
    const { schema: fresh, idMap, lastColumnId } = assignFreshIds(schema);
    expect(fresh.fields.map((field) => field.id)).toEqual([1, 2, 3, 4]);
    expect(allFields(fresh).map((field) => field.id)).toEqual([1, 2, 5, 6, 3, 7, 8, 4]);
    expect(fresh.identifierFieldIds).toEqual([1]);
    expect(idMap.get(22)).toBe(6);
    expect(lastColumnId).toBe(8);
    expect(assignFreshIds({ schemaId: 0, fields: [] }, 5).lastColumnId).toBe(4);
  });

  it.each([
    ['int', 'long', true],
    ['long', 'int', false],
    ['float', 'double', true],
    ['decimal(9,2)', 'decimal(18,2)', true],
    ['decimal(18,2)', 'decimal(9,2)', false],
    ['decimal(9,2)', 'decimal(18,3)', false],
    ['date', 'timestamp', false],
    ['string', 'string', true],
    ['string', 'binary', false],
  ])('promotes %s to %s: %s', (from, to, allowed) => {
    expect(isPromotionAllowed(parseType(from), parseType(to))).toBe(allowed);
  });
});
