import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareInstants,
  earliest,
  floorDiv,
  formatInstant,
  formatInstantShort,
  instantFromMs,
  latest,
  parseInstant,
  plus,
  toInstant,
} from '../../src/time/instant.ts';

/** From the year 0 to the year 9999, to the microsecond. */
const anyInstant = fc.bigInt({ min: -62_167_219_200_000_000n, max: 253_402_300_799_999_999n }).map(toInstant);

describe('parseInstant', () => {
  it.each([
    ['2023-09-14T02:00:00Z', '2023-09-14T02:00:00Z'],
    ['2023-09-14', '2023-09-14T00:00:00Z'],
    ['2023-09-14 02:30', '2023-09-14T02:30:00Z'],
    ['2023-09-14T02:00:00', '2023-09-14T02:00:00Z'],
    ['2023-09-14T02:00:00.5Z', '2023-09-14T02:00:00.500Z'],
    ['2023-09-14T02:00:00.000001Z', '2023-09-14T02:00:00.000001Z'],
    ['2023-09-14T02:00:00.123456789Z', '2023-09-14T02:00:00.123456Z'],
    ['2023-09-14T02:00:00+02:00', '2023-09-14T00:00:00Z'],
    ['2023-09-14T02:00:00-0530', '2023-09-14T07:30:00Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
    [' 2024-02-29 ', '2024-02-29T00:00:00Z'],
  ])('reads %s', (text, iso) => {
    expect(formatInstant(parseInstant(text)!)).toBe(iso);
  });

  it.each([
    '',
    'yesterday',
    '2023',
    '2023-13-01',
    '2023-02-30',
    '2023-02-29',
    '2023-09-14T24:30:00Z',
    '2023-09-14T02:00:61Z',
    '20230914',
    '2023-09-14T02:00:00+99:00',
    '2023-09-14T24:00:00Z',
    '2023-00-10',
    '2023-04-31',
  ])('refuses %s', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('reads back what formatInstant writes', () => {
    fc.assert(fc.property(anyInstant, (instant) => parseInstant(formatInstant(instant)) === instant));
  });
});

describe('formatInstant', () => {
  it('has a fraction only where there is one', () => {
    expect(formatInstant(toInstant(0n))).toBe('1970-01-01T00:00:00Z');
    expect(formatInstant(toInstant(1_000n))).toBe('1970-01-01T00:00:00.001Z');
    expect(formatInstant(toInstant(-1n))).toBe('1969-12-31T23:59:59.999999Z');
  });

  it('sorts as instants do, between the years 0 and 9999', () => {
    // Fractions of different length would not sort as text, so whole seconds stand for all.
    const seconds = fc.bigInt({ min: -62_167_219_200n, max: 253_402_300_799n }).map((s) => toInstant(s * 1_000_000n));
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        const texts = [formatInstant(a), formatInstant(b)] as const;
        return Math.sign(compareInstants(a, b)) === (texts[0] < texts[1] ? -1 : texts[0] > texts[1] ? 1 : 0);
      }),
    );
  });

  it('is short for people', () => {
    expect(formatInstantShort(parseInstant('2023-09-14T02:00:00Z')!)).toBe('2023-09-14 02:00');
    expect(formatInstantShort(parseInstant('2023-09-14T02:00:07Z')!)).toBe('2023-09-14 02:00:07');
    expect(formatInstantShort(parseInstant('2023-09-14T02:00:00.25Z')!)).toBe('2023-09-14 02:00:00.250');
  });

  it('writes and reads back every 64-bit value, also those that no clock will show', () => {
    const any64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }).map(toInstant);
    fc.assert(fc.property(any64, (instant) => parseInstant(formatInstant(instant)) === instant));
    expect(formatInstant(toInstant((1n << 63n) - 1n))).toBe('+294247-01-10T04:00:54.775807Z');
    expect(formatInstant(toInstant(-(1n << 63n)))).toBe('-290308-12-21T19:59:05.224192Z');
  });
});

describe('arithmetic', () => {
  it('floors toward minus infinity', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(1n << 70n), max: 1n << 70n }),
        fc.bigInt({ min: 1n, max: 1n << 40n }),
        (value, divisor) => {
          const quotient = floorDiv(value, divisor);
          expect(quotient * divisor <= value && value < (quotient + 1n) * divisor).toBe(true);
        },
      ),
    );
    expect(floorDiv(-1n, 3600n)).toBe(-1n);
  });

  it('orders and moves', () => {
    const [a, b] = [toInstant(1n), toInstant(2n)] as const;
    expect([earliest(a, b), latest(a, b), plus(a, 1n), instantFromMs(1)]).toEqual([a, b, b, 1000n]);
    expect([compareInstants(a, b), compareInstants(b, a), compareInstants(a, a)]).toEqual([-1, 1, 0]);
  });
});
