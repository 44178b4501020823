import fc from 'fast-check';
import type { PrimitiveType, Value } from '../../src/spec/types.ts';

export interface TypedValue {
  readonly type: PrimitiveType;
  readonly value: Value;
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const int32 = fc.integer({ min: -0x80000000, max: 0x7fffffff });
export const text = fc.string({ unit: 'binary', maxLength: 24 });

/** Values of a type, edges included; no NaN, which is not a bound and does not equal itself. */
export function valuesOf(type: PrimitiveType): fc.Arbitrary<Value> {
  switch (type.kind) {
    case 'boolean':
      return fc.boolean();
    case 'int':
    case 'date':
      return int32;
    case 'float':
      return fc.float({ noNaN: true });
    case 'double':
      return fc.double({ noNaN: true });
    case 'decimal': {
      const limit = 10n ** BigInt(type.precision) - 1n;
      return fc.bigInt({ min: -limit, max: limit });
    }
    case 'string':
      return text;
    case 'uuid':
      return fc.uuid();
    case 'fixed':
      return fc.uint8Array({ minLength: type.length, maxLength: type.length });
    case 'binary':
      return fc.uint8Array({ maxLength: 24 });
    case 'time':
      return fc.bigInt({ min: 0n, max: 86_399_999_999n });
    case 'timestamp':
    case 'timestamptz':
      return fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n });
    default:
      return int64;
  }
}

export const primitiveType: fc.Arbitrary<PrimitiveType> = fc.oneof(
  fc.constantFrom<PrimitiveType>(
    { kind: 'boolean' },
    { kind: 'int' },
    { kind: 'long' },
    { kind: 'float' },
    { kind: 'double' },
    { kind: 'date' },
    { kind: 'time' },
    { kind: 'timestamp' },
    { kind: 'timestamptz' },
    { kind: 'timestamp_ns' },
    { kind: 'timestamptz_ns' },
    { kind: 'string' },
    { kind: 'uuid' },
    { kind: 'binary' },
  ),
  fc
    .integer({ min: 1, max: 38 })
    .chain((precision) =>
      fc.integer({ min: 0, max: precision }).map((scale): PrimitiveType => ({ kind: 'decimal', precision, scale })),
    ),
  fc.integer({ min: 1, max: 20 }).map((length): PrimitiveType => ({ kind: 'fixed', length })),
);

export const typedValue: fc.Arbitrary<TypedValue> = primitiveType.chain((type) =>
  valuesOf(type).map((value) => ({ type, value })),
);

/** Two values of one type. */
export const typedPair: fc.Arbitrary<{ readonly type: PrimitiveType; readonly a: Value; readonly b: Value }> =
  primitiveType.chain((type) => fc.tuple(valuesOf(type), valuesOf(type)).map(([a, b]) => ({ type, a, b })));
