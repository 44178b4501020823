import { describe, expect, it } from 'vitest';
import { AvroCursor } from '../../src/avro/avro-cursor.ts';
import { AvroSink } from '../../src/avro/avro-sink.ts';
import { compileDecoder } from '../../src/avro/decoder.ts';
import type { RecordShape, Shape, ShapeField } from '../../src/avro/shape.ts';
import { skipUnwanted } from '../../src/avro/shape.ts';
import { avroName, avroSchemaOf } from '../../src/avro/shape-schema.ts';
import { parseWriterSchema } from '../../src/avro/writer-schema.ts';
import { InvalidAvroError } from '../../src/errors.ts';

const record = (fields: readonly ShapeField[]): RecordShape => ({ kind: 'record', name: 'r', fields });
const field = (id: number, name: string, shape: Shape, required = true): ShapeField => ({ id, name, required, shape });

function decode(writer: unknown, shape: Shape, write: (sink: AvroSink) => void): unknown {
  const sink = new AvroSink();
  write(sink);
  const cursor = new AvroCursor(Uint8Array.from(sink.bytes));
  const value = compileDecoder(parseWriterSchema(writer), shape)(cursor);
  expect(cursor.atEnd).toBe(true);
  return value;
}

describe('resolution', () => {
  const writer = {
    type: 'record',
    name: 'w',
    fields: [
      { name: 'old_name', type: 'long', 'field-id': 1 },
      { name: 'b', type: 'string' },
    ],
  };
  const write = (sink: AvroSink): void => {
    sink.writeNumber(7);
    sink.writeString('lost');
  };

  it('goes by id, whatever the name', () => {
    expect(decode(writer, record([field(1, 'new_name', { kind: 'count' })]), write)).toEqual([7]);
  });

  it('ignores names as soon as one id is there', () => {
    const shape = record([field(1, 'a', { kind: 'count' }), field(2, 'b', { kind: 'string' }, false)]);
    expect(decode(writer, shape, write)).toEqual([7, undefined]);
    const required = record([field(2, 'b', { kind: 'string' })]);
    expect(() => compileDecoder(parseWriterSchema(writer), required)).toThrow(InvalidAvroError);
    expect(() => compileDecoder(parseWriterSchema(writer), required)).toThrow(/required field b/);
  });

  it('goes by name when there is no id at all', () => {
    const bare = { type: 'record', name: 'w', fields: [{ name: 'b', type: 'string' }] };
    expect(decode(bare, record([field(2, 'b', { kind: 'string' })]), (sink) => sink.writeString('x'))).toEqual(['x']);
  });

  it('keeps places of fields that are skipped', () => {
    const shape = skipUnwanted(
      record([field(1, 'a', { kind: 'count' }), field(2, 'b', { kind: 'string' })]),
      new Set([2]),
    );
    const both = avroSchemaOf(record(shape.fields));
    expect(decode(both, shape, write)).toEqual([undefined, 'lost']);
  });

  it('refuses null in a required field', () => {
    const nullable = { type: 'record', name: 'w', fields: [{ name: 'a', type: ['null', 'long'], 'field-id': 1 }] };
    const shape = record([field(1, 'a', { kind: 'count' })]);
    expect(() => decode(nullable, shape, (sink) => sink.writeNumber(0))).toThrow(/required field a is null/);
    expect(decode(nullable, record([field(1, 'a', { kind: 'count' }, false)]), (sink) => sink.writeNumber(0))).toEqual([
      null,
    ]);
  });

  it('takes null on either side of a union', () => {
    const right = { type: 'record', name: 'w', fields: [{ name: 'a', type: ['long', 'null'], 'field-id': 1 }] };
    const shape = record([field(1, 'a', { kind: 'long' }, false)]);
    const write = (sink: AvroSink): void => {
      sink.writeNumber(0);
      sink.writeLong(2n ** 62n);
    };
    expect(decode(right, shape, write)).toEqual([2n ** 62n]);
    expect(decode(right, shape, (sink) => sink.writeNumber(1))).toEqual([null]);
    expect(() => decode(right, shape, (sink) => sink.writeNumber(2))).toThrow(RangeError);
  });
});

describe('arrays and maps', () => {
  const list = {
    type: 'record',
    name: 'w',
    fields: [{ name: 'a', type: { type: 'array', items: 'long', 'element-id': 2 }, 'field-id': 1 }],
  };
  const shape = record([field(1, 'a', { kind: 'list', elementId: 2, element: { kind: 'count' } })]);
  const blocks = (sink: AvroSink): void => {
    for (const [count, size] of [
      [2, 0],
      [-2, 2],
      [-1, 1],
    ] as const) {
      sink.writeNumber(count);
      if (count < 0) sink.writeNumber(size);
      for (let i = 0; i < Math.abs(count); i++) sink.writeNumber(5);
    }
    sink.writeNumber(0);
  };

  it('reads blocks whose count is negative and followed by their size', () => {
    expect(decode(list, shape, blocks)).toEqual([[5, 5, 5, 5, 5]]);
  });

  it('skips them by their size', () => {
    expect(decode(list, skipUnwanted(shape, new Set()), blocks)).toEqual([undefined]);
  });

  it('reads map entries whose key and value are in another order or optional', () => {
    const entry = {
      type: 'record',
      name: 'e',
      fields: [
        { name: 'v', type: ['null', 'bytes'], 'field-id': 4 },
        { name: 'note', type: 'string' },
        { name: 'k', type: 'int', 'field-id': 3 },
      ],
    };
    const map = {
      type: 'record',
      name: 'w',
      fields: [{ name: 'm', type: { type: 'array', items: entry }, 'field-id': 1 }],
    };
    const mapShape = record([
      field(1, 'm', { kind: 'map', keyId: 3, key: { kind: 'int' }, valueId: 4, value: { kind: 'binary' } }),
    ]);
    const value = decode(map, mapShape, (sink) => {
      sink.writeNumber(1);
      sink.writeNumber(1);
      sink.writeBytes(Uint8Array.of(9));
      sink.writeString('between');
      sink.writeNumber(12);
      sink.writeNumber(0);
    }) as [Map<number, Uint8Array>];
    expect([...value[0]].map(([key, bytes]) => [key, [...bytes]])).toEqual([[12, [9]]]);
  });

  it('skips every kind of value', () => {
    const kinds = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'].map((type, i) => ({
      name: `f${i}`,
      type,
    }));
    const fixed = { type: 'fixed', name: 'fx', size: 3 };
    const nested = { type: 'record', name: 'n', fields: [{ name: 'x', type: { type: 'map', values: 'fx' } }] };
    const writer = {
      type: 'record',
      name: 'w',
      fields: [
        ...kinds,
        { name: 'fixed', type: fixed },
        { name: 'nested', type: nested },
        { name: 'choice', type: ['null', { type: 'enum', name: 'en', symbols: ['A', 'B'] }] },
        { name: 'last', type: 'int', 'field-id': 1 },
      ],
    };
    const value = decode(writer, record([field(1, 'last', { kind: 'int' })]), (sink) => {
      sink.writeBoolean(true);
      sink.writeNumber(-70_000);
      sink.writeLong(2n ** 62n);
      sink.writeFloat(1);
      sink.writeDouble(2);
      sink.writeBytes(Uint8Array.of(1, 2));
      sink.writeString('three');
      sink.writeFixed(Uint8Array.of(1, 2, 3));
      sink.writeNumber(1);
      sink.writeString('key');
      sink.writeFixed(Uint8Array.of(1, 2, 3));
      sink.writeNumber(0);
      sink.writeNumber(1);
      sink.writeNumber(1);
      sink.writeNumber(42);
    });
    expect(value).toEqual([42]);
  });
});

describe('types', () => {
  const one = (type: unknown) => ({ type: 'record', name: 'w', fields: [{ name: 'a', type, 'field-id': 1 }] });
  const read = (type: unknown, shape: Shape, write: (sink: AvroSink) => void): unknown =>
    (decode(one(type), record([field(1, 'a', shape, false)]), write) as unknown[])[0];

  it('widens what was promoted since, and takes a day with or without its logical type', () => {
    expect(read('int', { kind: 'long' }, (sink) => sink.writeNumber(-3))).toBe(-3n);
    expect(read('float', { kind: 'double' }, (sink) => sink.writeFloat(1.5))).toBe(1.5);
    expect(read('int', { kind: 'date' }, (sink) => sink.writeNumber(20458))).toBe(20458);
    const date = { type: 'int', logicalType: 'date' };
    expect(read(date, { kind: 'date' }, (sink) => sink.writeNumber(20458))).toBe(20458);
    expect(read(date, { kind: 'int' }, (sink) => sink.writeNumber(20458))).toBe(20458);
  });

  it('takes decimals from fixed and bytes, uuids from fixed and text', () => {
    const decimal: Shape = { kind: 'decimal', precision: 9, scale: 2 };
    const fixed = { type: 'fixed', name: 'd', size: 4, logicalType: 'decimal', precision: 9, scale: 2 };
    expect(read(fixed, decimal, (sink) => sink.writeFixed(Uint8Array.of(0xff, 0xff, 0xff, 0x7f)))).toBe(-129n);
    expect(read('bytes', decimal, (sink) => sink.writeBytes(Uint8Array.of(0x80)))).toBe(-128n);
    const uuid = 'f79c3e09-677c-4bbd-a479-3f349cb785e7';
    expect(read('string', { kind: 'uuid' }, (sink) => sink.writeString(uuid.toUpperCase()))).toBe(uuid);
  });

  it('takes a value as it is written when its type is not known', () => {
    const asWritten: Shape = { kind: 'as-written' };
    expect(read('long', asWritten, (sink) => sink.writeNumber(1))).toBe(1n);
    expect(read('int', asWritten, (sink) => sink.writeNumber(1))).toBe(1);
    expect(read(['null', 'string'], asWritten, (sink) => sink.writeNumber(0))).toBeNull();
    const decimal = { type: 'bytes', logicalType: 'decimal' };
    expect(read(decimal, asWritten, (sink) => sink.writeBytes(Uint8Array.of(0x80)))).toBe(-128n);
  });

  it('refuses a type that cannot become the wanted one', () => {
    expect(() => read('string', { kind: 'int' }, (sink) => sink.writeString('1'))).toThrow(/written as string/);
    expect(() =>
      read({ type: 'map', values: 'int' }, { kind: 'list', elementId: 1, element: { kind: 'int' } }, () => {}),
    ).toThrow(InvalidAvroError);
  });

  it('refuses a schema that uses a name before it is defined, and finds one in its namespace', () => {
    expect(() => parseWriterSchema({ type: 'record', name: 'a', fields: [{ name: 'x', type: 'a' }] })).toThrow(
      /inside itself/,
    );
    const schema = parseWriterSchema({
      type: 'record',
      name: 'a',
      namespace: 'org.x',
      fields: [
        { name: 'f', type: { type: 'fixed', name: 'fx', size: 2 } },
        { name: 'g', type: 'fx' },
        { name: 'h', type: 'org.x.fx' },
      ],
    });
    expect(schema.kind === 'record' && schema.fields.map((f) => f.type.kind)).toEqual(['fixed', 'fixed', 'fixed']);
  });
});

describe('avroName', () => {
  it.each([
    ['plain_1', 'plain_1'],
    ['1x', '_1x'],
    ['a-b', 'a_x2Db'],
    ['ü', '_xFC'],
    ['x.y z', 'x_x2Ey_x20z'],
    ['-1', '_x2D1'],
  ])('%s becomes %s', (name, safe) => {
    expect(avroName(name)).toBe(safe);
  });
});
