/**
 * The proof that does not take Psyberg's word for it: every target is computed at one go, by plain SQL over the raw rows in memory, in
 * a DuckDB of its own, and compared with the rows in the target's files.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { parseType } from '@psyberg/iceberg';
import { filesOf, literal, sqlType } from './lake.mjs';

/**
 * @param request `sources`: rows by short name, with their Iceberg columns; `sql`: makes a view for each of `targets`; `variables`: SQL
 *   values that it may use
 * @returns `[{ target, rows, missing, extra }]`
 */
export async function compareTables(lake, { sources, sql, targets, variables = {} }) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    await connection.run("set TimeZone = 'UTC'");
    for (const [name, { columns, rows }] of Object.entries(sources)) await fill(connection, name, columns, rows);
    for (const [name, value] of Object.entries(variables)) await connection.run(`set variable ${name} = ${value}`);
    await connection.run(sql);
    const results = [];
    for (const target of targets) results.push(await compare(connection, target, await filesOf(lake, `dw.${target}`)));
    return results;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
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
  return { target, rows, missing, extra };
}
