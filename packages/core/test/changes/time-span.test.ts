import {
  type DataFile,
  encodeSingleValue,
  type NestedField,
  type PartitionSpec,
  type PrimitiveType,
  parseTransform,
  parseType,
  type Schema,
  UNPARTITIONED_SPEC,
  type Value,
} from '@psyberg/iceberg';
import { describe, expect, it } from 'vitest';
import { fileSpan } from '../../src/changes/time-span.ts';
import type { TimeColumn } from '../../src/process/time-column.ts';
import { formatInstant, parseInstant } from '../../src/time/instant.ts';

const us = (text: string): bigint => parseInstant(text)!;
const day = (text: string): number => Number(us(text) / 86_400_000_000n);

function schemaOf(columns: Readonly<Record<string, string>>): Schema {
  const fields = Object.entries(columns).map(
    ([name, type], n): NestedField => ({ id: n + 1, name, required: false, type: parseType(type) }),
  );
  return { schemaId: 0, fields };
}

interface FileFacts {
  readonly rows?: number;
  /** By column: least, greatest, and how many are NULL (default 0). */
  readonly bounds?: Readonly<Record<string, readonly [Value, Value, number?]>>;
  readonly nulls?: Readonly<Record<string, number>>;
  readonly partition?: readonly (Value | null)[];
}

function fileOf(schema: Schema, { rows = 10, bounds = {}, nulls = {}, partition = [] }: FileFacts): DataFile {
  const byId = <T>(entries: readonly (readonly [string, T])[]): Map<number, T> =>
    new Map(entries.map(([name, value]) => [schema.fields.find((f) => f.name === name)!.id, value]));
  const encode = (name: string, value: Value): Uint8Array =>
    encodeSingleValue(schema.fields.find((f) => f.name === name)!.type as PrimitiveType, value);
  const all = Object.entries(bounds);
  return {
    content: 'data',
    path: 'f',
    format: 'parquet',
    specId: 0,
    partition,
    recordCount: rows,
    fileSizeBytes: 1,
    lowerBounds: byId(all.map(([name, [low]]) => [name, encode(name, low)])),
    upperBounds: byId(all.map(([name, [, high]]) => [name, encode(name, high)])),
    nullValueCounts: byId([...all.map(([name, [, , count]]) => [name, count ?? 0] as const), ...Object.entries(nulls)]),
  };
}

function textOf(found: ReturnType<typeof fileSpan>): string {
  if (found.kind !== 'span') return found.kind;
  const { span, tight } = found;
  return `${formatInstant(span.start)} ${formatInstant(span.end)}${tight ? '' : ' loose'}`;
}

const column = (name: string): TimeColumn => ({ kind: 'column', column: name });
const LOW = us('2023-09-14T02:10:00Z');
const HIGH = us('2023-09-14T05:20:00Z');

describe('by bounds', () => {
  it.each<readonly [type: string, time: TimeColumn, bounds: readonly [Value, Value], expected: string]>([
    ['timestamptz', column('t'), [LOW, HIGH], '2023-09-14T02:10:00Z 2023-09-14T05:20:00.000001Z'],
    ['timestamp', column('t'), [LOW, HIGH], '2023-09-14T02:10:00Z 2023-09-14T05:20:00.000001Z'],
    ['date', column('t'), [day('2023-09-13'), day('2023-09-14')], '2023-09-13T00:00:00Z 2023-09-15T00:00:00Z'],
    [
      'long',
      { kind: 'epoch', column: 't', unit: 'ms' },
      [LOW / 1000n, HIGH / 1000n],
      '2023-09-14T02:10:00Z 2023-09-14T05:20:00.001Z',
    ],
    [
      'long',
      { kind: 'epoch', column: 't', unit: 'us' },
      [LOW, HIGH],
      '2023-09-14T02:10:00Z 2023-09-14T05:20:00.000001Z',
    ],
    [
      'int',
      { kind: 'epoch', column: 't', unit: 's' },
      [1_694_657_400, 1_694_668_800],
      '2023-09-14T02:10:00Z 2023-09-14T05:20:01Z',
    ],
    ['timestamptz', column('t'), [-1n, -1n], '1969-12-31T23:59:59.999999Z 1970-01-01T00:00:00Z'],
  ])('%s', (type, time, bounds, expected) => {
    const schema = schemaOf({ t: type });
    expect(textOf(fileSpan(schema, UNPARTITIONED_SPEC, time, fileOf(schema, { bounds: { t: bounds } })))).toBe(
      expected,
    );
  });
});

describe('by partition, where bounds are missing', () => {
  const byTransform = (transform: string): PartitionSpec => ({
    specId: 0,
    fields: [{ sourceId: 1, fieldId: 1000, name: 'p', transform: parseTransform(transform) }],
  });
  it.each<readonly [transform: string, type: string, value: Value, expected: string]>([
    ['hour', 'timestamptz', 470_738, '2023-09-14T02:00:00Z 2023-09-14T03:00:00Z loose'],
    ['day', 'timestamptz', day('2023-09-14'), '2023-09-14T00:00:00Z 2023-09-15T00:00:00Z loose'],
    ['month', 'timestamptz', 12 * 53 + 8, '2023-09-01T00:00:00Z 2023-10-01T00:00:00Z loose'],
    ['year', 'timestamptz', 53, '2023-01-01T00:00:00Z 2024-01-01T00:00:00Z loose'],
    ['hour', 'timestamptz', -1, '1969-12-31T23:00:00Z 1970-01-01T00:00:00Z loose'],
    ['bucket[4]', 'timestamptz', 3, 'unknown'],
    ['void', 'timestamptz', 3, 'unknown'],
  ])('%s', (transform, type, value, expected) => {
    const schema = schemaOf({ t: type });
    const file = fileOf(schema, { partition: [value] });
    expect(textOf(fileSpan(schema, byTransform(transform), column('t'), file))).toBe(expected);
  });
});

describe('what metadata does not tell', () => {
  const schema = schemaOf({ t: 'timestamptz', other: 'long' });
  it.each<readonly [title: string, facts: FileFacts, expected: string]>([
    ['no bounds, no partition', {}, 'unknown'],
    ['a file without rows', { rows: 0 }, 'empty'],
    ['all rows are NULL', { nulls: { t: 10 } }, 'empty'],
    ['some are NULL', { bounds: { t: [LOW, HIGH, 3] } }, '2023-09-14T02:10:00Z 2023-09-14T05:20:00.000001Z'],
  ])('%s', (_title, facts, expected) => {
    expect(textOf(fileSpan(schema, UNPARTITIONED_SPEC, column('t'), fileOf(schema, facts)))).toBe(expected);
  });

  it('says how many rows have no time, where that is known', () => {
    const found = fileSpan(schema, UNPARTITIONED_SPEC, column('t'), fileOf(schema, { bounds: { t: [LOW, HIGH, 3] } }));
    expect(found).toMatchObject({ nullRows: 3 });
  });
});

describe('a date and an hour', () => {
  const schema = schemaOf({ d: 'int', h: 'int' });
  const time: TimeColumn = { kind: 'date-hour', dateColumn: 'd', hourColumn: 'h' };
  const pair = (d: readonly [number, number], h: readonly [number, number]): FileFacts => ({ bounds: { d, h } });
  it.each<readonly [title: string, facts: FileFacts, expected: string]>([
    ['of one date', pair([20_230_914, 20_230_914], [2, 5]), '2023-09-14T02:00:00Z 2023-09-14T06:00:00Z'],
    // (13th, 21) and (14th, 4) have the same bounds as (13th, 4) and (14th, 21).
    ['of two dates', pair([20_230_913, 20_230_914], [4, 21]), '2023-09-13T00:00:00Z 2023-09-15T00:00:00Z loose'],
    [
      'over the end of a year',
      pair([20_231_231, 20_240_101], [0, 0]),
      '2023-12-31T00:00:00Z 2024-01-02T00:00:00Z loose',
    ],
    ['that is no date', pair([20_230_230, 20_230_230], [0, 1]), 'unknown'],
    ['without hours', { bounds: { d: [20_230_914, 20_230_914] } }, '2023-09-14T00:00:00Z 2023-09-15T00:00:00Z loose'],
    ['all NULL', { nulls: { h: 10 }, bounds: { d: [20_230_914, 20_230_914] } }, 'empty'],
  ])('%s', (_title, facts, expected) => {
    expect(textOf(fileSpan(schema, UNPARTITIONED_SPEC, time, fileOf(schema, facts)))).toBe(expected);
  });

  it('by identity partitions', () => {
    const spec: PartitionSpec = {
      specId: 0,
      fields: [
        { sourceId: 1, fieldId: 1000, name: 'd', transform: { kind: 'identity' } },
        { sourceId: 2, fieldId: 1001, name: 'h', transform: { kind: 'identity' } },
      ],
    };
    const file = fileOf(schema, { partition: [20_230_914, 6] });
    expect(textOf(fileSpan(schema, spec, time, file))).toBe('2023-09-14T06:00:00Z 2023-09-14T07:00:00Z');
  });
});
