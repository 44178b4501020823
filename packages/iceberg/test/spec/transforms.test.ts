import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../src/errors.ts';
import { bucketHash } from '../../src/spec/bucket-hash.ts';
import { parseTimeNs, parseTimestampNs } from '../../src/spec/parse-time.ts';
import { formatType, parseType } from '../../src/spec/parse-type.ts';
import { partitionType } from '../../src/spec/partition-type.ts';
import { resultType } from '../../src/spec/result-type.ts';
import { schemaFromJson } from '../../src/spec/schema-json.ts';
import { parseTransform } from '../../src/spec/transform-text.ts';
import { applyTransform } from '../../src/spec/transforms.ts';
import type { NullableValue, PrimitiveType, Value } from '../../src/spec/types.ts';

const primitive = (text: string): PrimitiveType => parseType(text) as PrimitiveType;
const us = (text: string): bigint => parseTimestampNs(text)! / 1000n;
const apply = (transform: string, type: string, value: NullableValue): NullableValue =>
  applyTransform(parseTransform(transform), primitive(type), value);

describe('bucketHash', () => {
  it.each<[string, Value, number]>([
    ['int', 34, 2017239379],
    ['long', 34n, 2017239379],
    ['date', 17486, -653330422],
    ['time', parseTimeNs('22:31:08')! / 1000n, -662762989],
    ['timestamp', us('2017-11-16T22:31:08'), -2047944441],
    ['timestamp', us('2017-11-16T22:31:08.000001'), -1207196810],
    ['timestamptz', us('2017-11-16T22:31:08'), -2047944441],
    ['timestamp_ns', parseTimestampNs('2017-11-16T22:31:08')!, -2047944441],
    ['timestamptz_ns', parseTimestampNs('2017-11-16T22:31:08.000001999')!, -1207196810],
    ['decimal(9,2)', 1420n, -500754589],
    ['string', 'iceberg', 1210000089],
    ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 1488055340],
    ['fixed[4]', Uint8Array.of(0, 1, 2, 3), -188683207],
    ['binary', Uint8Array.of(0, 1, 2, 3), -188683207],
  ])('hashes %s %s as the spec says', (type, value, hash) => {
    expect(bucketHash(primitive(type), value)).toBe(hash);
  });

  it('keeps a column in its buckets when it is promoted', () => {
    fc.assert(
      fc.property(fc.integer({ min: -0x80000000, max: 0x7fffffff }), (value) => {
        expect(bucketHash({ kind: 'int' }, value)).toBe(bucketHash({ kind: 'long' }, BigInt(value)));
      }),
    );
  });
});

describe('applyTransform', () => {
  it.each<[string, string, NullableValue, NullableValue]>([
    ['year', 'date', -1, -1],
    ['month', 'date', -1, -1],
    ['month', 'date', 0, 0],
    ['day', 'date', -1, -1],
    ['year', 'timestamp', us('1969-12-31T23:59:59.999999'), -1],
    ['month', 'timestamp', us('1969-12-31T23:59:59.999999'), -1],
    ['day', 'timestamp', us('1969-12-31T23:59:59.999999'), -1],
    ['hour', 'timestamp', us('1969-12-31T23:59:59.999999'), -1],
    ['hour', 'timestamptz', us('1970-01-01T00:59:59.999999'), 0],
    ['day', 'timestamp_ns', -1n, -1],
    ['hour', 'timestamptz_ns', -1n, -1],
    ['day', 'timestamptz', us('2026-01-05T23:59:59'), 20458],
    ['month', 'timestamptz', us('2026-01-05T07:00:00'), 56 * 12],
    ['year', 'timestamptz', us('2026-12-31T23:59:59.999999'), 56],
    ['truncate[10]', 'int', -1, -10],
    ['truncate[10]', 'int', 19, 10],
    ['truncate[10]', 'long', -11n, -20n],
    ['truncate[50]', 'decimal(9,2)', 1065n, 1050n],
    ['truncate[50]', 'decimal(9,2)', -5n, -50n],
    ['truncate[3]', 'string', 'iceberg', 'ice'],
    ['truncate[2]', 'string', '😀😀😀', '😀😀'],
    ['truncate[3]', 'string', 'ab', 'ab'],
    ['identity', 'string', '', ''],
    ['void', 'long', 5n, null],
    ['bucket[16]', 'string', null, null],
  ])('%s of %s %s is %s', (transform, type, value, expected) => {
    expect(apply(transform, type, value)).toEqual(expected);
  });

  it('cuts binaries by bytes', () => {
    expect(apply('truncate[2]', 'binary', Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2));
  });

  it('keeps buckets in range', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 1000 }), (value, count) => {
        const bucket = applyTransform({ kind: 'bucket', count }, { kind: 'string' }, value) as number;
        expect(bucket >= 0 && bucket < count).toBe(true);
      }),
    );
  });

  it.each([
    ['hour', 'date'],
    ['bucket[4]', 'double'],
    ['bucket[4]', 'boolean'],
    ['truncate[4]', 'uuid'],
    ['day', 'string'],
    ['zorder', 'int'],
  ])('refuses %s of %s', (transform, type) => {
    expect(() => apply(transform, type, null)).toThrow(InvalidArgumentError);
  });

  it('names result types', () => {
    const result = (transform: string, type: string) =>
      formatType(resultType(parseTransform(transform), primitive(type)));
    expect(result('day', 'timestamptz')).toBe('date');
    expect(result('hour', 'timestamptz')).toBe('int');
    expect(result('bucket[4]', 'string')).toBe('int');
    expect(result('truncate[4]', 'decimal(9,2)')).toBe('decimal(9, 2)');
    expect(result('void', 'uuid')).toBe('uuid');
  });

  it('makes the partition struct of optional fields with the ids of the spec', () => {
    const schema = schemaFromJson({ fields: [{ id: 1, name: 'ts', required: true, type: 'timestamptz' }] });
    const spec = {
      specId: 0,
      fields: [{ sourceId: 1, fieldId: 1005, name: 'd', transform: { kind: 'day' } as const }],
    };
    expect(partitionType(spec, schema).fields).toEqual([
      { id: 1005, name: 'd', required: false, type: { kind: 'date' } },
    ]);
    expect(() => partitionType(spec, { schemaId: 1, fields: [] })).toThrow(/column id 1/);
  });
});
