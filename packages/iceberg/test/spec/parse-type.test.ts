import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidMetadataError } from '../../src/errors.ts';
import { formatType, parseType, typeToJson } from '../../src/spec/parse-type.ts';
import { sameSchema } from '../../src/spec/schema.ts';
import { schemaFromJson, schemaToJson } from '../../src/spec/schema-json.ts';
import { primitiveType } from './arbitraries.ts';

describe('parseType', () => {
  it('reads back every primitive type it prints', () => {
    fc.assert(
      fc.property(primitiveType, (type) => {
        expect(parseType(typeToJson(type))).toEqual(type);
      }),
    );
  });

  it('takes any blanks in a decimal and prints one', () => {
    for (const text of ['decimal(9,2)', 'decimal(9, 2)', 'decimal( 9 ,  2 )']) {
      expect(formatType(parseType(text))).toBe('decimal(9, 2)');
    }
  });

  it('keeps the spelling of types of format 3', () => {
    for (const text of ['variant', 'unknown', 'geometry(srid:4326)', 'geography(srid:4326, karney)']) {
      expect(parseType(text)).toEqual({ kind: 'unsupported', text });
      expect(typeToJson(parseType(text))).toBe(text);
    }
  });

  it.each(['Int', 'decimal(39, 2)', 'decimal(4, 5)', 'varchar', '', 'fixed[]'])('refuses %j', (text) => {
    expect(() => parseType(text)).toThrow(InvalidMetadataError);
  });

  it.each([[{}], [{ type: 'tuple' }], [7], [null], [{ type: 'list', element: 'int' }]])('refuses %j', (json) => {
    expect(() => parseType(json)).toThrow(InvalidMetadataError);
  });
});

describe('schemaFromJson', () => {
  const json = {
    type: 'struct',
    'schema-id': 3,
    'identifier-field-ids': [1],
    fields: [
      { id: 1, name: 'id', required: true, type: 'long', doc: 'key' },
      {
        id: 2,
        name: 'tags',
        required: false,
        type: {
          type: 'map',
          'key-id': 4,
          key: 'string',
          'value-id': 5,
          value: { type: 'list', 'element-id': 6, element: 'decimal(9, 2)', 'element-required': false },
          'value-required': true,
        },
      },
      {
        id: 3,
        name: 'place',
        required: false,
        type: {
          type: 'struct',
          fields: [{ id: 7, name: 'lat', required: false, type: 'double', 'write-default': 1.5, 'x-note': { a: [1] } }],
        },
      },
    ],
  };

  it('prints what it read, unknown members of fields included', () => {
    expect(schemaToJson(schemaFromJson(json))).toEqual(json);
  });

  it('reads a schema without id as id 0', () => {
    expect(schemaFromJson({ type: 'struct', fields: [] })).toEqual({ schemaId: 0, fields: [] });
  });

  it('finds a decimal spelled without a blank to be the same schema', () => {
    const other = JSON.parse(JSON.stringify(json).replace('decimal(9, 2)', 'decimal(9,2)'));
    expect(sameSchema(schemaFromJson(json), schemaFromJson({ ...other, 'schema-id': 8 }))).toBe(true);
    const longer = JSON.parse(JSON.stringify(json).replace('decimal(9, 2)', 'decimal(10,2)'));
    expect(sameSchema(schemaFromJson(json), schemaFromJson(longer))).toBe(false);
  });
});
