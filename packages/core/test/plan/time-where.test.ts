import { expect, it } from 'vitest';
import { timeWhere } from '../../src/plan/time-where.ts';
import type { TimeColumn } from '../../src/process/time-column.ts';
import { toInstant } from '../../src/time/instant.ts';
import { hour, setOf } from './plan-fixture.ts';

const ts: TimeColumn = { kind: 'column', column: 'ts' };
const pair: TimeColumn = { kind: 'date-hour', dateColumn: 'd', hourColumn: 'h' };
const night = setOf([2, 7]);
type Case = readonly [string, Parameters<typeof timeWhere>, string];

it.each<Case>([
  [
    'DuckDB, with a zone',
    [ts, 'timestamptz', night, 'duckdb'],
    `"ts" >= TIMESTAMPTZ '2023-09-14 02:00:00+00' AND "ts" < TIMESTAMPTZ '2023-09-14 07:00:00+00'`,
  ],
  [
    'Spark, with a zone',
    [ts, 'timestamptz', night, 'spark'],
    "`ts` >= TIMESTAMP '2023-09-14 02:00:00Z' AND `ts` < TIMESTAMP '2023-09-14 07:00:00Z'",
  ],
  [
    'DuckDB, without a zone',
    [ts, 'timestamp', night, 'duckdb'],
    `"ts" >= TIMESTAMP '2023-09-14 02:00:00' AND "ts" < TIMESTAMP '2023-09-14 07:00:00'`,
  ],
  [
    'Spark, without a zone',
    [ts, 'timestamp', night, 'spark'],
    "`ts` >= TIMESTAMP_NTZ '2023-09-14 02:00:00' AND `ts` < TIMESTAMP_NTZ '2023-09-14 07:00:00'",
  ],
  [
    'to the microsecond',
    [ts, 'timestamptz', [{ start: toInstant(hour(2) + 1n), end: toInstant(hour(3) - 1n) }], 'spark'],
    "`ts` >= TIMESTAMP '2023-09-14 02:00:00.000001Z' AND `ts` < TIMESTAMP '2023-09-14 02:59:59.999999Z'",
  ],
  [
    'several spans, so that more can be added with AND',
    [ts, 'timestamp', setOf([2, 3], [5, 6]), 'spark'],
    "((`ts` >= TIMESTAMP_NTZ '2023-09-14 02:00:00' AND `ts` < TIMESTAMP_NTZ '2023-09-14 03:00:00') OR " +
      "(`ts` >= TIMESTAMP_NTZ '2023-09-14 05:00:00' AND `ts` < TIMESTAMP_NTZ '2023-09-14 06:00:00'))",
  ],
  ['none', [ts, 'timestamp', [], 'spark'], 'FALSE'],
  [
    'a date starts with its day',
    [ts, 'date', setOf([2, 48]), 'spark'],
    "`ts` >= DATE '2023-09-15' AND `ts` < DATE '2023-09-16'",
  ],
  [
    'milliseconds',
    [{ kind: 'epoch', column: 'ms', unit: 'ms' }, 'long', night, 'spark'],
    '`ms` >= 1694656800000 AND `ms` < 1694674800000',
  ],
  [
    'seconds',
    [{ kind: 'epoch', column: 's', unit: 's' }, 'int', setOf([2, 2.001]), 'duckdb'],
    '"s" >= 1694656800 AND "s" < 1694656804',
  ],
  ['hours of one date', [pair, undefined, night, 'spark'], '`d` = 20230914 AND `h` >= 2 AND `h` < 7'],
  ['a whole date', [pair, undefined, setOf([0, 24]), 'duckdb'], '"d" = 20230914 AND "h" BETWEEN 0 AND 23'],
  [
    'hours over several dates',
    [pair, undefined, setOf([22, 75]), 'duckdb'],
    '(("d" = 20230914 AND "h" BETWEEN 22 AND 23) OR ("d" BETWEEN 20230915 AND 20230916 AND "h" BETWEEN 0 AND 23) OR ' +
      '("d" = 20230917 AND "h" >= 0 AND "h" < 3))',
  ],
  [
    'names that must be quoted',
    [{ kind: 'column', column: 'a`"b' }, 'date', setOf([0, 24]), 'spark'],
    "`a``\"b` >= DATE '2023-09-14' AND `a``\"b` < DATE '2023-09-15'",
  ],
])('%s', (_title, facts, expected) => {
  expect(timeWhere(...facts)).toBe(expected);
});
