import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AuditContext,
  type AuditDefinition,
  type AuditRow,
  type Engine,
  type Interval,
  type Relation,
  runAudits,
} from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import type { DataFile, Schema } from '@psyberg/iceberg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  at,
  changesSource,
  contextOf,
  definition,
  hours,
  planOf,
  processOf,
} from '../../packages/core/test/audits/audit-fixture.ts';

/** Parameters of the audits that ask an engine, each with a seeded violation and a clean twin, in an embedded DuckDB. */

const SIGNUPS: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'id', required: false, type: { kind: 'long' } },
    { id: 2, name: 'plan', required: false, type: { kind: 'string' } },
    { id: 3, name: 'price', required: false, type: { kind: 'decimal', precision: 9, scale: 2 } },
    { id: 4, name: 'event_ts', required: false, type: { kind: 'timestamptz' } },
    {
      id: 5,
      name: 'tags',
      required: false,
      type: { kind: 'list', elementId: 6, element: { kind: 'string' }, elementRequired: false },
    },
  ],
};

/** A row as test tables write it: id, plan, hour. */
type Row = readonly [id: number | null, plan: string | null, hour: number | null];

let folder: string;
let engine: Engine;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audits-'));
  engine = await createDuckDbEngine({ allowedLocations: [folder] });
});

afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

async function write(rows: readonly Row[]): Promise<readonly DataFile[]> {
  if (rows.length === 0) return [];
  const values = rows.map(([id, plan, hour]) => {
    const ts = hour === null ? 'NULL' : `'2023-09-14 ${String(hour).padStart(2, '0')}:10:00+00'`;
    return `(${id ?? 'NULL'}, ${plan === null ? 'NULL' : `'${plan}'`}, ${ts})`;
  });
  files += 1;
  const result = await engine.transform({
    sql:
      `SELECT id::BIGINT AS id, plan::VARCHAR AS plan, 9.90::DECIMAL(9, 2) AS price, ts::TIMESTAMPTZ AS event_ts, ['a', NULL] AS tags ` +
      `FROM (VALUES ${values.join(', ')}) v(id, plan, ts)`,
    relations: [],
    parameters: {},
    target: {
      table: 'test.rows',
      schema: SIGNUPS,
      spec: { specId: 0, fields: [] },
      dataLocation: `${folder}/t${files}/data`,
      properties: {},
    },
    grain: 'hour',
    outside: 'error',
    nullTime: 'keep',
  });
  return result.files;
}

async function relation(
  names: readonly string[],
  rows: readonly Row[],
  within?: readonly Interval[],
): Promise<Relation> {
  const part = { files: await write(rows), ...(within && { within }) };
  return { names, schema: SIGNUPS, time: { kind: 'column', column: 'event_ts' }, parts: [part] };
}

interface Case {
  readonly source?: readonly Row[];
  readonly written: readonly Row[];
  /** Rows of the touched intervals that the branch has already. */
  readonly before?: readonly Row[];
  /** Rows of any other table. */
  readonly other?: readonly Row[];
}

async function audit(
  kind: string,
  parameters: Record<string, unknown>,
  rows: Case,
  change: Partial<AuditContext> = {},
): Promise<AuditRow> {
  const written = await relation([], rows.written);
  const before = await relation([], rows.before ?? []);
  const context = contextOf({
    written,
    touched: async () => ({ ...written, parts: [...written.parts, ...before.parts] }),
    inputs: [{ role: 'changes', relation: await relation(['signups', 'raw.signups'], rows.source ?? []) }],
    tableNamed: async (name) => ({ name, relation: await relation([], rows.other ?? []) }),
    engine: async () => engine,
    ...change,
  });
  const [row] = await runAudits([definition(kind, parameters)], context);
  return row!;
}

const CLEAN: Case = {
  source: [
    [1, 'free', 2],
    [2, 'pro', 2],
    [3, 'free', 6],
  ],
  written: [
    [1, 'free', 2],
    [2, 'pro', 2],
    [3, 'free', 6],
  ],
};

interface Seed {
  readonly parameters: Record<string, unknown>;
  readonly violation: Case;
  readonly clean?: Case;
  readonly failing: number;
  readonly message: RegExp;
}

/** By kind; every kind is run as its page shows it in `every-kind.test.ts`. */
const SEEDS: Readonly<Record<string, readonly Seed[]>> = {
  source_target_count: [
    {
      parameters: {},
      violation: { ...CLEAN, written: CLEAN.written.slice(1) },
      failing: 1,
      message: /^3 rows read from raw\.signups, 2 rows written to dw\.signup_f: 1 row missing$/,
    },
    {
      parameters: { where: "plan = 'free' -- no others" },
      clean: { ...CLEAN, written: CLEAN.written.slice(1) },
      violation: CLEAN,
      failing: 1,
      message: /^2 rows read from raw\.signups where plan/,
    },
    {
      parameters: { expect: { sql: 'SELECT count(DISTINCT plan) + 1 FROM signups' } },
      violation: { ...CLEAN, written: [] },
      failing: 3,
      message: /^3 rows expected by the SQL, 0 rows written/,
    },
  ],
  no_missing_events: [
    {
      parameters: { columns: ['id'] },
      violation: { ...CLEAN, written: CLEAN.written.slice(2) },
      failing: 2,
      message: /^2 keys \(id\) of raw\.signups are not in dw\.signup_f$/,
    },
    {
      parameters: { columns: ['id', 'plan'], where: 'id < 3' },
      clean: { ...CLEAN, written: CLEAN.written.slice(0, 2) },
      violation: {
        ...CLEAN,
        written: [
          [1, 'pro', 2],
          [2, 'pro', 2],
        ],
      },
      failing: 1,
      message: /^1 key \(id and plan\) of raw\.signups is not in/,
    },
    {
      parameters: { columns: { id: 'id' } },
      clean: { source: [[null, 'x', 2]], written: [[null, 'y', 2]] },
      violation: { source: [[null, 'x', 2]], written: [[1, 'y', 2]] },
      failing: 1,
      message: /not in/,
    },
  ],
  unique: [
    {
      parameters: { columns: ['id'] },
      violation: {
        written: [
          [1, 'a', 2],
          [1, 'b', 2],
          [2, 'a', 2],
        ],
      },
      failing: 1,
      message: /^1 value of id occurs/,
    },
    {
      parameters: { columns: ['id'] },
      clean: {
        written: [
          [1, 'a', 2],
          [null, 'a', 2],
          [null, 'a', 2],
        ],
      },
      violation: { written: [[1, 'a', 2]], before: [[1, 'a', 2]] },
      failing: 1,
      message: /more than once/,
    },
    {
      parameters: { columns: ['id', 'plan'], where: "plan <> 'x'" },
      clean: {
        written: [
          [1, 'x', 2],
          [1, 'x', 2],
        ],
      },
      violation: {
        written: [
          [1, 'a', 2],
          [1, 'a', 3],
          [2, 'b', 2],
          [2, 'b', 3],
        ],
      },
      failing: 2,
      message: /^2 values of id and plan occur/,
    },
  ],
  not_null: [
    {
      parameters: { columns: ['plan'], tolerance: 1 },
      clean: {
        written: [
          [1, null, 2],
          [2, 'a', 2],
        ],
      },
      violation: {
        written: [
          [1, null, 2],
          [2, null, 2],
        ],
      },
      failing: 2,
      message: /have a NULL in plan: 1 row allowed$/,
    },
    {
      parameters: { columns: ['plan'], tolerance: '50%', where: 'id > 0' },
      clean: {
        written: [
          [1, null, 2],
          [2, 'a', 2],
          [0, null, 2],
        ],
      },
      violation: {
        written: [
          [1, null, 2],
          [2, null, 2],
          [0, 'a', 2],
        ],
      },
      failing: 2,
      message: /: 50 % allowed$/,
    },
    {
      parameters: { columns: ['id', 'plan'] },
      violation: {
        written: [
          [null, 'a', 2],
          [1, null, 2],
          [2, 'b', 2],
        ],
      },
      failing: 2,
      message: /^2 rows written to dw\.signup_f have a NULL in id or plan$/,
    },
    {
      parameters: { columns: ['plan'], where: 'id > 1' },
      clean: { written: [[1, null, 2]] },
      violation: { written: [[2, null, 2]] },
      failing: 1,
      message: /^1 row written/,
    },
  ],
  accepted_values: [
    {
      parameters: { column: 'plan', values: ['free', 'pro'] },
      clean: {
        written: [
          [1, null, 2],
          [2, 'free', 2],
        ],
      },
      violation: {
        written: [
          [1, "go''ld", 2],
          [2, 'x', 2],
          [3, 'x', 2],
        ],
      },
      failing: 3,
      message: /^3 rows of dw\.signup_f have a plan that is not one of "free", "pro", such as go'ld, x$/,
    },
    {
      parameters: { column: 'id', min: 1, max: 3 },
      violation: {
        written: [
          [0, 'a', 2],
          [4, 'a', 2],
          [1, 'a', 2],
        ],
      },
      failing: 2,
      message: /not between 1 and 3/,
    },
    {
      parameters: { column: 'price', max: 9.89 },
      violation: CLEAN,
      clean: { written: [] },
      failing: 3,
      message: /^3 rows of dw\.signup_f have a price that is not at most 9\.89, such as 9\.90$/,
    },
    {
      parameters: { column: 'event_ts', max: '2023-09-14 06:10:00Z' },
      violation: { written: [[1, 'a', 7]] },
      failing: 1,
      message: /not at most 2023/,
    },
  ],
  accepted_range: [
    {
      parameters: { column: 'id', min: 1, max: 3, exclusive: true },
      clean: { written: [[2, 'a', 2]] },
      violation: {
        written: [
          [1, 'a', 2],
          [3, 'a', 2],
          [null, 'a', 2],
        ],
      },
      failing: 2,
      message: /^2 rows of dw\.signup_f have an id that is not more than 1 and less than 3, such as 1, 3$/,
    },
    {
      parameters: { column: 'event_ts', min: '2023-09-14 02:00:00Z' },
      violation: { written: [[1, 'a', 1]] },
      failing: 1,
      message: /^1 row of dw\.signup_f has an event_ts that is not at least 2023/,
    },
  ],
  valid_format: [
    {
      parameters: { column: 'plan', format: 'uuid' },
      clean: {
        written: [
          [1, '123e4567-e89b-12d3-a456-426614174000', 2],
          [2, null, 2],
        ],
      },
      violation: { written: [[1, '123e4567', 2]] },
      failing: 1,
      message: /without the form of an? uuid, such as 123e4567$/,
    },
    {
      parameters: { column: 'plan', format: 'ipv4' },
      clean: { written: [[1, '10.0.0.255', 2]] },
      violation: {
        written: [
          [1, '256.1.1.1', 2],
          [2, '1.2.3', 2],
          [3, '1.2.3.4.', 2],
        ],
      },
      failing: 3,
      message: /ipv4/,
    },
    {
      parameters: { column: 'plan', format: 'timestamp' },
      clean: {
        written: [
          [1, '2023-09-14T02:10:00Z', 2],
          [2, '2023-09-14 02:10', 2],
        ],
      },
      violation: { written: [[1, '2023-13-14T02:10:00Z', 2]] },
      failing: 1,
      message: /timestamp/,
    },
  ],
  not_in_future: [
    {
      parameters: { column: 'event_ts' },
      clean: { written: [[1, 'a', 7]] },
      violation: { written: [[1, 'a', 8]] },
      failing: 1,
      message: /^1 row of dw\.signup_f has an event_ts after 2023-09-14 07:30, such as/,
    },
  ],
  expression: [
    {
      parameters: { expression: 'id > 1 -- at least', tolerance: 0.5 },
      clean: {
        written: [
          [null, 'a', 2],
          [1, 'a', 2],
          [2, 'a', 2],
        ],
      },
      violation: {
        written: [
          [1, 'a', 2],
          [0, 'a', 2],
          [2, 'a', 2],
        ],
      },
      failing: 2,
      message: /50 % allowed$/,
    },
  ],
  mutually_exclusive: [
    {
      parameters: { columns: ['id', 'plan'], required: true },
      clean: {
        written: [
          [1, null, 2],
          [null, 'a', 2],
        ],
      },
      violation: {
        written: [
          [null, null, 2],
          [1, 'a', 2],
        ],
      },
      failing: 2,
      message: /^2 rows of dw\.signup_f have none or several of id and plan$/,
    },
  ],
  at_least_one: [
    {
      parameters: { columns: ['id', 'plan'], where: 'id > 1' },
      clean: {
        written: [
          [2, 'a', 2],
          [3, null, 2],
        ],
      },
      violation: {
        written: [
          [1, 'a', 2],
          [2, null, 2],
        ],
      },
      failing: 2,
      message: /^no row written to dw\.signup_f has a value in plan$/,
    },
  ],
  null_share: [
    {
      parameters: { column: 'plan', max: 0.5, where: 'id > 1' },
      clean: {
        written: [
          [1, null, 2],
          [2, null, 2],
          [3, 'a', 2],
        ],
      },
      violation: {
        written: [
          [1, 'a', 2],
          [2, null, 2],
        ],
      },
      failing: 1,
      message: /is 1, and should be at most 0\.5$/,
    },
  ],
  distinct_count: [
    {
      parameters: { column: 'plan', min: 2 },
      clean: {
        written: [
          [1, 'a', 2],
          [2, 'b', 2],
        ],
      },
      violation: {
        written: [
          [1, 'a', 2],
          [2, 'a', 2],
          [3, null, 2],
        ],
      },
      failing: 0,
      message: /is 1, and should be at least 2$/,
    },
  ],
  quantile_in_band: [
    {
      parameters: { column: 'id', max: 5 },
      clean: {
        written: [
          [1, 'a', 2],
          [5, 'a', 2],
          [100, 'a', 2],
        ],
      },
      violation: {
        written: [
          [1, 'a', 2],
          [6, 'a', 2],
          [100, 'a', 2],
        ],
      },
      failing: 0,
      message: /^the median of id in dw\.signup_f is 6, and should be at most 5$/,
    },
  ],
  stddev_in_band: [
    {
      parameters: { column: 'id', min: 1 },
      clean: {
        written: [
          [1, 'a', 2],
          [3, 'a', 2],
        ],
      },
      violation: {
        written: [
          [2, 'a', 2],
          [2, 'a', 2],
        ],
      },
      failing: 0,
      message: /is 0, and should be at least 1$/,
    },
  ],
  relationships: [
    {
      parameters: { columns: { plan: 'plan' }, to: 'ref.plans', where: 'id > 0' },
      clean: {
        written: [
          [1, 'a', 2],
          [2, null, 2],
          [0, 'x', 2],
        ],
        other: [[9, 'a', 2]],
      },
      violation: {
        written: [
          [1, 'b', 2],
          [2, 'b', 2],
        ],
        other: [[9, 'a', 2]],
      },
      failing: 2,
      message: /^2 rows of dw\.signup_f have a plan that is not in plan of ref\.plans$/,
    },
  ],
  equal_to_query: [
    {
      parameters: { sql: 'SELECT id, plan FROM signups; -- all', columns: ['id'] },
      clean: { source: [[1, 'x', 2]], written: [[1, 'y', 2]] },
      violation: {
        source: [[1, 'x', 2]],
        written: [
          [1, 'y', 2],
          [1, 'y', 2],
        ],
      },
      failing: 1,
      message: /^1 row differs between dw\.signup_f and the SQL$/,
    },
  ],
  sequential_values: [
    {
      parameters: { column: 'id', step: 10, by: ['plan'] },
      clean: {
        written: [
          [10, 'a', 2],
          [20, 'a', 2],
          [5, 'b', 2],
          [null, 'b', 2],
        ],
      },
      violation: {
        written: [
          [10, 'a', 2],
          [30, 'a', 2],
          [20, 'b', 2],
        ],
      },
      failing: 1,
      message: /^1 value of id of dw\.signup_f does not follow the one before by 10 within each plan$/,
    },
    {
      parameters: { column: 'id' },
      clean: { written: [[2, 'a', 2]], before: [[1, 'a', 2]] },
      violation: { written: [[3, 'a', 2]], before: [[1, 'a', 2]] },
      failing: 1,
      message: /by 1$/,
    },
  ],
  monotonic: [
    {
      parameters: { column: 'id', orderBy: 'event_ts', by: ['plan'], direction: 'decreasing', strictly: true },
      clean: {
        written: [
          [3, 'a', 2],
          [2, 'a', 3],
          [9, 'b', 3],
        ],
      },
      violation: {
        written: [
          [3, 'a', 2],
          [3, 'a', 3],
          [1, 'b', 2],
        ],
      },
      failing: 1,
      message: /id should be strictly decreasing by event_ts within each plan$/,
    },
  ],
  no_gaps: [
    {
      parameters: { column: 'event_ts', step: '2h', by: ['plan'] },
      clean: {
        written: [
          [1, 'a', 2],
          [2, 'a', 4],
          [3, 'b', 9],
        ],
      },
      violation: {
        written: [
          [1, 'a', 2],
          [2, 'a', 7],
          [3, 'b', 4],
        ],
      },
      failing: 1,
      message:
        /^1 step of 2 hours has no row between the first and the last event_ts of dw\.signup_f within each plan$/,
    },
  ],
  mutually_exclusive_ranges: [
    {
      parameters: { lower: 'id', upper: 'price', by: ['plan'], gaps: 'not_allowed' },
      clean: {
        written: [
          [1, 'a', 2],
          [2, 'b', 2],
        ],
      },
      violation: {
        written: [
          [1, 'a', 2],
          [12, 'b', 2],
          [2, 'a', 2],
        ],
      },
      failing: 2,
      message:
        /^2 rows of dw\.signup_f clash with the next: ranges from id to price should follow each other without overlap or gap/,
    },
  ],
  row_count: [
    {
      parameters: { min: 2, max: 4 },
      violation: { written: [] },
      failing: 2,
      message: /^0 rows written to dw\.signup_f: fewer than 2$/,
    },
  ],
  freshness: [
    {
      parameters: { maxAge: '2h', column: 'event_ts' },
      violation: {
        written: [
          [1, 'a', 2],
          [2, 'a', 5],
        ],
      },
      failing: 0,
      message:
        /^the latest event_ts written to dw\.signup_f is 2023-09-14 05:10, 2 hours 20 minutes ago; at most 2 hours is allowed$/,
    },
  ],
  sql: [
    {
      parameters: { sql: "SELECT id, plan FROM dw.signup_f WHERE plan = 'bad' ORDER BY id;" },
      violation: { written: [[1, 'bad', 2]], before: [[2, 'bad', 2]] },
      failing: 2,
      message: /^the SQL returned 2 rows$/,
    },
    {
      parameters: { sql: 'SELECT s.id FROM signups s ANTI JOIN target t ON t.id = s.id' },
      violation: { ...CLEAN, written: CLEAN.written.slice(1) },
      failing: 1,
      message: /1 row$/,
    },
    {
      parameters: { sql: 'SELECT * FROM signup_f WHERE event_ts >= :range_end -- the last' },
      violation: { written: Array.from({ length: 25 }, (_, i): Row => [i, 'a', 7]) },
      failing: 25,
      message: /25 rows$/,
    },
  ],
};

const PARAMETERS: AuditContext['parameters'] = { range_end: { kind: 'instant', value: at('2023-09-14T07:00:00Z') } };

describe.each(Object.entries(SEEDS))('%s', (kind, seeds) => {
  it.each(seeds.map((seed) => [seed.parameters, seed] as const))(
    '%j fails where it should and nowhere else',
    async (parameters, seed) => {
      const change: Partial<AuditContext> = { parameters: PARAMETERS, timeType: { kind: 'timestamptz' } };
      const clean = await audit(kind, parameters, seed.clean ?? CLEAN, change);
      expect(clean).toMatchObject({ status: 'passed', failingRows: 0, sample: [] });
      const bad = await audit(kind, parameters, seed.violation, change);
      expect(bad.message).toMatch(seed.message);
      expect(bad.failingRows).toBe(seed.failing);
      expect(bad.status).toBe('failed');
      expect(bad.sample.length).toBeLessThanOrEqual(20);
    },
  );
});

describe('samples', () => {
  it('show failing rows as people read them', async () => {
    expect(
      (
        await audit(
          'unique',
          { columns: ['id'] },
          {
            written: [
              [1, 'a', 2],
              [1, 'b', 2],
            ],
          },
        )
      ).sample,
    ).toEqual([{ id: '1', occurrences: '2' }]);
    expect(
      (await audit('no_missing_events', { columns: ['id', 'event_ts'] }, { source: [[7, 'a', 2]], written: [] }))
        .sample,
    ).toEqual([{ id: '7', event_ts: '2023-09-14T02:10:00Z' }]);
    expect((await audit('not_null', { columns: ['plan'] }, { written: [[7, null, 2]] })).sample).toEqual([
      { id: '7', plan: null, price: '9.90', event_ts: '2023-09-14T02:10:00Z', tags: '["a",null]' },
    ]);
  });

  it('are at most 20 of all that fail', async () => {
    const row = await audit(
      'not_null',
      { columns: ['plan'] },
      { written: Array.from({ length: 30 }, (_, i): Row => [i, null, 2]) },
    );
    expect(row.failingRows).toBe(30);
    expect(row.sample.length).toBe(20);
  });
});

describe('sources that are read beyond the interval', () => {
  it('are compared in the intervals of the session only, each row once', async () => {
    const reads = { beforeUs: 3_600_000_000n * 24n, afterUs: 0n };
    const process = processOf([changesSource('raw.signups', { reads })]);
    const rows: readonly Row[] = [
      [1, 'a', 1],
      [2, 'a', 2],
      [3, 'a', 5],
      [4, 'a', 6],
    ];
    const files = await write(rows);
    const source: Relation = {
      names: ['signups', 'raw.signups'],
      schema: SIGNUPS,
      time: { kind: 'column', column: 'event_ts' },
      parts: [
        { files, within: [hours(0, 3)] },
        { files, within: [hours(0, 7)] },
      ],
    };
    const change = {
      process,
      plan: planOf(process, { write: [hours(2, 3), hours(6, 7)] }),
      inputs: [{ role: 'changes' as const, relation: source, rows: 6 }],
    };
    const written: readonly Row[] = [
      [2, 'a', 2],
      [4, 'a', 6],
    ];
    expect(await audit('source_target_count', {}, { written }, change)).toMatchObject({ status: 'passed' });
    expect(await audit('no_missing_events', { columns: ['id'] }, { written }, change)).toMatchObject({
      status: 'passed',
    });
    expect(await audit('source_target_count', {}, { written: written.slice(1) }, change)).toMatchObject({
      status: 'failed',
      failingRows: 1,
    });
  });
});

describe('scans of one session', () => {
  const counting = (queries: string[]): Engine =>
    new Proxy(engine, {
      get: (target, name) =>
        name !== 'query'
          ? Reflect.get(target, name)
          : (request: { readonly sql: string }, ...rest: []) => {
              queries.push(request.sql);
              return target.query(request as never, ...rest);
            },
    });
  const scans = async (...definitions: readonly AuditDefinition[]) => {
    const queries: string[] = [];
    const context = contextOf({
      written: await relation(
        [],
        [
          [1, null, 2],
          [2, 'b', 2],
        ],
      ),
      engine: async () => counting(queries),
    });
    return { rows: await runAudits(definitions, context), queries };
  };

  it('are one query, and one more for each that fails', async () => {
    const { rows, queries } = await scans(
      definition('not_null', { columns: ['plan'] }),
      definition('accepted_range', { column: 'id', min: 1 }),
      definition('mean_in_band', { column: 'id', min: 1 }),
      definition('distinct_count', { column: 'plan', min: 1 }),
      definition('pattern', { column: 'plan', pattern: '^b' }),
    );
    expect(rows.map(({ status }) => status)).toEqual(['failed', 'passed', 'passed', 'passed', 'passed']);
    expect(queries).toHaveLength(2);
  });

  it('keep what is wrong with one of them to itself', async () => {
    const { rows } = await scans(
      definition('not_null', { columns: ['id'] }),
      definition('expression', { expression: 'nowhere > 1' }),
      definition('pattern', { column: 'plan', pattern: '(' }),
      definition('z_score', { measure: 'id' }),
      definition('accepted_range', { column: 'id', min: 2 }),
    );
    expect(rows.map(({ status }) => status)).toEqual(['passed', 'error', 'error', 'error', 'failed']);
    expect(rows.at(-1)!.sample).toEqual([{ id: '1', occurrences: '1' }]);
  });
});

describe('an audit that cannot be run', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['unique', { columns: ['idd'] }, /dw\.signup_f has no column "idd"\. Did you mean "id"\?/],
    ['accepted_values', { column: 'id', values: ['x'] }, /"x" cannot be a value of id, which is of type long/],
    ['freshness', { column: 'plan', maxAge: '1h' }, /freshness needs a timestamp or a date/],
    ['sql', { sql: 'SELECT * FROM nowhere' }, /could not be run/],
    ['sql', { sql: "COPY (SELECT 1) TO '/tmp/x'" }, /could not be run/],
    ['source_target_count', { source: 'signup' }, /There is no source "signup".*Did you mean "signups"\?/],
  ])('%s with %j says why', async (kind, parameters, message) => {
    const row = await audit(kind, parameters, CLEAN);
    expect(row.status).toBe('error');
    expect(row.message).toMatch(message);
  });
});

describe('names in custom SQL', () => {
  it('mean the source where source and target are called alike', async () => {
    const relationOfSource = await relation(['signup_f', 'raw.signup_f'], [[9, 'source', 2]]);
    const row = await audit(
      'sql',
      { sql: 'SELECT a.id AS source, b.id AS target FROM signup_f a, dw.signup_f b' },
      { written: [[1, 'a', 2]] },
      {
        inputs: [{ role: 'changes', relation: relationOfSource }],
      },
    );
    expect(row.sample).toEqual([{ source: '9', target: '1' }]);
  });
});
