import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseJson } from '../../src/json/parse-json.ts';
import { stringifyJson } from '../../src/json/stringify-json.ts';

describe('parseJson', () => {
  it.each([
    ['9223372036854775807', 9223372036854775807n],
    ['-9223372036854775808', -9223372036854775808n],
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['  7234567890123456789\n', 7234567890123456789n],
    ['[1,-7234567890123456789 , 2]', [1, -7234567890123456789n, 2]],
    ['{"id":\t7234567890123456789}', { id: 7234567890123456789n }],
    ['[7234567890123456789.5]', [Number('7234567890123456789.5')]],
    ['[7234567890123456789e1]', [Number('7234567890123456789e1')]],
    ['{"s":"id: 7234567890123456789,","n":-0}', { s: 'id: 7234567890123456789,', n: -0 }],
    ['["7234567890123456789", "\\"1: 7234567890123456789}"]', ['7234567890123456789', '"1: 7234567890123456789}']],
    [
      '{"a":{},"b":[],"c":[null,true,false],"d":7234567890123456789}',
      { a: {}, b: [], c: [null, true, false], d: 7234567890123456789n },
    ],
    ['["\\u00e9\\n\\ud83d\\ude00", 7234567890123456789]', ['é\n😀', 7234567890123456789n]],
    ['{"a":1,"a":7234567890123456789}', { a: 7234567890123456789n }],
  ])('reads %s', (text, expected) => {
    expect(parseJson(text)).toStrictEqual(expected);
  });

  it('makes a member of a key named __proto__', () => {
    const parsed = parseJson('{"__proto__":7234567890123456789}') as object;
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.entries(parsed)).toEqual([['__proto__', 7234567890123456789n]]);
  });

  const id = '7234567890123456789';
  it.each([
    `[${id}`,
    `[${id},]`,
    `{"a":${id},}`,
    `{"a" ${id} }`,
    `{a: ${id} }`,
    `[${id} ${id} ]`,
    `[0${id} ]`,
    `[- ${id} ]`,
    `[${id} , "a\nb"]`,
    `[${id} , "a`,
    `[${id} , "\\x"]`,
    `[${id} , tru]`,
    `${id} x`,
    `[${id} , +1]`,
    `[${id} , .5]`,
    `[${id} , 1.]`,
    '',
    '{"a":}',
  ])('refuses %j as JSON.parse does', (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  it('agrees with JSON.parse on every value without long integers', () => {
    // The sentinel forces the hand-written parser; without it JSON.parse would be compared with itself.
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 2 : 0);
        const [, parsed] = parseJson(`[9223372036854775807, ${text} ]`) as [bigint, unknown];
        expect(lossless(parsed)).toStrictEqual(JSON.parse(text));
      }),
    );
  });
});

describe('stringifyJson', () => {
  it('prints bigint as bare integers and leaves out undefined members', () => {
    expect(stringifyJson({ id: 9223372036854775807n, gone: undefined, list: [-1n, null, 'a"\\\n'] })).toBe(
      '{"id":9223372036854775807,"list":[-1,null,"a\\"\\\\\\n"]}',
    );
  });

  it('agrees with JSON.stringify where that can do it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(stringifyJson(value)).toBe(JSON.stringify(value));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(stringifyJson(text)).toBe(JSON.stringify(text));
      }),
    );
    expect(stringifyJson('\ud800 alone')).toBe(JSON.stringify('\ud800 alone'));
  });

  it('is undone by parseJson', () => {
    const longs = fc.oneof(
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
      fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        longs,
        fc.string(),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('tree')),
        fc.dictionary(fc.string(), tie('tree'), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(parseJson(stringifyJson(value))).toStrictEqual(value);
      }),
    );
  });
});

/** fast-check's doubles include integers beyond 2^53, which JSON.parse reads as doubles and parseJson as bigint. */
function lossless(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(lossless);
  if (typeof value !== 'object' || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    Object.defineProperty(copy, key, { value: lossless(member), enumerable: true, configurable: true, writable: true });
  }
  return copy;
}
