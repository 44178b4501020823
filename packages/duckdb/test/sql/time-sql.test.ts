import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DAY_US, intervalSet, parseInstant, type TimeColumn } from '@psyberg/core';
import type { Schema } from '@psyberg/iceberg';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { floorSql, timeSql } from '../../src/sql/time-sql.ts';
import { rawDuckDb } from '../support/raw-duckdb.ts';
import { field, schemaOf } from '../support/workbench.ts';

const at = (text: string) => parseInstant(text)!;
const SET = intervalSet([
  { start: at('2023-09-14 02:00'), end: at('2023-09-14 03:00') },
  { start: at('2023-09-14 05:00'), end: at('2023-09-14 06:30') },
]);
const MANY = intervalSet(
  Array.from({ length: 40 }, (_, i) => {
    const start = at('2023-09-14 00:00') + BigInt(i) * 7_200_000_000n;
    return { start: start as never, end: (start + 3_600_000_000n) as never };
  }),
);

const DAYS = intervalSet([
  { start: at('2023-09-14'), end: at('2023-09-15') },
  { start: at('2023-09-16'), end: at('2023-09-18') },
]);
const MANY_DAYS = intervalSet(
  Array.from({ length: 40 }, (_, i) => {
    const start = at('2023-09-14') + BigInt(i) * 2n * DAY_US;
    return { start: start as never, end: (start + DAY_US) as never };
  }),
);

const column = (type: Parameters<typeof field>[2]): [TimeColumn, Schema] => [
  { kind: 'column', column: 't' },
  schemaOf(field(1, 't', type)),
];

const FORMS: Readonly<Record<string, [TimeColumn, Schema]>> = {
  TIMESTAMP: column('timestamp'),
  'TIMESTAMP WITH TIME ZONE': column('timestamptz'),
  TIMESTAMP_NS: column('timestamp_ns'),
  DATE: column('date'),
  BIGINT: [{ kind: 'epoch', column: 't', unit: 'ms' }, schemaOf(field(1, 't', 'long'))],
  INTEGER: [{ kind: 'epoch', column: 't', unit: 's' }, schemaOf(field(1, 't', 'int'))],
};

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duckdb-time-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('spans of time', () => {
  test.each(Object.entries(FORMS))(
    'over %s are asked of the file itself, so that row groups are skipped',
    async (type, [time, schema]) => {
      const { within } = timeSql(time, schema);
      for (const set of type === 'DATE' ? [DAYS, MANY_DAYS] : [SET, MANY]) {
        const [plan] = await rawDuckDb(
          "SET TimeZone = 'UTC'",
          `COPY (SELECT * FROM (VALUES ('2023-09-13'), ('2023-09-20')) v(x), LATERAL (SELECT ${literalOf(type)} AS t)) TO '${folder}/${type}.parquet' (FORMAT parquet)`,
          `EXPLAIN SELECT count(*) FROM (SELECT t FROM read_parquet('${folder}/${type}.parquet')) WHERE ${within(set)}`,
        );
        const [scan = ''] = /READ_PARQUET[\s\S]*/.exec(String(plan!.explain_value)) ?? [];
        expect(scan).toMatch(/Filters:/);
        expect(scan.replace(/[│\s]/g, '')).toMatch(/t>=/);
      }
    },
  );

  test('over a date and hour pair ask the file for the days', async () => {
    const time: TimeColumn = { kind: 'date-hour', dateColumn: 'd', hourColumn: 'h' };
    const { within } = timeSql(time, schemaOf(field(1, 'd', 'int'), field(2, 'h', 'int')));
    expect(within(SET)).toContain('"d" BETWEEN 20230914 AND 20230914');
  });

  test('in pairs count dates that do not exist and hours beyond the day as NULL', async () => {
    const time: TimeColumn = { kind: 'date-hour', dateColumn: 'd', hourColumn: 'h' };
    const { startUs } = timeSql(time, schemaOf(field(1, 'd', 'int'), field(2, 'h', 'int')));
    const rows = await rawDuckDb(
      `SELECT ${startUs} AS us FROM (VALUES (19700101, 1), (20231301, 1), (20230230, 1), (0, 0), (20230914, 24), (20230914, -1), (20230914, NULL), (NULL, 3)) v(d, h)`,
    );
    expect(rows.map(({ us }) => us)).toEqual([3_600_000_000n, null, null, null, null, null, null, null]);
  });

  test('do not fail on infinities and numbers too large for an instant', async () => {
    const cases = [
      [FORMS.TIMESTAMP!, "'infinity'::TIMESTAMP"],
      [FORMS.DATE!, "'-infinity'::DATE"],
      [FORMS.BIGINT!, '9223372036854775807'],
    ] as const;
    for (const [[time, schema], value] of cases) {
      const { startUs, within } = timeSql(time, schema);
      const [row] = await rawDuckDb(
        `SELECT ${startUs} AS us, (${within(SET)}) IS TRUE AS inside FROM (SELECT ${value} AS t)`,
      );
      expect(row).toEqual({ us: null, inside: false });
    }
  });

  test('floor nanoseconds instead of rounding them', async () => {
    const [time, schema] = FORMS.TIMESTAMP_NS!;
    const { startUs } = timeSql(time, schema);
    const rows = await rawDuckDb(
      `SELECT ${startUs} AS us FROM (VALUES (make_timestamp_ns(-1)), (make_timestamp_ns(1999))) v(t)`,
    );
    expect(rows.map(({ us }) => us)).toEqual([-1n, 1n]);
  });

  test('agree with arithmetic on any instants', async () => {
    const [time, schema] = FORMS.TIMESTAMP!;
    const instant = fc.bigInt({ min: -4_000_000_000_000n, max: 4_000_000_000_000n });
    const spans = fc.array(fc.tuple(instant, fc.bigInt({ min: 1n, max: 9_000_000_000n })), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(spans, fc.array(instant, { minLength: 1, maxLength: 20 }), async (pairs, instants) => {
        const set = intervalSet(
          pairs.map(([start, length]) => ({ start: start as never, end: (start + length) as never })),
        );
        const values = instants.map((us) => `(make_timestamp(${us}))`).join(', ');
        const { within, startUs } = timeSql(time, schema);
        const rows = await rawDuckDb(
          `SELECT (${within(set)}) IS TRUE AS inside, ${floorSql(startUs, 3_600_000_000n)} AS hour FROM (VALUES ${values}) v(t)`,
        );
        const expected = instants.map((us) => set.some(({ start, end }) => us >= start && us < end));
        expect(rows.map(({ inside }) => inside)).toEqual(expected);
        for (const [i, { hour }] of rows.entries()) {
          const us = instants[i]!;
          expect(
            (hour as bigint) <= us &&
              us < (hour as bigint) + 3_600_000_000n &&
              (hour as bigint) % 3_600_000_000n === 0n,
          ).toBe(true);
        }
      }),
      { numRuns: 25 },
    );
  });
});

function literalOf(type: string): string {
  if (type === 'BIGINT') return 'epoch_ms(x::TIMESTAMP)';
  if (type === 'INTEGER') return 'epoch(x::TIMESTAMP)::INTEGER';
  return `x::${type}`;
}
