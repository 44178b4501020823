import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError, InvalidMetadataError } from '../../src/errors.ts';
import { truncateLowerBound, truncateUpperBound } from '../../src/spec/bound-truncation.ts';
import { civilFromDays, daysFromCivil, formatDate } from '../../src/spec/civil-time.ts';
import { compareValues } from '../../src/spec/compare-values.ts';
import { parseType } from '../../src/spec/parse-type.ts';
import { singleValueFromJson, singleValueToJson } from '../../src/spec/single-value-json.ts';
import { decodeSingleValue, encodeSingleValue } from '../../src/spec/single-values.ts';
import type { PrimitiveType, Value } from '../../src/spec/types.ts';
import { text, typedPair, typedValue } from './arbitraries.ts';

const primitive = (name: string): PrimitiveType => parseType(name) as PrimitiveType;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('binary single values', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        const decoded = decodeSingleValue(type, encodeSingleValue(type, value));
        expect(compareValues(type, decoded, value)).toBe(0);
      }),
    );
  });

  it.each<[string, Value, string]>([
    ['decimal(9,2)', 0n, '00'],
    ['decimal(9,2)', -1n, 'ff'],
    ['decimal(9,2)', 127n, '7f'],
    ['decimal(9,2)', 128n, '0080'],
    ['decimal(9,2)', -128n, '80'],
    ['decimal(9,2)', -129n, 'ff7f'],
    ['boolean', false, '00'],
    ['boolean', true, '01'],
    ['int', -2, 'feffffff'],
    ['date', 0, '00000000'],
    ['long', 0n, '0000000000000000'],
    ['float', 1, '0000803f'],
    ['double', -0, '0000000000000080'],
    ['string', '', ''],
    ['string', 'ü', 'c3bc'],
    ['uuid', 'F79C3E09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09677c4bbda4793f349cb785e7'],
  ])('%s %s', (type, value, bytes) => {
    expect(hex(encodeSingleValue(primitive(type), value))).toBe(bytes);
  });

  it('widens what was written before a promotion', () => {
    expect(decodeSingleValue({ kind: 'long' }, encodeSingleValue({ kind: 'int' }, -5))).toBe(-5n);
    expect(decodeSingleValue({ kind: 'double' }, encodeSingleValue({ kind: 'float' }, 1.5))).toBe(1.5);
    expect(decodeSingleValue({ kind: 'timestamp' }, encodeSingleValue({ kind: 'date' }, -1))).toBe(-86_400_000_000n);
    expect(decodeSingleValue({ kind: 'boolean' }, Uint8Array.of(7))).toBe(true);
  });

  it('refuses lengths that no writer makes, and values of another type', () => {
    expect(() => decodeSingleValue({ kind: 'int' }, Uint8Array.of(1, 2))).toThrow(InvalidMetadataError);
    expect(() => decodeSingleValue({ kind: 'uuid' }, Uint8Array.of(1))).toThrow(InvalidMetadataError);
    expect(() => encodeSingleValue({ kind: 'long' }, 5)).toThrow(InvalidArgumentError);
    expect(() => encodeSingleValue({ kind: 'int' }, 2 ** 31)).toThrow(InvalidArgumentError);
    expect(() => encodeSingleValue({ kind: 'decimal', precision: 2, scale: 0 }, 100n)).toThrow(InvalidArgumentError);
  });
});

describe('compareValues', () => {
  it('is an order', () => {
    fc.assert(
      fc.property(typedPair, ({ type, a, b }) => {
        expect(Math.sign(compareValues(type, a, b))).toBe(-Math.sign(compareValues(type, b, a)) + 0);
        expect(compareValues(type, a, a)).toBe(0);
      }),
    );
  });

  it('orders strings as their UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareValues({ kind: 'string' }, a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
    expect(compareValues({ kind: 'string' }, '\u{1f600}', '\ufffd')).toBeGreaterThan(0);
  });

  it('puts NaN above everything and the zeros together', () => {
    expect(compareValues({ kind: 'double' }, Number.NaN, Number.POSITIVE_INFINITY)).toBeGreaterThan(0);
    expect(compareValues({ kind: 'double' }, Number.NaN, Number.NaN)).toBe(0);
    expect(compareValues({ kind: 'double' }, -0, 0)).toBe(0);
  });
});

describe('bound truncation', () => {
  it('keeps the value between the bounds and the bounds short', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 20 }), (value, width) => {
        const type: PrimitiveType = { kind: 'string' };
        const lower = truncateLowerBound(type, value, width) as string;
        const upper = truncateUpperBound(type, value, width) as string | undefined;
        expect(compareValues(type, lower, value)).toBeLessThanOrEqual(0);
        expect([...lower].length).toBeLessThanOrEqual(width);
        if (upper === undefined) return;
        expect(compareValues(type, upper, value)).toBeGreaterThanOrEqual(0);
        expect([...upper].length).toBeLessThanOrEqual(width);
        expect(Buffer.from(upper).toString()).toBe(upper);
      }),
    );
  });

  const upper = (value: string, width: number) => truncateUpperBound({ kind: 'string' }, value, width);

  it('never splits a character and steps over the surrogates', () => {
    expect(truncateLowerBound({ kind: 'string' }, `${'a'.repeat(15)}😀b`, 16)).toBe(`${'a'.repeat(15)}😀`);
    expect(upper(`${'a'.repeat(16)}b`, 16)).toBe(`${'a'.repeat(15)}b`);
    expect(upper(`a\ud7ffx`, 2)).toBe('a\ue000');
    expect(upper('a\u{10ffff}x', 2)).toBe('b');
    expect(upper('\u{10ffff}\u{10ffff}x', 2)).toBeUndefined();
    expect(upper('a\uffffx', 2)).toBe('a\u{10000}');
    expect(upper('short', 16)).toBe('short');
    expect(upper('', 16)).toBe('');
  });

  it('cuts binaries by bytes, and leaves other types whole', () => {
    const type: PrimitiveType = { kind: 'binary' };
    expect(truncateUpperBound(type, Uint8Array.of(1, 0xff, 3), 2)).toEqual(Uint8Array.of(2));
    expect(truncateUpperBound(type, Uint8Array.of(0xff, 0xff, 3), 2)).toBeUndefined();
    expect(truncateLowerBound(type, Uint8Array.of(1, 0xff, 3), 2)).toEqual(Uint8Array.of(1, 0xff));
    expect(truncateUpperBound({ kind: 'long' }, 5n, 1)).toBe(5n);
  });
});

describe('JSON single values', () => {
  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(typedValue, ({ type, value }) => {
        fc.pre(typeof value !== 'number' || Number.isFinite(value));
        expect(compareValues(type, singleValueFromJson(type, singleValueToJson(type, value)), value)).toBe(0);
      }),
    );
  });

  it.each<[string, Value, unknown]>([
    ['decimal(9,2)', 1420n, '14.20'],
    ['decimal(9,2)', -5n, '-0.05'],
    ['decimal(9,0)', 7n, '7'],
    ['date', 17486, '2017-11-16'],
    ['time', 81_068_123_456n, '22:31:08.123456'],
    ['timestamp', 1_510_871_468_000_000n, '2017-11-16T22:31:08.000000'],
    ['timestamptz', 1_510_871_468_000_001n, '2017-11-16T22:31:08.000001+00:00'],
    ['timestamptz_ns', 1_510_871_468_000_001_001n, '2017-11-16T22:31:08.000001001+00:00'],
    ['long', 9_223_372_036_854_775_807n, 9_223_372_036_854_775_807n],
    ['long', 34n, 34],
    ['binary', Uint8Array.of(0, 255), '00ff'],
  ])('%s %s', (type, value, json) => {
    expect(singleValueToJson(primitive(type), value)).toEqual(json);
    expect(singleValueFromJson(primitive(type), json)).toEqual(value);
  });

  it.each([
    ['date', '2026-02-30'],
    ['timestamp', '2026-01-05'],
    ['timestamptz', '2026-01-05T07:00:00'],
    ['timestamptz', '2026-01-05T07:00:00+01:00'],
    ['timestamp', '2026-01-05T07:00:00.0000001'],
    ['time', '24:00:00'],
    ['decimal(9,2)', '1.234'],
    ['binary', 'abc'],
    ['int', 1.5],
    ['int', '1'],
    ['uuid', 'f79c'],
  ])('refuses %s %j', (type, json) => {
    expect(() => singleValueFromJson(primitive(type), json)).toThrow(InvalidArgumentError);
  });
});

describe('civil dates', () => {
  it('agrees with Date, and with itself beyond the range of Date', () => {
    fc.assert(
      fc.property(fc.integer({ min: -700_000, max: 2_000_000 }), (days) => {
        const date = new Date(days * 86_400_000);
        const civil = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
        expect(civilFromDays(days)).toEqual(civil);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: -0x80000000, max: 0x7fffffff }), (days) => {
        expect(daysFromCivil(civilFromDays(days))).toBe(days);
      }),
    );
    expect(formatDate(-719_529)).toBe('-0001-12-31');
  });
});
