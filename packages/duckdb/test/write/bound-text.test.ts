import type { PrimitiveType } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { parseBoundText } from '../../src/write/bound-text.ts';

test.each<[PrimitiveType['kind'] | PrimitiveType, string, unknown]>([
  ['boolean', '0', false],
  ['boolean', 'maybe', undefined],
  ['int', '-5', -5],
  ['int', '5.0', undefined],
  ['long', '9223372036854775807', 9223372036854775807n],
  ['double', '1e-05', 0.00001],
  ['double', '-inf', Number.NEGATIVE_INFINITY],
  ['double', 'nan', undefined],
  ['float', '1.5', 1.5],
  [{ kind: 'decimal', precision: 9, scale: 2 }, '-0.05', -5n],
  [{ kind: 'decimal', precision: 9, scale: 2 }, '14.2', undefined],
  [{ kind: 'decimal', precision: 9, scale: 0 }, '14', 14n],
  ['date', '1969-12-31', -1],
  ['date', '0001-01-01 (BC)', -719_528],
  ['date', 'infinity', undefined],
  ['date', '2023-02-30', undefined],
  ['time', '23:59:59.999999', 86_399_999_999n],
  ['timestamp', '1969-12-31 23:59:59.999999', -1n],
  ['timestamp', '2023-09-14 02:00:00', 1694656800000000n],
  ['timestamp', '0001-01-01 00:00:00 (BC)', -719_528n * 86_400_000_000n],
  ['timestamp', '-infinity', undefined],
  ['timestamp', '2023-09-14 02:00:00+00', undefined],
  ['timestamptz', '2023-09-14 02:00:00+00', 1694656800000000n],
  ['timestamptz', '2023-09-14 02:00:00-04', undefined],
  ['timestamp_ns', '1970-01-01 00:00:00.000000001', 1n],
  ['uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'],
  ['uuid', 'f79c3e09', undefined],
  ['binary', '00FF', new Uint8Array([0, 255])],
  ['binary', '', new Uint8Array([])],
  ['binary', '0', undefined],
  ['string', '', ''],
  ['timestamptz_ns', '2023-09-14 02:00:00+00', undefined],
])('%j from %j', (type, text, expected) => {
  const primitive = typeof type === 'string' ? ({ kind: type } as PrimitiveType) : type;
  expect(parseBoundText(text, primitive)).toEqual(expected);
});
