/**
 * A small chain with one process of each mode, in a folder of its own, and what its tables must hold by plain SQL over the rows in
 * memory. Daily partitions of hourly intervals make every overwrite carry rows.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { NoSuchTableError, parseType } from '@psyberg/iceberg';
import { appendRows, createTable, filesOf, literal, makeLake, sqlType } from '../../examples/lake.mjs';

const DAY = '2023-09-14';
const at = (hour, minute) => `${DAY} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00Z`;

const TABLES = {
  'raw.clicks': {
    columns: { click_id: 'long', clicked_at: 'timestamptz', account: 'int', amount: 'long' },
    partition: { column: 'clicked_at', transform: 'hour' },
  },
  'raw.marks': { columns: { marked_at: 'timestamptz', account: 'int', mark: 'string' } },
};

const click = (id, hour) => ({
  click_id: id,
  clicked_at: at(hour, (id * 7) % 60),
  account: id % 3,
  amount: 1 + (id % 11),
});
const mark = (id, hour) => ({ marked_at: at(hour, (id * 13) % 60), account: id % 3, mark: `m${id}` });
const several = (count, first, make, hour) => Array.from({ length: count }, (_, n) => make(first + n, hour));

/** What arrives in each phase, one commit per item. */
const ARRIVALS = {
  loaded: [
    ...[0, 1, 2, 3].map((hour) => ({ table: 'raw.clicks', rows: several(5, hour * 10, click, hour) })),
    ...[0, 1, 2, 3].map((hour) => ({ table: 'raw.marks', rows: several(2, hour * 10, mark, hour) })),
  ],
  late: [
    { table: 'raw.clicks', rows: [...several(3, 100, click, 1), ...several(5, 110, click, 4)] },
    { table: 'raw.marks', rows: [...several(1, 100, mark, 2), ...several(2, 110, mark, 4)] },
  ],
};

const HOURLY = `
  select date_trunc('hour', clicked_at) as hour_at, account, count(*) as clicks, sum(amount)::bigint as amount
  from clicks_f group by all`;

const CONFIG = {
  catalog: { type: 'sql', uri: 'sqlite:warehouse/catalog.db', warehouse: 'warehouse' },
  engine: { type: 'duckdb', threads: 1 },
  processes: {
    clicks_f: {
      mode: 'stateless',
      sources: [{ table: 'raw.clicks', time: 'clicked_at' }],
      target: { table: 'dw.clicks_f', time: 'clicked_at', partition: ['hour(clicked_at)'] },
      transform: { sql: 'select click_id, clicked_at, account, amount from clicks' },
      audits: [{ audit: 'source_target_count' }, { audit: 'unique', columns: ['click_id'] }],
    },
    hourly_s: {
      mode: 'stateful',
      sources: [
        { table: 'dw.clicks_f', time: 'clicked_at' },
        { table: 'raw.marks', time: 'marked_at' },
      ],
      target: { table: 'dw.hourly_s', time: 'hour_at', partition: ['day(hour_at)'] },
      transform: {
        sql: `with c as (${HOURLY}), m as (select date_trunc('hour', marked_at) as hour_at, account, count(*) as marks from marks group by all)
          select coalesce(c.hour_at, m.hour_at) as hour_at, coalesce(c.account, m.account) as account,
            coalesce(clicks, 0) as clicks, coalesce(amount, 0) as amount, coalesce(marks, 0) as marks
          from c full join m on c.hour_at = m.hour_at and c.account = m.account`,
      },
      audits: [{ audit: 'unique', columns: ['hour_at', 'account'] }],
    },
    balance_d: {
      mode: 'sequential',
      sources: [{ table: 'dw.hourly_s', time: 'hour_at' }],
      target: { table: 'dw.balance_d', time: 'hour_at', partition: ['day(hour_at)'] },
      transform: {
        sql: `select :interval_start as hour_at, coalesce(p.account, h.account) as account,
            coalesce(p.balance, 0) + coalesce(h.amount, 0) as balance
          from previous p full join hourly_s h on p.account = h.account`,
      },
      audits: [{ audit: 'not_null', columns: ['account', 'balance'] }],
    },
  },
};

export const TARGETS = ['clicks_f', 'hourly_s', 'balance_d'];

/** The same three tables in one go, with nothing of the above. */
const FULL_RECOMPUTE = `
  create table clicks_f as select click_id, clicked_at, account, amount from clicks;
  create table hourly_s as
    with hours as (select distinct date_trunc('hour', t) as hour_at, account
        from (select clicked_at as t, account from clicks union all select marked_at, account from marks))
    select hour_at, account,
      (select count(*) from clicks c where date_trunc('hour', clicked_at) = hour_at and c.account = hours.account) as clicks,
      (select coalesce(sum(amount), 0)::bigint from clicks c where date_trunc('hour', clicked_at) = hour_at and c.account = hours.account) as amount,
      (select count(*) from marks m where date_trunc('hour', marked_at) = hour_at and m.account = hours.account) as marks
    from hours;
  create table balance_d as
    with axis as (select unnest(generate_series(min(hour_at), max(hour_at), interval 1 hour)) as hour_at from hourly_s),
      first_seen as (select account, min(hour_at) as since from hourly_s group by account)
    select axis.hour_at, account,
      (select sum(amount)::bigint from hourly_s h where h.account = first_seen.account and h.hour_at <= axis.hour_at) as balance
    from axis join first_seen on axis.hour_at >= since`;

/** A table that does not exist yet has none. */
async function filesOrNone(lake, table) {
  try {
    return await filesOf(lake, table);
  } catch (error) {
    if (error instanceof NoSuchTableError) return [];
    throw error;
  }
}

/** Makes the folder's warehouse with empty raw tables and its configuration. The caller closes the lake. */
export async function makeFixture(folder) {
  const lake = await makeLake(path.join(folder, 'warehouse'));
  for (const [table, { columns, partition }] of Object.entries(TABLES)) {
    await createTable(lake, table, columns, partition);
  }
  await writeFile(path.join(folder, 'psyberg.json'), JSON.stringify(CONFIG, null, 2));
  return lake;
}

/** Lets a phase arrive. */
export async function arrive(lake, phase) {
  for (const { table, rows } of ARRIVALS[phase]) await appendRows(lake, table, rows);
}

/** How to compute and compare tables with a DuckDB of its own. The caller closes it. */
export async function openOracle() {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  for (const phases of [[], ['loaded'], ['loaded', 'late']]) await recompute(connection, phases);
  return {
    /** By target, whether it holds exactly what a full recompute of the phases gives. */
    compare: (lake, phases) => compare(connection, lake, phases),
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

const schemaOf = (phases) => ['after', ...phases].join('_');

async function recompute(connection, phases) {
  await connection.run(`create schema ${schemaOf(phases)}; use memory.${schemaOf(phases)}`);
  for (const [name, { columns }] of Object.entries(TABLES)) {
    const rows = phases.flatMap((phase) =>
      ARRIVALS[phase].filter(({ table }) => table === name).flatMap((a) => a.rows),
    );
    const definitions = Object.entries(columns).map(([column, type]) => `${column} ${sqlType(parseType(type))}`);
    const tuples = rows.map(
      (row) =>
        `(${Object.keys(columns)
          .map((column) => literal(row[column]))
          .join(', ')})`,
    );
    const short = name.split('.')[1];
    await connection.run(`create table ${short} (${definitions.join(', ')})`);
    if (tuples.length > 0) await connection.run(`insert into ${short} values ${tuples.join(', ')}`);
  }
  await connection.run(FULL_RECOMPUTE);
}

async function compare(connection, lake, phases) {
  const result = {};
  for (const target of TARGETS) {
    const files = await filesOrNone(lake, `dw.${target}`);
    const expected = `${schemaOf(phases)}.${target}`;
    const described = await connection.runAndReadAll(`describe ${expected}`);
    const columns = described
      .getRowsJS()
      .map(([name]) => name)
      .join(', ');
    const actual =
      files.length === 0
        ? `(select ${columns} from ${expected} limit 0)`
        : `(select ${columns} from read_parquet([${files.map(literal).join(', ')}], hive_partitioning = false))`;
    const less = (a, b) =>
      `(select count(*)::int from (select ${columns} from ${a} except all select ${columns} from ${b}))`;
    const counted = await connection.runAndReadAll(`select ${less(expected, actual)}, ${less(actual, expected)}`);
    const [missing, extra] = counted.getRowsJS()[0];
    result[target] = { missing, extra };
  }
  return result;
}
