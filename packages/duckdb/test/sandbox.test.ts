import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { Database } from '../src/database.ts';
import { rawDuckDb } from './support/raw-duckdb.ts';
import { field, schemaOf, tableOf, workbench } from './support/workbench.ts';

const bench = workbench();
const SCHEMA = schemaOf(field(1, 'id', 'long'), field(2, 'note', 'string'));
const INPUT = tableOf(SCHEMA, [], { names: ['events', 'raw.events'] });

const attempt = (sql: string) => bench.engine.query({ sql, relations: [INPUT], limit: 1 });

describe('SQL of a user', () => {
  test.each([
    "COPY (SELECT 1) TO '/tmp/stolen.csv'",
    "COPY events FROM '/etc/passwd'",
    "ATTACH '/tmp/other.db' AS other",
    "ATTACH ':memory:' AS other",
    'DETACH psyberg_call_1',
    'PRAGMA database_list',
    'PRAGMA enable_profiling',
    "SET memory_limit = '1TB'",
    'SET VARIABLE x = 1',
    'RESET threads',
    "CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')",
    'CREATE OR REPLACE PERSISTENT SECRET s (TYPE s3)',
    'DROP SECRET s',
    'CREATE TABLE t AS SELECT 1',
    'CREATE TEMP VIEW v AS SELECT 1',
    'CREATE MACRO m() AS 1',
    'INSTALL httpfs',
    'LOAD httpfs',
    "EXPORT DATABASE '/tmp/x'",
    'CALL pragma_version()',
    'USE memory',
    'CHECKPOINT',
    'BEGIN TRANSACTION',
    'PREPARE p AS SELECT 1',
    'EXECUTE p',
    'INSERT INTO events VALUES (1)',
    'UPDATE events SET id = 1',
    'DELETE FROM events',
    'ALTER TABLE events ADD COLUMN x INT',
    'VACUUM',
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM 'file.parquet'",
    'FROM "/tmp/x.csv"',
    "SELECT * FROM read_parquet('/tmp/*.parquet')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM main.read_csv('/etc/passwd')",
    "SELECT * FROM glob('/*')",
    "SELECT * FROM parquet_metadata('/tmp/x.parquet')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    'SELECT * FROM duckdb_settings()',
    'SELECT * FROM duckdb_secrets()',
    'SELECT * FROM duckdb_views',
    'SELECT * FROM pragma_database_size()',
    'SELECT * FROM information_schema.tables',
    'SELECT * FROM pg_catalog.pg_tables',
    'SELECT * FROM sqlite_master',
    "SELECT * FROM query('SELECT 1')",
    "SELECT * FROM query_table(['events'])",
    "SELECT * FROM json_execute_serialized_sql('{}')",
    "SELECT * FROM which_secret('s3://x', 's3')",
    'SELECT * FROM psyberg_call_1.main.events',
    'SELECT * FROM main.events',
    "SELECT getenv('HOME')",
    "SELECT current_setting('temp_directory')",
    "SELECT getvariable('x')",
    "SELECT nextval('s')",
    'SELECT current_query()',
    'SELECT current_database()',
    'SELECT current_schemas(true)',
    "SELECT write_log('x')",
    'SELECT pg_sleep(1)',
    "SELECT json_serialize_plan('SELECT 1')",
    'SELECT psyberg_bucket_long(1, 2)',
    "SELECT id FROM events WHERE EXISTS (SELECT 1 FROM read_csv('/etc/passwd'))",
    "SELECT (SELECT content FROM read_text('/etc/passwd'))",
    "WITH x AS (SELECT * FROM glob('/*')) SELECT * FROM x",
    "SELECT * FROM events JOIN read_csv('/etc/passwd') ON true",
    "SELECT id FROM events UNION ALL SELECT size FROM read_blob('/etc/passwd')",
    "SELECT * FROM (PIVOT (FROM read_csv('/etc/passwd')) ON a IN (1) USING count(*))",
    "SELECT list_transform([1], lambda x: getenv('HOME'))",
    'DESCRIBE events',
    'SUMMARIZE events',
    'SHOW TABLES',
    'SELECT * FROM (DESCRIBE events)',
    'EXPLAIN ANALYZE SELECT 1',
  ])('may not: %s', async (sql) => {
    await expect(attempt(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^ENG_(FORBIDDEN|SQL)$/) });
    if (!sql.startsWith('EXPLAIN')) await expect(attempt(sql)).rejects.toMatchObject({ code: 'ENG_FORBIDDEN' });
  });

  test.each([
    'SELECT 1; SELECT 2',
    'SELECT 1; DROP TABLE events',
    "SELECT 1) AS x; COPY (SELECT 1) TO '/tmp/stolen'; SELECT * FROM (SELECT 1",
    'SELECT ?',
    'SELECT $1',
    'WITH a AS (SELECT * FROM duckdb_tables), duckdb_tables AS (SELECT 1) SELECT * FROM a',
  ])('may not: %s (nor is it one SELECT over inputs)', async (sql) => {
    await expect(attempt(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^ENG_(FORBIDDEN|SQL)$/) });
  });

  test.each([
    'SELECT * FROM events, unnest([1, 2]) AS u(x)',
    'SELECT * FROM range(3)',
    "SELECT * FROM json_each('[1]')",
    'SELECT * FROM (VALUES (1)) AS v(x)',
    'FROM raw.events SELECT id',
    'WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r WHERE x < 3) SELECT * FROM r',
    'WITH a AS (SELECT 1 AS x), b AS (SELECT * FROM a) SELECT * FROM b',
    'WITH events AS (SELECT 1 AS x) SELECT x FROM events',
    "SELECT * FROM (PIVOT events ON note IN ('a', 'b') USING count(*))",
    "SELECT events.* EXCLUDE (note), COLUMNS('i.*') FROM events",
    'SELECT pg_typeof(1)',
    'SELECT 1;;',
    'SELECT 1 -- the end',
    'SELECT current_user',
  ])('may: %s', async (sql) => {
    await expect(attempt(sql)).resolves.toBeDefined();
  });

  test('is told what is forbidden and where', async () => {
    await expect(attempt("SELECT 'é',\n  x FROM read_csv('/etc/passwd')")).rejects.toThrow(
      /table function read_csv\(\) \(line 2, column 10\).*Its inputs are events, raw\.events/,
    );
  });

  test('is told the place of a wrong column and of a syntax error', async () => {
    await expect(attempt("SELECT 'é' AS a,\n       idd\nFROM events")).rejects.toMatchObject({
      code: 'ENG_SQL',
      position: { line: 2, column: 8 },
      message: expect.stringContaining('"id"'),
    });
    await expect(attempt('SELECT id\nFROM events\nWHERE id id id')).rejects.toMatchObject({
      code: 'ENG_SQL',
      position: { line: 3 },
    });
  });

  test('does not find a function that there is not', async () => {
    await expect(attempt('SELECT nofunction(1)')).rejects.toMatchObject({ code: 'ENG_SQL' });
  });
});

describe('the locks of DuckDB behind the check', () => {
  test('hold for whatever would get past it', async () => {
    const root = `${bench.folder}/locks`;
    await mkdir(`${root}/open`, { recursive: true });
    await mkdir(`${root}/open-sibling`, { recursive: true });
    for (const name of ['open/in', 'open-sibling/out', 'secret']) {
      await rawDuckDb(`COPY (SELECT 1 AS x) TO '${root}/${name}.parquet' (FORMAT parquet)`);
    }
    await symlink(`${root}/secret.parquet`, `${root}/open/link.parquet`);
    await writeFile(`${root}/open/plain.txt`, 'hello');
    const database = new Database({ folders: [`${root}/open/`] });
    try {
      await database.withCall([], {}, async (call) => {
        expect(await call.rows(`SELECT count(*) FROM '${root}/open/in.parquet'`)).toEqual([[1n]]);
        for (const sql of [
          `SELECT * FROM '${root}/secret.parquet'`,
          `SELECT * FROM '${root}/open/../secret.parquet'`,
          `SELECT * FROM '${root}/open/link.parquet'`,
          `SELECT * FROM '${root}/open-sibling/out.parquet'`,
          "SELECT * FROM read_text('/etc/passwd')",
          "SELECT * FROM glob('/etc/*')",
          `COPY (SELECT 1) TO '${root}/open-sibling/new.parquet' (FORMAT parquet)`,
          `ATTACH '${root}/new.db' AS other`,
          "SET memory_limit = '1GB'",
          'SET GLOBAL enable_external_access = true',
          `SET allowed_directories = ['/']`,
          'SET lock_configuration = false',
          "SET TimeZone = 'America/New_York'",
          'LOAD httpfs',
          'INSTALL httpfs',
          "SELECT * FROM 'https://example.com/x.parquet'",
          "SELECT getenv('HOME')",
        ]) {
          await expect(call.run(sql), sql).rejects.toMatchObject({ code: 'ENG_FAILED' });
        }
        expect(
          await call.rows(
            "SELECT current_setting('TimeZone'), DATE '2023-09-14'::TIMESTAMPTZ = '2023-09-14 00:00:00+00'::TIMESTAMPTZ",
          ),
        ).toEqual([['UTC', true]]);
      });
    } finally {
      await database.close();
    }
  });

  test('follow the warehouse behind a symbolic link', async () => {
    await mkdir(`${bench.folder}/real`, { recursive: true });
    await symlink(`${bench.folder}/real`, `${bench.folder}/linked`);
    const { files } = await bench.write('SELECT 1 AS id, NULL AS note', SCHEMA, {
      dataLocation: `${bench.folder}/linked/t/data`,
    });
    expect(await bench.query('SELECT id FROM t', tableOf(SCHEMA, files))).toEqual([[1n]]);
  });
});
