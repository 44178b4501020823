import fc from 'fast-check';
import type { FileMetrics } from '../../src/expressions/evaluate-metrics.ts';
import {
  and,
  equal,
  greaterThan,
  greaterThanOrEqual,
  isIn,
  isNan,
  isNull,
  lessThan,
  lessThanOrEqual,
  not,
  notEqual,
  notIn,
  notNan,
  notNull,
  notStartsWith,
  or,
  type Predicate,
  startsWith,
} from '../../src/expressions/predicate.ts';
import { truncateLowerBound, truncateUpperBound } from '../../src/spec/bound-truncation.ts';
import { compareValues } from '../../src/spec/compare-values.ts';
import type { PartitionSpec, Transform } from '../../src/spec/partition-spec.ts';
import { encodeSingleValue } from '../../src/spec/single-values.ts';
import { parseTransform } from '../../src/spec/transform-text.ts';
import type { NullableValue, PrimitiveType, Schema, Value } from '../../src/spec/types.ts';

interface Column {
  readonly name: string;
  readonly type: PrimitiveType;
  /** From a narrow range, so that equal values, shared prefixes and neighbours happen often. */
  readonly values: fc.Arbitrary<Value>;
  readonly transforms: readonly string[];
}

const HOUR_US = 3_600_000_000n;

/** Times around 1970, on and beside the edges of hours. */
const times = fc
  .tuple(fc.integer({ min: -9000, max: 9000 }), fc.integer({ min: -1, max: 1 }))
  .map(([hours, offset]) => BigInt(hours) * HOUR_US + BigInt(offset));

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '😀', '\uffff'), maxLength: 4 });
const bytes = fc.array(fc.constantFrom(0, 1, 255), { maxLength: 4 }).map((list) => Uint8Array.from(list));
const TIME = ['identity', 'year', 'month', 'day', 'hour', 'bucket[3]', 'void', 'zorder'];
const NUMBER = ['identity', 'truncate[5]', 'bucket[3]', 'void'];

const COLUMNS: readonly Column[] = [
  { name: 'i', type: { kind: 'int' }, values: fc.integer({ min: -12, max: 12 }), transforms: NUMBER },
  { name: 'l', type: { kind: 'long' }, values: fc.bigInt({ min: -12n, max: 12n }), transforms: NUMBER },
  {
    name: 'dec',
    type: { kind: 'decimal', precision: 4, scale: 2 },
    values: fc.bigInt({ min: -12n, max: 12n }),
    transforms: NUMBER,
  },
  {
    name: 'd',
    type: { kind: 'date' },
    values: fc.integer({ min: -400, max: 400 }),
    transforms: ['identity', 'year', 'month', 'day', 'bucket[3]'],
  },
  { name: 'ts', type: { kind: 'timestamptz' }, values: times, transforms: TIME },
  { name: 'ns', type: { kind: 'timestamp_ns' }, values: times.map((us) => us * 1000n + 1n), transforms: TIME },
  { name: 's', type: { kind: 'string' }, values: letters, transforms: ['identity', 'truncate[2]', 'bucket[3]'] },
  { name: 'bin', type: { kind: 'binary' }, values: bytes, transforms: ['identity', 'truncate[2]', 'bucket[3]'] },
  {
    name: 'f',
    type: { kind: 'double' },
    values: fc.constantFrom(-1.5, -0, 0, 1, 2.5, Number.POSITIVE_INFINITY),
    transforms: ['identity', 'void'],
  },
  { name: 'b', type: { kind: 'boolean' }, values: fc.boolean(), transforms: ['identity'] },
];

export const SCHEMA: Schema = {
  schemaId: 0,
  fields: COLUMNS.map(({ name, type }, i) => ({ id: i + 1, name, required: false, type })),
};

/** One to three partition fields, several of one column among them. */
export const spec: fc.Arbitrary<PartitionSpec> = fc
  .array(
    fc.constantFrom(...COLUMNS.flatMap((column, i) => column.transforms.map((text) => ({ sourceId: i + 1, text })))),
    { minLength: 1, maxLength: 3 },
  )
  .map((fields) => ({
    specId: 0,
    fields: fields.map(({ sourceId, text }, i) => ({
      sourceId,
      fieldId: 1000 + i,
      name: `p${i}`,
      transform: parseTransform(text) satisfies Transform,
    })),
  }));

export type Row = ReadonlyMap<number, NullableValue>;

/** A value of every column; null in all of them, NaN in the doubles. */
export const row: fc.Arbitrary<Row> = fc
  .tuple(
    ...COLUMNS.map(({ type, values }) => {
      const held = type.kind === 'double' ? fc.oneof(values, fc.constant<Value>(Number.NaN)) : values;
      return fc.option<Value, null>(held, { nil: null, freq: 6 });
    }),
  )
  .map((values) => new Map(values.map((value, i) => [i + 1, value])));

function leafOn({ name, type, values }: Column): fc.Arbitrary<Predicate> {
  const one = fc
    .tuple(fc.constantFrom(equal, notEqual, lessThan, lessThanOrEqual, greaterThan, greaterThanOrEqual), values)
    .map(([make, value]) => make(name, value));
  const many = fc
    .tuple(fc.constantFrom(isIn, notIn), fc.array(values, { minLength: 1, maxLength: 3 }))
    .map(([make, set]) => make(name, set));
  const asked = [isNull(name), notNull(name), ...(type.kind === 'double' ? [isNan(name), notNan(name)] : [])];
  const prefixes = fc
    .tuple(fc.constantFrom(startsWith, notStartsWith), letters)
    .map(([make, prefix]) => make(name, prefix));
  const always = [one, one, many, fc.constantFrom(...asked)];
  return fc.oneof(...always, ...(type.kind === 'string' ? [prefixes, prefixes] : []));
}

const leaf: fc.Arbitrary<Predicate> = fc.constantFrom(...COLUMNS).chain(leafOn);

/** One column, one transform of it and one condition on it: the sharpest question a projection can be asked. */
export const narrow: fc.Arbitrary<{ readonly condition: Predicate; readonly partitioning: PartitionSpec }> = fc
  .constantFrom(...COLUMNS.flatMap((column, i) => column.transforms.map((text) => ({ column, sourceId: i + 1, text }))))
  .chain(({ column, sourceId, text }) =>
    leafOn(column).map((condition) => ({
      condition,
      partitioning: {
        specId: 0,
        fields: [{ sourceId, fieldId: 1000, name: 'p', transform: parseTransform(text) }],
      },
    })),
  );

export const predicate: fc.Arbitrary<Predicate> = fc.letrec<{ any: Predicate }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 2 },
    leaf,
    fc.tuple(tie('any'), tie('any')).map(([left, right]) => and(left, right)),
    fc.tuple(tie('any'), tie('any')).map(([left, right]) => or(left, right)),
    tie('any').map(not),
  ),
})).any;

/** What a writer would note of a file with these rows, bounds cut to two characters or bytes. */
export function metricsOf(rows: readonly Row[]): FileMetrics {
  const [valueCounts, nullValueCounts, nanValueCounts] = [new Map(), new Map(), new Map()];
  const [lowerBounds, upperBounds] = [new Map(), new Map()];
  for (const { id } of SCHEMA.fields) {
    const type = SCHEMA.fields[id - 1]!.type as PrimitiveType;
    const values = rows.map((values) => values.get(id)!);
    const present = values.filter((value) => value !== null && !Number.isNaN(value)) as Value[];
    valueCounts.set(id, values.length);
    nullValueCounts.set(id, values.filter((value) => value === null).length);
    if (type.kind === 'double') nanValueCounts.set(id, values.filter((value) => Number.isNaN(value)).length);
    if (present.length === 0) continue;
    present.sort((a, b) => compareValues(type, a, b));
    lowerBounds.set(id, encodeSingleValue(type, truncateLowerBound(type, present[0]!, 2)));
    const upper = truncateUpperBound(type, present.at(-1)!, 2);
    if (upper !== undefined) upperBounds.set(id, encodeSingleValue(type, upper));
  }
  return { recordCount: rows.length, valueCounts, nullValueCounts, nanValueCounts, lowerBounds, upperBounds };
}
