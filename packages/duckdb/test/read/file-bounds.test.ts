import { intervalSet, parseInstant, type TimeColumn } from '@psyberg/core';
import { encodeSingleValue, type PrimitiveType } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { fileTimeBounds, relationToSet } from '../../src/read/file-bounds.ts';
import { field, foreignFile, schemaOf } from '../support/workbench.ts';

const at = (text: string) => parseInstant(text)!;
const HOURS = intervalSet([
  { start: at('2023-09-14 02:00'), end: at('2023-09-14 04:00') },
  { start: at('2023-09-14 06:00'), end: at('2023-09-14 07:00') },
]);

test.each([
  ['2023-09-14 02:00', '2023-09-14 03:59:59.999999', 'all'],
  ['2023-09-14 02:00', '2023-09-14 04:00', 'some'],
  ['2023-09-14 01:59', '2023-09-14 03:00', 'some'],
  ['2023-09-14 03:00', '2023-09-14 06:30', 'some'],
  ['2023-09-14 04:00', '2023-09-14 05:59:59', 'none'],
  ['2023-09-14 07:00', '2023-09-14 08:00', 'none'],
  ['2023-09-14 03:00', '2023-09-14 03:00', 'all'],
] as const)('a file from %s to %s has %s of its rows in the hours', (first, last, expected) => {
  const span = { firstUs: at(first) as bigint, lastUs: at(last) as bigint };
  expect(relationToSet({ span }, HOURS)).toBe(expected);
});

test('without bounds nothing is known, and in the empty set is nothing', () => {
  expect(relationToSet({}, HOURS)).toBe('some');
  expect(relationToSet({}, [])).toBe('none');
});

test.each<[PrimitiveType['kind'], TimeColumn, number | bigint, bigint]>([
  ['date', { kind: 'column', column: 't' }, -1, -86_400_000_000n],
  ['timestamp', { kind: 'column', column: 't' }, -5n, -5n],
  ['timestamp_ns', { kind: 'column', column: 't' }, -1n, -1n],
  ['int', { kind: 'epoch', column: 't', unit: 's' }, 7, 7_000_000n],
  ['long', { kind: 'epoch', column: 't', unit: 'ms' }, 7n, 7_000n],
])('bounds of a %s column are read as %j', (kind, time, value, us) => {
  const bytes = encodeSingleValue({ kind } as PrimitiveType, value);
  const file = {
    ...foreignFile('/x.parquet'),
    lowerBounds: new Map([[1, bytes]]),
    upperBounds: new Map([[1, bytes]]),
    nullValueCounts: new Map([[1, 3]]),
  };
  expect(fileTimeBounds(file, time, schemaOf(field(1, 't', kind)))).toEqual({
    span: { firstUs: us, lastUs: us },
    nulls: 3,
  });
});

test('pairs of columns have no bounds', () => {
  const time: TimeColumn = { kind: 'date-hour', dateColumn: 'd', hourColumn: 'h' };
  expect(fileTimeBounds(foreignFile('/x.parquet'), time, schemaOf(field(1, 'd', 'int'), field(2, 'h', 'int')))).toEqual(
    {},
  );
});
