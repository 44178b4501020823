import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import avsc from 'avsc';
import { describe, expect, it } from 'vitest';
import { openAvroFile, readBlocks } from '../../src/avro/avro-file.ts';
import { compileDecoder } from '../../src/avro/decoder.ts';
import type { RecordShape } from '../../src/avro/shape.ts';
import { avroSchemaOf } from '../../src/avro/shape-schema.ts';
import { writeAvroFile } from '../../src/avro/write-avro-file.ts';
import { InvalidAvroError, UnsupportedFeatureError } from '../../src/errors.ts';

const SHAPE: RecordShape = {
  kind: 'record',
  name: 'r',
  fields: [
    { id: 1, name: 'n', required: true, shape: { kind: 'count' } },
    { id: 2, name: 's', required: false, shape: { kind: 'string' } },
    {
      id: 3,
      name: 'sizes',
      required: false,
      shape: { kind: 'map', keyId: 4, key: { kind: 'int' }, valueId: 5, value: { kind: 'count' } },
    },
  ],
};

const RECORDS = Array.from({ length: 500 }, (_, i) => [
  i,
  i % 3 === 0 ? null : `text ${i}`,
  i % 5 === 0 ? null : new Map([[i, 2 * i]]),
]);

function readAll(bytes: Uint8Array, shape: RecordShape = SHAPE): unknown[] {
  const file = openAvroFile(bytes, 'mem://t.avro');
  return [...readBlocks(file, compileDecoder(file.writerSchema, shape))].flat();
}

const withMap = (record: readonly unknown[]) => ({
  n: record[0],
  s: record[1],
  sizes: record[2] === null ? null : [...(record[2] as Map<number, number>)].map(([key, value]) => ({ key, value })),
});

describe('Avro files', () => {
  it.each(['null', 'deflate'] as const)('reads what it wrote with codec %s', (codec) => {
    const bytes = writeAvroFile(SHAPE, RECORDS, { metadata: new Map([['owner', 'ü']]), codec });
    expect(readAll(bytes)).toEqual(RECORDS);
    expect(openAvroFile(bytes, 'x').metadata.get('owner')).toBe('ü');
    expect(Buffer.compare(bytes, writeAvroFile(SHAPE, RECORDS, { metadata: new Map([['owner', 'ü']]), codec }))).toBe(
      0,
    );
  });

  it.each(['null', 'deflate'] as const)('writes with codec %s what avsc reads', async (codec) => {
    const bytes = writeAvroFile(SHAPE, RECORDS, { metadata: new Map(), codec });
    const decoder = Readable.from([Buffer.from(bytes)]).pipe(new avsc.streams.BlockDecoder());
    const read: object[] = [];
    for await (const record of decoder) read.push({ ...(record as object) });
    expect(read).toEqual(RECORDS.map(withMap));
  });

  it.each(['null', 'deflate'] as const)('reads with codec %s what avsc writes', async (codec) => {
    const schema = avroSchemaOf(SHAPE) as avsc.schema.AvroSchema;
    const encoder = new avsc.streams.BlockEncoder(schema, { codec, blockSize: 700 });
    for (const record of RECORDS) encoder.write(withMap(record));
    encoder.end();
    expect(readAll(await buffer(encoder))).toEqual(RECORDS);
  });

  it('writes many blocks and no block for no records', () => {
    const many = Array.from({ length: 3000 }, (_, i) => [i, 'x'.repeat(200), null]);
    const file = openAvroFile(writeAvroFile(SHAPE, many, { metadata: new Map() }), 'x');
    const blocks = [...readBlocks(file, compileDecoder(file.writerSchema, SHAPE))];
    expect(blocks.length).toBeGreaterThan(1);
    expect(blocks.flat()).toEqual(many);
    expect(readAll(writeAvroFile(SHAPE, [], { metadata: new Map() }))).toEqual([]);
  });
});

describe('broken Avro files', () => {
  const good = writeAvroFile(SHAPE, RECORDS, { metadata: new Map(), codec: 'null' });
  const flipped = (position: number): Uint8Array => {
    const bytes = Uint8Array.from(good);
    bytes[position]! ^= 0xff;
    return bytes;
  };

  it.each<[string, Uint8Array]>([
    ['empty', new Uint8Array()],
    ['no Avro', Buffer.from('PAR1 and more')],
    ['cut in the header', good.subarray(0, 40)],
    ['cut in a block', good.subarray(0, good.length - 30)],
    ['cut before the last byte', good.subarray(0, good.length - 1)],
    ['wrong sync marker', flipped(good.length - 1)],
    ['no schema', Buffer.concat([Buffer.from('Obj\x01\x00'), Buffer.alloc(16)])],
  ])('%s: the file is named', (_what, bytes) => {
    expect(() => readAll(bytes)).toThrow(InvalidAvroError);
    expect(() => readAll(bytes)).toThrow(/mem:\/\/t\.avro/);
  });

  it('never hangs and never throws anything else, whichever byte is wrong', () => {
    for (let position = 0; position < good.length; position += 7) {
      try {
        readAll(flipped(position));
      } catch (error) {
        expect(error instanceof InvalidAvroError || error instanceof UnsupportedFeatureError).toBe(true);
      }
    }
  });

  it('names a codec it does not have', () => {
    const bytes = Buffer.from(writeAvroFile(SHAPE, RECORDS, { metadata: new Map(), codec: 'deflate' }));
    bytes.write('snappyx', bytes.indexOf('deflate', bytes.indexOf('avro.codec')));
    expect(() => readAll(bytes)).toThrow(UnsupportedFeatureError);
    expect(() => readAll(bytes)).toThrow(/snappyx/);
  });
});
