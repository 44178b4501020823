import { describe, expect, test } from 'vitest';
import { rawDuckDb } from './support/raw-duckdb.ts';
import { field, foreignFile, schemaOf, tableOf, workbench } from './support/workbench.ts';

const bench = workbench();

async function parquet(name: string, select: string, fieldIds: string): Promise<string> {
  const path = `${bench.folder}/${name}.parquet`;
  const ids = fieldIds === '' ? '' : `, FIELD_IDS ${fieldIds}`;
  await rawDuckDb("SET TimeZone = 'America/New_York'", `COPY (${select}) TO '${path}' (FORMAT parquet${ids})`);
  return path;
}

describe('nested columns by field id', () => {
  test('renames inside lists and maps, at depth, where DuckDB alone would show NULL', async () => {
    const path = await parquet(
      'deep',
      "SELECT [{'a': 1, 'b': {'c': 'x'}}, NULL] AS l, MAP {'k': {'v': 1, 'w': 2}} AS m UNION ALL SELECT NULL, NULL UNION ALL SELECT [], MAP {}",
      '{l: {__duckdb_field_id: 1, element: {__duckdb_field_id: 2, a: 3, b: {__duckdb_field_id: 4, c: 5}}}, m: {__duckdb_field_id: 6, key: 7, value: {__duckdb_field_id: 8, v: 9, w: 10}}}',
    );
    const inner = { kind: 'struct', fields: [field(5, 'sea', 'string'), field(99, 'new', 'date')] } as const;
    const schema = schemaOf(
      field(6, 'm', {
        kind: 'map',
        keyId: 7,
        key: { kind: 'string' },
        valueId: 8,
        value: { kind: 'struct', fields: [field(10, 'v', 'int'), field(9, 'w', 'long')] },
        valueRequired: false,
      }),
      field(1, 'l', {
        kind: 'list',
        elementId: 2,
        element: { kind: 'struct', fields: [field(4, 'bee', inner), field(3, 'a', 'long')] },
        elementRequired: false,
      }),
    );
    expect(await bench.query('SELECT l, m FROM t', tableOf(schema, [foreignFile(path, 3)]))).toEqual([
      [[{ bee: { sea: 'x', new: null }, a: 1n }, null], [['k', { v: 2, w: 1n }]]],
      [null, null],
      [[], []],
    ]);
  });

  test('leaves the column alone where nothing differs, so that filters reach the file', async () => {
    const path = await parquet('same', "SELECT {'a': 1} AS s", '{s: {__duckdb_field_id: 1, a: 2}}');
    const schema = schemaOf(field(1, 's', { kind: 'struct', fields: [field(2, 'a', 'int')] }));
    expect(await bench.query('SELECT s FROM t', tableOf(schema, [foreignFile(path)]))).toEqual([[{ a: 1 }]]);
  });
});

describe('files of other writers', () => {
  test('without field ids are refused rather than read as NULL', async () => {
    const path = await parquet('no-ids', 'SELECT 1 AS id', '');
    const read = bench.query('SELECT id FROM t', tableOf(schemaOf(field(1, 'id', 'int')), [foreignFile(path)]));
    await expect(read).rejects.toMatchObject({ code: 'ENG_UNSUPPORTED_TYPE', message: expect.stringContaining(path) });
    await expect(read).rejects.toThrow(/no Iceberg field ids/);
  });

  test('keep times, zones, uuids, bytes and decimals exact', async () => {
    const path = await parquet(
      'types',
      `SELECT TIME '23:59:59.999999' AS tm, TIMESTAMPTZ '2023-03-12 03:30:00-04' AS tz, UUID 'f79c3e09-677c-4bbd-a479-3f349cb785e7' AS u,
        '\\x00\\xFF'::BLOB AS b, '-0.05'::DECIMAL(4, 2) AS d, TIMESTAMP_NS '2020-01-01 00:00:00.123456789' AS ns`,
      '{tm: 1, tz: 2, u: 3, b: 4, d: 5, ns: 6}',
    );
    const schema = schemaOf(
      field(1, 'tm', 'time'),
      field(2, 'tz', 'timestamptz'),
      field(3, 'u', 'uuid'),
      field(4, 'b', 'binary'),
      field(5, 'd', { kind: 'decimal', precision: 9, scale: 2 }),
    );
    expect(await bench.query('SELECT * FROM t', tableOf(schema, [foreignFile(path)]))).toEqual([
      [86_399_999_999n, 1678606200000000n, 'f79c3e09-677c-4bbd-a479-3f349cb785e7', new Uint8Array([0, 255]), -5n],
    ]);
    const ns = schemaOf(field(6, 'ns', 'timestamp_ns'));
    expect(
      await bench.query(
        "SELECT CAST(ns AS TIMESTAMP) AS t, ns > TIMESTAMP_NS '2020-01-01 00:00:00.123456788' AS x FROM t",
        tableOf(ns, [foreignFile(path)]),
      ),
    ).toEqual([[1577836800123456n, true]]);
    await expect(bench.query('SELECT ns FROM t', tableOf(ns, [foreignFile(path)]))).rejects.toMatchObject({
      code: 'ENG_UNSUPPORTED_TYPE',
    });
  });

  test('with a type that the column cannot come from are refused', async () => {
    const path = await parquet('wrong', "SELECT 'x' AS id", '{id: 1}');
    await expect(
      bench.query('SELECT id FROM t', tableOf(schemaOf(field(1, 'id', 'long')), [foreignFile(path)])),
    ).rejects.toThrow(/id is long in the table's schema, and a data file stores it as VARCHAR/);
  });

  test('that are missing are an error, not fewer rows', async () => {
    const gone = foreignFile(`${bench.folder}/gone.parquet`);
    await expect(
      bench.query('SELECT id FROM t', tableOf(schemaOf(field(1, 'id', 'long')), [gone])),
    ).rejects.toMatchObject({
      code: 'ENG_FAILED',
    });
  });

  test('of other kinds are refused', async () => {
    const orc = { ...foreignFile('/x.orc'), format: 'orc' };
    const deletes = { ...foreignFile('/x.parquet'), content: 'position-deletes' } as const;
    for (const file of [orc, deletes]) {
      await expect(
        bench.query('SELECT id FROM t', tableOf(schemaOf(field(1, 'id', 'long')), [file])),
      ).rejects.toMatchObject({ code: 'ENG_FAILED' });
    }
  });

  test('on storage that is not local are refused', async () => {
    const s3 = foreignFile('s3://bucket/x.parquet');
    await expect(bench.query('SELECT id FROM t', tableOf(schemaOf(field(1, 'id', 'long')), [s3]))).rejects.toThrow(
      /local files only/,
    );
  });

  test('with hive-like folders do not grow columns', async () => {
    const { files } = await bench.write('SELECT 1 AS id', schemaOf(field(1, 'id', 'long')), {
      dataLocation: `${bench.folder}/year=2020/data`,
    });
    const result = await bench.engine.query({
      sql: 'SELECT * FROM t',
      relations: [tableOf(schemaOf(field(1, 'id', 'long')), files)],
      limit: 5,
    });
    expect(result.columns.map(({ name }) => name)).toEqual(['id']);
  });
});

describe('files without field ids', () => {
  const schema = schemaOf(
    field(1, 'id', 'long'),
    field(2, 'home', { kind: 'struct', fields: [field(3, 'north', 'int')] }),
    field(4, 'kinds', { kind: 'list', elementId: 5, element: { kind: 'string' }, elementRequired: false }),
    field(6, 'late', 'string'),
  );
  const mapping = [
    { id: 1, names: ['id', 'key'], fields: [] },
    { id: 2, names: ['place', 'home'], fields: [{ id: 3, names: ['y', 'north'], fields: [] }] },
    { id: 4, names: ['kinds'], fields: [{ id: 5, names: ['element'], fields: [] }] },
    { names: ['late'], fields: [] },
  ];
  const filesWithoutIds = { mapping, partitionFieldIds: [] };
  const select = "SELECT 7 AS key, {'x': 1, 'y': 2} AS place, ['a'] AS kinds, 'no field' AS late, 0 AS other";

  test('are read by the names that the mapping has for them, at every depth; others are no fields', async () => {
    const file = foreignFile(await parquet('bare', select, ''));
    const rows = await bench.query('SELECT * FROM t', tableOf(schema, [file], { filesWithoutIds }));
    expect(rows).toEqual([[7n, { north: 2 }, ['a'], null]]);
  });

  test('are refused without a mapping, and where a column may be in the name of a folder only', async () => {
    const file = foreignFile(await parquet('refused', select, ''));
    const reading = (overrides: object) => bench.query('SELECT id FROM t', tableOf(schema, [file], overrides));
    await expect(reading({})).rejects.toMatchObject({ code: 'ENG_UNSUPPORTED_TYPE' });
    await expect(reading({})).rejects.toThrow(/refused\.parquet carries no Iceberg field ids/);
    const partitioned = { filesWithoutIds: { mapping, partitionFieldIds: [1, 6] } };
    await expect(reading(partitioned)).rejects.toThrow(/has no column for late, by which its table is partitioned/);
  });

  test('count for themselves: the mapping is nothing to files with ids', async () => {
    const withIds = foreignFile(await parquet('ids', "SELECT 'x' AS id, 8 AS renamed", '{id: 6, renamed: 1}'));
    const bare = foreignFile(await parquet('none', select, ''));
    const relation = tableOf(schema, [withIds, bare], { filesWithoutIds });
    expect(await bench.query('SELECT id, late FROM t ORDER BY id', relation)).toEqual([
      [7n, null],
      [8n, 'x'],
    ]);
  });

  test('have their times told by name', async () => {
    const file = foreignFile(await parquet('times', "SELECT TIMESTAMP '2023-09-14 02:30:00' AS at", ''));
    const profiles = await bench.engine.profileTime({
      schema: schemaOf(field(1, 'ts', 'timestamp'), field(2, 'p', 'string')),
      filesWithoutIds: { mapping: [{ id: 1, names: ['at'], fields: [] }], partitionFieldIds: [2] },
      time: { kind: 'column', column: 'ts' },
      grain: 'hour',
      files: [file],
    });
    expect(profiles).toMatchObject([{ rowsByInterval: [{ rows: 1 }], nullRows: 0 }]);
  });
});

test('columns that differ by case only are refused by name', async () => {
  const schema = schemaOf(field(1, 'a', 'int'), field(2, 'A', 'int'));
  await expect(bench.query('SELECT * FROM t', tableOf(schema, []))).rejects.toMatchObject({
    code: 'ENG_UNSUPPORTED_TYPE',
  });
});

test('a column with an initial default that a file lacks is refused', async () => {
  const path = await parquet('old', 'SELECT 1 AS id', '{id: 1}');
  const schema = schemaOf(field(1, 'id', 'int'), { ...field(2, 'n', 'int'), extra: { 'initial-default': 7 } });
  await expect(bench.query('SELECT * FROM t', tableOf(schema, [foreignFile(path)]))).rejects.toThrow(/initial default/);
});

test('odd names of columns, tables and namespaces work', async () => {
  const schema = schemaOf(
    field(1, 'a "b" \'c\'', 'long'),
    field(2, 'select', { kind: 'struct', fields: [field(3, "it's", 'string')] }),
  );
  const { files } = await bench.write(`SELECT 1 AS "a ""b"" 'c'", {'it''s': 'x'} AS "select"`, schema);
  const found = await bench.query('SELECT * FROM "n s"."t-1"', tableOf(schema, files, { names: ['"t-1"', 'n s.t-1'] }));
  expect(found).toEqual([[1n, { "it's": 'x' }]]);
  const renamed = schemaOf(field(1, 'x', 'long'), field(2, 'y', { kind: 'struct', fields: [field(3, 'z', 'string')] }));
  expect(await bench.query('SELECT * FROM temp.t', tableOf(renamed, files, { names: ['temp.t'] }))).toEqual([
    [1n, { z: 'x' }],
  ]);
});
