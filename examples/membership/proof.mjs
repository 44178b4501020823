/**
 * The proof that does not take Psyberg's word for it: the raw rows are still in memory, so every table is computed at one go by
 * `full-recompute.sql` in a DuckDB of its own and compared with the rows in the table's files.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parseType } from '@psyberg/iceberg';
import { filesOf, literal, sqlType } from '../lake.mjs';
import { HERE } from './build.mjs';
import { ARRIVALS, DAY, PLANS, rowsOf, TABLES } from './events.mjs';

export const TARGETS = ['signup_f', 'account_plan_f', 'cancel_f', 'account_state_d'];

/**
 * Compares every target with a full recompute of what has arrived.
 *
 * @param state `phases` that have arrived; the hours (exclusive) up to which cancels and account states are loaded
 * @returns `[{ table, rows, missing, extra }]`
 */
export async function compareWithFullRecompute(lake, { phases, cancelsUntil, statesUntil }) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("set TimeZone = 'UTC'");
    for (const [name, { columns }] of Object.entries(TABLES)) {
      await fill(connection, name.split('.')[1], columns, rowsOfTable(name, phases));
    }
    await connection.run(
      `set variable loaded_until = ${hour(cancelsUntil)}; set variable states_until = ${hour(statesUntil)}`,
    );
    await connection.run(await readFile(path.join(HERE, 'full-recompute.sql'), 'utf8'));
    const results = [];
    for (const target of TARGETS) results.push(await compare(connection, target, await filesOf(lake, `dw.${target}`)));
    return results;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function rowsOfTable(name, phases) {
  if (name === 'ref.plans') return PLANS;
  return ARRIVALS.filter((arrival) => arrival.table === name && phases.includes(arrival.phase)).flatMap(rowsOf);
}

async function fill(connection, name, columns, rows) {
  const definitions = Object.entries(columns).map(([column, type]) => `${column} ${sqlType(parseType(type))}`);
  await connection.run(`create table ${name} (${definitions.join(', ')})`);
  const tuples = rows.map(
    (row) =>
      `(${Object.keys(columns)
        .map((column) => literal(row[column]))
        .join(', ')})`,
  );
  await connection.run(`insert into ${name} values ${tuples.join(', ')}`);
}

const hour = (n) => `timestamptz '${DAY} ${String(n).padStart(2, '0')}:00:00Z'`;

async function compare(connection, target, files) {
  await connection.run(
    `create table actual as select * from read_parquet([${files.map(literal).join(', ')}], hive_partitioning = false)`,
  );
  const described = await connection.runAndReadAll(`select column_name from (describe ${target})`);
  const columns = described
    .getRowsJS()
    .map(([name]) => `"${name}"`)
    .join(', ');
  const less = (a, b) =>
    `(select count(*)::int from (select ${columns} from ${a} except all select ${columns} from ${b}))`;
  const counted = await connection.runAndReadAll(
    `select (select count(*)::int from actual), ${less(target, 'actual')}, ${less('actual', target)}`,
  );
  await connection.run('drop table actual');
  const [rows, missing, extra] = counted.getRowsJS()[0];
  return { table: `dw.${target}`, rows, missing, extra };
}
