import { type Case, CLEAN, type Row, rows } from './cases.ts';

export interface Seed {
  readonly parameters: Record<string, unknown>;
  readonly violation: Case;
  readonly clean?: Case;
  readonly failing: number;
  readonly message: RegExp;
}

/** By kind; every kind is run as its page shows it in `every-kind.test.ts`. */
export const SEEDS: Readonly<Record<string, readonly Seed[]>> = {
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
      violation: { ...CLEAN, written: rows('1 pro 2 | 2 pro 2') },
      failing: 1,
      message: /^1 key \(id and plan\) of raw\.signups is not in/,
    },
    {
      parameters: { columns: { id: 'id' } },
      clean: { source: rows('- x 2'), written: rows('- y 2') },
      violation: { source: rows('- x 2'), written: rows('1 y 2') },
      failing: 1,
      message: /not in/,
    },
  ],
  unique: [
    {
      parameters: { columns: ['id'] },
      violation: { written: rows('1 a 2 | 1 b 2 | 2 a 2') },
      failing: 1,
      message: /^1 value of id occurs/,
    },
    {
      parameters: { columns: ['id'] },
      clean: { written: rows('1 a 2 | - a 2 | - a 2') },
      violation: { written: rows('1 a 2'), before: rows('1 a 2') },
      failing: 1,
      message: /more than once/,
    },
    {
      parameters: { columns: ['id', 'plan'], where: "plan <> 'x'" },
      clean: { written: rows('1 x 2 | 1 x 2') },
      violation: { written: rows('1 a 2 | 1 a 3 | 2 b 2 | 2 b 3') },
      failing: 2,
      message: /^2 values of id and plan occur/,
    },
  ],
  not_null: [
    {
      parameters: { columns: ['plan'], tolerance: 1 },
      clean: { written: rows('1 - 2 | 2 a 2') },
      violation: { written: rows('1 - 2 | 2 - 2') },
      failing: 2,
      message: /have a NULL in plan: 1 row allowed$/,
    },
    {
      parameters: { columns: ['plan'], tolerance: '50%', where: 'id > 0' },
      clean: { written: rows('1 - 2 | 2 a 2 | 0 - 2') },
      violation: { written: rows('1 - 2 | 2 - 2 | 0 a 2') },
      failing: 2,
      message: /: 50 % allowed$/,
    },
    {
      parameters: { columns: ['id', 'plan'] },
      violation: { written: rows('- a 2 | 1 - 2 | 2 b 2') },
      failing: 2,
      message: /^2 rows written to dw\.signup_f have a NULL in id or plan$/,
    },
    {
      parameters: { columns: ['plan'], where: 'id > 1' },
      clean: { written: rows('1 - 2') },
      violation: { written: rows('2 - 2') },
      failing: 1,
      message: /^1 row written/,
    },
  ],
  accepted_values: [
    {
      parameters: { column: 'plan', values: ['free', 'pro'] },
      clean: { written: rows('1 - 2 | 2 free 2') },
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
      violation: { written: rows('0 a 2 | 4 a 2 | 1 a 2') },
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
      violation: { written: rows('1 a 7') },
      failing: 1,
      message: /not at most 2023/,
    },
  ],
  accepted_range: [
    {
      parameters: { column: 'id', min: 1, max: 3, exclusive: true },
      clean: { written: rows('2 a 2') },
      violation: { written: rows('1 a 2 | 3 a 2 | - a 2') },
      failing: 2,
      message: /^2 rows of dw\.signup_f have an id that is not more than 1 and less than 3, such as 1, 3$/,
    },
    {
      parameters: { column: 'event_ts', min: '2023-09-14 02:00:00Z' },
      violation: { written: rows('1 a 1') },
      failing: 1,
      message: /^1 row of dw\.signup_f has an event_ts that is not at least 2023/,
    },
  ],
  valid_format: [
    {
      parameters: { column: 'plan', format: 'uuid' },
      clean: { written: rows('1 123e4567-e89b-12d3-a456-426614174000 2 | 2 - 2') },
      violation: { written: rows('1 123e4567 2') },
      failing: 1,
      message: /without the form of an? uuid, such as 123e4567$/,
    },
    {
      parameters: { column: 'plan', format: 'ipv4' },
      clean: { written: rows('1 10.0.0.255 2') },
      violation: { written: rows('1 256.1.1.1 2 | 2 1.2.3 2 | 3 1.2.3.4. 2') },
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
      violation: { written: rows('1 2023-13-14T02:10:00Z 2') },
      failing: 1,
      message: /timestamp/,
    },
  ],
  not_in_future: [
    {
      parameters: { column: 'event_ts' },
      clean: { written: rows('1 a 7') },
      violation: { written: rows('1 a 8') },
      failing: 1,
      message: /^1 row of dw\.signup_f has an event_ts after 2023-09-14 07:30, such as/,
    },
  ],
  expression: [
    {
      parameters: { expression: 'id > 1 -- at least', tolerance: 0.5 },
      clean: { written: rows('- a 2 | 1 a 2 | 2 a 2') },
      violation: { written: rows('1 a 2 | 0 a 2 | 2 a 2') },
      failing: 2,
      message: /50 % allowed$/,
    },
  ],
  mutually_exclusive: [
    {
      parameters: { columns: ['id', 'plan'], required: true },
      clean: { written: rows('1 - 2 | - a 2') },
      violation: { written: rows('- - 2 | 1 a 2') },
      failing: 2,
      message: /^2 rows of dw\.signup_f have none or several of id and plan$/,
    },
  ],
  at_least_one: [
    {
      parameters: { columns: ['id', 'plan'], where: 'id > 1' },
      clean: { written: rows('2 a 2 | 3 - 2') },
      violation: { written: rows('1 a 2 | 2 - 2') },
      failing: 2,
      message: /^no row written to dw\.signup_f has a value in plan$/,
    },
  ],
  null_share: [
    {
      parameters: { column: 'plan', max: 0.5, where: 'id > 1' },
      clean: { written: rows('1 - 2 | 2 - 2 | 3 a 2') },
      violation: { written: rows('1 a 2 | 2 - 2') },
      failing: 1,
      message: /is 1, and should be at most 0\.5$/,
    },
  ],
  distinct_count: [
    {
      parameters: { column: 'plan', min: 2 },
      clean: { written: rows('1 a 2 | 2 b 2') },
      violation: { written: rows('1 a 2 | 2 a 2 | 3 - 2') },
      failing: 0,
      message: /is 1, and should be at least 2$/,
    },
  ],
  quantile_in_band: [
    {
      parameters: { column: 'id', max: 5 },
      clean: { written: rows('1 a 2 | 5 a 2 | 100 a 2') },
      violation: { written: rows('1 a 2 | 6 a 2 | 100 a 2') },
      failing: 0,
      message: /^the median of id in dw\.signup_f is 6, and should be at most 5$/,
    },
  ],
  stddev_in_band: [
    {
      parameters: { column: 'id', min: 1 },
      clean: { written: rows('1 a 2 | 3 a 2') },
      violation: { written: rows('2 a 2 | 2 a 2') },
      failing: 0,
      message: /is 0, and should be at least 1$/,
    },
  ],
  relationships: [
    {
      parameters: { columns: { plan: 'plan' }, to: 'ref.plans', where: 'id > 0' },
      clean: {
        written: rows('1 a 2 | 2 - 2 | 0 x 2'),
        other: rows('9 a 2'),
      },
      violation: {
        written: rows('1 b 2 | 2 b 2'),
        other: rows('9 a 2'),
      },
      failing: 2,
      message: /^2 rows of dw\.signup_f have a plan that is not in plan of ref\.plans$/,
    },
  ],
  equal_to_query: [
    {
      parameters: { sql: 'SELECT id, plan FROM signups; -- all', columns: ['id'] },
      clean: { source: rows('1 x 2'), written: rows('1 y 2') },
      violation: {
        source: rows('1 x 2'),
        written: rows('1 y 2 | 1 y 2'),
      },
      failing: 1,
      message: /^1 row differs between dw\.signup_f and the SQL$/,
    },
  ],
  sequential_values: [
    {
      parameters: { column: 'id', step: 10, by: ['plan'] },
      clean: { written: rows('10 a 2 | 20 a 2 | 5 b 2 | - b 2') },
      violation: { written: rows('10 a 2 | 30 a 2 | 20 b 2') },
      failing: 1,
      message: /^1 value of id of dw\.signup_f does not follow the one before by 10 within each plan$/,
    },
    {
      parameters: { column: 'id' },
      clean: { written: rows('2 a 2'), before: rows('1 a 2') },
      violation: { written: rows('3 a 2'), before: rows('1 a 2') },
      failing: 1,
      message: /by 1$/,
    },
  ],
  monotonic: [
    {
      parameters: { column: 'id', orderBy: 'event_ts', by: ['plan'], direction: 'decreasing', strictly: true },
      clean: { written: rows('3 a 2 | 2 a 3 | 9 b 3') },
      violation: { written: rows('3 a 2 | 3 a 3 | 1 b 2') },
      failing: 1,
      message: /id should be strictly decreasing by event_ts within each plan$/,
    },
  ],
  no_gaps: [
    {
      parameters: { column: 'event_ts', step: '2h', by: ['plan'] },
      clean: { written: rows('1 a 2 | 2 a 4 | 3 b 9') },
      violation: { written: rows('1 a 2 | 2 a 7 | 3 b 4') },
      failing: 1,
      message:
        /^1 step of 2 hours has no row between the first and the last event_ts of dw\.signup_f within each plan$/,
    },
  ],
  mutually_exclusive_ranges: [
    {
      parameters: { lower: 'id', upper: 'price', by: ['plan'], gaps: 'not_allowed' },
      clean: { written: rows('1 a 2 | 2 b 2') },
      violation: { written: rows('1 a 2 | 12 b 2 | 2 a 2') },
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
      violation: { written: rows('1 a 2 | 2 a 5') },
      failing: 0,
      message:
        /^the latest event_ts written to dw\.signup_f is 2023-09-14 05:10, 2 hours 20 minutes ago; at most 2 hours is allowed$/,
    },
  ],
  sql: [
    {
      parameters: { sql: "SELECT id, plan FROM dw.signup_f WHERE plan = 'bad' ORDER BY id;" },
      violation: { written: rows('1 bad 2'), before: rows('2 bad 2') },
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
