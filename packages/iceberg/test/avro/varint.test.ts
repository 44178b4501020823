import avsc from 'avsc';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AvroCursor } from '../../src/avro/avro-cursor.ts';
import { AvroSink } from '../../src/avro/avro-sink.ts';

const bytesOf = (write: (sink: AvroSink) => void): Uint8Array => {
  const sink = new AvroSink();
  write(sink);
  return Uint8Array.from(sink.bytes);
};

/** Both sides of every length of a varint, and of 2^53 and 2^63. */
const EDGES: readonly bigint[] = [6n, 13n, 20n, 27n, 31n, 32n, 34n, 41n, 48n, 53n, 55n, 62n]
  .flatMap((bits) => [-2n, -1n, 0n, 1n].flatMap((offset) => [2n ** bits + offset, -(2n ** bits) + offset]))
  .concat([0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]);

/** The wire form by its definition, without shifts of halves. */
function zigzagBytes(value: bigint): number[] {
  let rest = value < 0n ? -2n * value - 1n : 2n * value;
  const bytes: number[] = [];
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}

function checkLong(value: bigint): void {
  const bytes = bytesOf((sink) => sink.writeLong(value));
  expect([...bytes]).toEqual(zigzagBytes(value));
  const cursor = new AvroCursor(bytes);
  expect(cursor.readLong()).toBe(value);
  expect(cursor.atEnd).toBe(true);
  const skipping = new AvroCursor(bytes);
  skipping.skipVarint();
  expect(skipping.atEnd).toBe(true);
}

function checkNumber(value: number): void {
  const bytes = bytesOf((sink) => sink.writeNumber(value));
  expect([...bytes]).toEqual(zigzagBytes(BigInt(value)));
  expect(new AvroCursor(bytes).readNumber()).toBe(value);
}

describe('longs', () => {
  it.each(EDGES.map((value) => [value]))('%s goes through whole', (value) => {
    checkLong(value);
    if (Number.isSafeInteger(Number(value))) checkNumber(Number(value));
    else expect(() => new AvroCursor(bytesOf((sink) => sink.writeLong(value))).readNumber()).toThrow(RangeError);
  });

  it('goes through whole, whatever its size', () => {
    fc.assert(fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), checkLong));
    fc.assert(fc.property(fc.maxSafeInteger(), checkNumber));
  });

  it('is what avsc writes and reads', () => {
    const long = avsc.Type.forSchema('long');
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), (value) => {
        const bytes = bytesOf((sink) => sink.writeNumber(value));
        expect(Buffer.from(bytes).equals(long.toBuffer(value))).toBe(true);
      }),
    );
  });

  it('refuses what is not a long', () => {
    expect(() => new AvroSink().writeLong(2n ** 63n)).toThrow(RangeError);
    expect(() => new AvroSink().writeNumber(2 ** 53)).toThrow(RangeError);
    expect(() => new AvroSink().writeNumber(1.5)).toThrow(RangeError);
    expect(() => new AvroCursor(new Uint8Array(11).fill(0x80)).readLong()).toThrow(RangeError);
    expect(() => new AvroCursor(Uint8Array.of(...Array(9).fill(0x80), 2)).readLong()).toThrow(RangeError);
  });
});

describe('data that ends early', () => {
  it.each<[string, (cursor: AvroCursor) => unknown, number[]]>([
    ['number', (cursor) => cursor.readNumber(), [0x80]],
    ['wide number', (cursor) => cursor.readNumber(), [0x80, 0x80, 0x80, 0x80, 0x80]],
    ['long', (cursor) => cursor.readLong(), [0x80]],
    ['nothing', (cursor) => cursor.readNumber(), []],
    ['boolean', (cursor) => cursor.readBoolean(), []],
    ['float', (cursor) => cursor.readFloat(), [1, 2, 3]],
    ['double', (cursor) => cursor.readDouble(), [1, 2, 3]],
    ['string', (cursor) => cursor.readString(), [4, 0x61]],
    ['bytes of negative length', (cursor) => cursor.readBytes(), [1]],
    ['skipped varint', (cursor) => cursor.skipVarint(), [0x80]],
    ['skipped bytes', (cursor) => cursor.skipBytes(), [4, 0x61]],
  ])('%s is refused', (_what, read, bytes) => {
    expect(() => read(new AvroCursor(Uint8Array.from(bytes)))).toThrow(RangeError);
  });
});
