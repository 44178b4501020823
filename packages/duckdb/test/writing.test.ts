import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { IntervalSet } from '@psyberg/core';
import { type DataFile, decodeSingleValue, type PrimitiveType, type Schema } from '@psyberg/iceberg';
import { describe, expect, test } from 'vitest';
import { rawDuckDb } from './support/raw-duckdb.ts';
import { field, filesBelow, schemaOf, tableOf, workbench } from './support/workbench.ts';

const bench = workbench();

const local = (location: string): string => location.replace('file://', '');

function bounds(file: DataFile, schema: Schema): Record<string, unknown[]> {
  return Object.fromEntries(
    schema.fields.map(({ id, name, type }) => {
      const value = (map: ReadonlyMap<number, Uint8Array> | undefined) => {
        const bytes = map?.get(id);
        return bytes === undefined ? undefined : decodeSingleValue(type as PrimitiveType, bytes);
      };
      return [name, [value(file.lowerBounds), value(file.upperBounds)]];
    }),
  );
}

const EVERY_TYPE = schemaOf(
  field(1, 'bo', 'boolean'),
  field(2, 'i', 'int'),
  field(3, 'l', 'long'),
  field(4, 'f', 'float'),
  field(5, 'd', 'double'),
  field(6, 'de', { kind: 'decimal', precision: 38, scale: 3 }),
  field(7, 'da', 'date'),
  field(8, 'ti', 'time'),
  field(9, 'ts', 'timestamp'),
  field(10, 'tz', 'timestamptz'),
  field(11, 's', 'string'),
  field(12, 'u', 'uuid'),
  field(13, 'b', 'binary'),
);

describe('metrics', () => {
  test('bound every type exactly', async () => {
    const { files } = await bench.write(
      `SELECT * FROM (VALUES
        (true, -3, 9007199254740993, '1.5'::FLOAT, '-inf'::DOUBLE, '-0.128'::DECIMAL(38,3), DATE '0044-03-15 (BC)', TIME '00:00:00',
          TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMPTZ '2023-03-12 03:30:00-04', '', '00000000-0000-0000-0000-000000000001'::UUID, '\\x00'::BLOB),
        (false, 7, 9223372036854775807, '0.1'::FLOAT, 'nan'::DOUBLE, '12345678901234567890123456789012345.999'::DECIMAL(38,3), DATE '12023-01-01', TIME '23:59:59.999999',
          TIMESTAMP '2023-09-14 02:00:00.000001', TIMESTAMPTZ '2023-09-14 02:00:00+00', 'é', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID, '\\xFF\\xFF'::BLOB)
      ) v(bo, i, l, f, d, de, da, ti, ts, tz, s, u, b)`,
      EVERY_TYPE,
    );
    const [days] = await rawDuckDb(
      "SELECT DATE '0044-03-15 (BC)' - DATE '1970-01-01' AS bc, DATE '12023-01-01' - DATE '1970-01-01' AS far",
    );
    expect(bounds(files[0]!, EVERY_TYPE)).toEqual({
      bo: [false, true],
      i: [-3, 7],
      l: [9007199254740993n, 9223372036854775807n],
      f: [Math.fround(0.1), 1.5],
      d: [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
      de: [-128n, 12345678901234567890123456789012345999n],
      da: [Number(days!.bc), Number(days!.far)],
      ti: [0n, 86_399_999_999n],
      ts: [-1n, 1694656800000001n],
      tz: [1678606200000000n, 1694656800000000n],
      s: ['', 'é'],
      u: ['00000000-0000-0000-0000-000000000001', 'f79c3e09-677c-4bbd-a479-3f349cb785e7'],
      b: [new Uint8Array([0]), new Uint8Array([255, 255])],
    });
    expect(files[0]!.nanValueCounts).toBeUndefined();
    expect(files[0]!.columnSizes?.size).toBe(13);
    expect(await bench.query('SELECT count(*) FROM t', tableOf(EVERY_TYPE, files))).toEqual([[2n]]);
  });

  test('hold both zeros, and are left out where nothing is known', async () => {
    const schema = schemaOf(
      field(1, 'z', 'double'),
      field(2, 'n', 'int'),
      field(3, 'x', 'double'),
      field(4, 's', 'string'),
    );
    const { files } = await bench.write(
      "SELECT -0.0::DOUBLE AS z, NULL::INT AS n, 'nan'::DOUBLE AS x, repeat('😀', 200) AS s UNION ALL SELECT 0.0, NULL, 'nan'::DOUBLE, repeat('😀', 200)",
      schema,
    );
    const found = bounds(files[0]!, schema);
    expect(Object.is(found.z![0], -0)).toBe(true);
    expect(Object.is(found.z![1], 0)).toBe(true);
    expect(found.n).toEqual([undefined, undefined]);
    expect(found.x).toEqual([undefined, undefined]);
    expect(found.s).toEqual([undefined, undefined]);
    expect(files[0]!.nullValueCounts?.get(2)).toBe(2);
  });

  test('cut strings as the format wants it', async () => {
    const schema = schemaOf(field(1, 's', 'string'));
    const texts = (value: string) => bench.write(`SELECT ${value} AS s`, schema);
    const of = async (value: string) => bounds((await texts(value)).files[0]!, schema).s;
    expect(await of("repeat('a', 15) || '😀b'")).toEqual([`${'a'.repeat(15)}😀`, `${'a'.repeat(15)}😁`]);
    expect(await of(`repeat(chr(55295), 17)`)).toEqual(['\ud7ff'.repeat(16), `${'\ud7ff'.repeat(15)}\ue000`]);
    expect(await of("repeat('z', 300)")).toEqual(['z'.repeat(16), `${'z'.repeat(15)}{`]);
  });

  test('follow the properties of the table', async () => {
    const schema = schemaOf(
      field(1, 'a', 'string'),
      field(2, 'b', 'string'),
      field(3, 'c', 'string'),
      field(4, 'ts', 'timestamp'),
    );
    const { files } = await bench.write(
      "SELECT 'abcdef' AS a, 'abcdef' AS b, 'abcdef' AS c, TIMESTAMP '2023-09-14' AS ts",
      schema,
      {
        time: { kind: 'column', column: 'ts' },
        properties: {
          'write.metadata.metrics.default': 'none',
          'write.metadata.metrics.column.a': 'truncate(2)',
          'write.metadata.metrics.column.b': 'counts',
        },
      },
    );
    const [file] = files;
    expect([...file!.valueCounts!.keys()]).toEqual([1, 2, 4]);
    expect(bounds(file!, schema)).toEqual({
      a: ['ab', 'ac'],
      b: [undefined, undefined],
      c: [undefined, undefined],
      ts: [1694649600000000n, 1694649600000000n],
    });
  });

  test('cover struct leaves and nothing inside lists and maps', async () => {
    const schema = schemaOf(
      field(1, 's', {
        kind: 'struct',
        fields: [
          field(2, 'x', 'int'),
          field(3, 'l', { kind: 'list', elementId: 4, element: { kind: 'int' }, elementRequired: false }),
        ],
      }),
      field(5, 'm', {
        kind: 'map',
        keyId: 6,
        key: { kind: 'string' },
        valueId: 7,
        value: { kind: 'int' },
        valueRequired: false,
      }),
    );
    const { files } = await bench.write(
      "SELECT {'x': 5, 'l': [1, 2]} AS s, MAP {'k': 1} AS m UNION ALL SELECT NULL, NULL",
      schema,
    );
    expect([...files[0]!.valueCounts!]).toEqual([[2, 2]]);
    expect([...files[0]!.nullValueCounts!]).toEqual([[2, 1]]);
    expect([...files[0]!.lowerBounds!.keys()]).toEqual([2]);
  });

  test('say where row groups begin', async () => {
    const { files } = await bench.write('SELECT i AS id FROM range(300000) t(i)', schemaOf(field(1, 'id', 'long')));
    expect(files[0]!.splitOffsets).toHaveLength(3);
    expect(files[0]!.splitOffsets![0]).toBe(4n);
    const bytes = await readFile(local(files[0]!.path));
    expect(bytes.length).toBe(files[0]!.fileSizeBytes);
  });
});

describe('Parquet', () => {
  test('carries a field id at every depth, zstd, and the types that others check', async () => {
    const schema = schemaOf(
      field(1, 'ts', 'timestamp'),
      field(2, 'tz', 'timestamptz'),
      field(3, 'u', 'uuid'),
      field(4, 'l', {
        kind: 'list',
        elementId: 5,
        element: { kind: 'struct', fields: [field(6, 'a', 'int')] },
        elementRequired: false,
      }),
      field(7, 'm', {
        kind: 'map',
        keyId: 8,
        key: { kind: 'string' },
        valueId: 9,
        value: { kind: 'list', elementId: 10, element: { kind: 'long' }, elementRequired: false },
        valueRequired: false,
      }),
      field(11, 'small', 'int'),
      field(12, 'big', 'long'),
    );
    const { files } = await bench.write(
      "SELECT now()::TIMESTAMP AS ts, now() AS tz, uuid() AS u, [{'a': 1}] AS l, MAP {'k': [1]} AS m, 1::TINYINT AS small, sum(1) AS big",
      schema,
    );
    const path = local(files[0]!.path);
    const nodes = await rawDuckDb(
      `SELECT name, field_id, converted_type, logical_type, type FROM parquet_schema('${path}') ORDER BY column_id`,
    );
    const ids = nodes.filter((node) => node.field_id !== null).map((node) => Number(node.field_id));
    expect(ids).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    const byName = new Map(nodes.map((node) => [node.name, node]));
    expect(byName.get('ts')!.logical_type).toMatch(/isAdjustedToUTC=0.*MICROS=Micro/);
    expect(byName.get('tz')!.logical_type).toMatch(/isAdjustedToUTC=1.*MICROS=Micro/);
    expect(byName.get('u')!.type).toBe('FIXED_LEN_BYTE_ARRAY');
    expect(byName.get('small')!.converted_type).toBe('INT_32');
    expect(byName.get('big')!.type).toBe('INT64');
    const codecs = await rawDuckDb(`SELECT DISTINCT compression FROM parquet_metadata('${path}')`);
    expect(codecs).toEqual([{ compression: 'ZSTD' }]);
  });
});

const TIMED = schemaOf(field(1, 'id', 'long'), field(2, 'ts', 'timestamptz'));
const HOURLY = {
  spec: { specId: 1, fields: [{ sourceId: 2, fieldId: 1000, name: 'ts_hour', transform: { kind: 'hour' } }] },
  time: { kind: 'column', column: 'ts' },
} as const;

describe('files', () => {
  test('of a failure are gone, those that stood in place already too', async () => {
    const dataLocation = bench.newLocation();
    await mkdir(local(dataLocation), { recursive: true });
    const obstacle = `${local(dataLocation)}/ts_hour=2023-09-14-03`;
    await writeFile(obstacle, 'a file where a folder should be');
    const sql = "SELECT i AS id, TIMESTAMPTZ '2023-09-14 00:00:00+00' + to_hours(i % 5) AS ts FROM range(50) t(i)";
    await expect(bench.write(sql, TIMED, { ...HOURLY, dataLocation })).rejects.toMatchObject({
      code: 'ENG_FAILED',
      message: expect.stringContaining('dw.t'),
    });
    expect(await filesBelow(local(dataLocation))).toEqual([obstacle]);
  });

  test('of an abort are gone, and the reason of the abort comes back', async () => {
    const sql =
      "SELECT i AS id, TIMESTAMPTZ '2023-09-14 00:00:00+00' + to_hours(i % 40) AS ts FROM range(3000000) t(i)";
    const reason = new RangeError('stop it');
    for (const afterMs of [20, 120, 400, 700]) {
      const dataLocation = bench.newLocation();
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(reason), afterMs);
      const request = {
        sql,
        relations: [],
        parameters: {},
        grain: 'hour',
        outside: 'error',
        nullTime: 'error',
        target: { table: 'dw.t', schema: TIMED, properties: {}, dataLocation, ...HOURLY },
      } as const;
      const written = bench.engine.transform(request, { signal: controller.signal });
      const outcome = await written.then(
        ({ files }) => files.length,
        (error: unknown) => error,
      );
      clearTimeout(timer);
      if (outcome === 40) continue;
      expect(outcome).toBe(reason);
      expect(await filesBelow(local(dataLocation))).toEqual([]);
    }
    expect(await bench.query('SELECT 1')).toEqual([[1]]);
  });

  test('have names of our own, and nothing else is left in the folder', async () => {
    const dataLocation = bench.newLocation();
    const sql = "SELECT i AS id, TIMESTAMPTZ '2023-09-14 00:00:00+00' + to_hours(i % 3) AS ts FROM range(9) t(i)";
    const { files } = await bench.write(sql, TIMED, { ...HOURLY, dataLocation });
    expect(files.map(({ path }) => path.slice(dataLocation.length))).toEqual([
      expect.stringMatching(/^\/ts_hour=2023-09-14-00\/00000-0-[0-9a-f-]{36}\.parquet$/),
      expect.stringMatching(/^\/ts_hour=2023-09-14-01\/00000-1-[0-9a-f-]{36}\.parquet$/),
      expect.stringMatching(/^\/ts_hour=2023-09-14-02\/00000-2-[0-9a-f-]{36}\.parquet$/),
    ]);
    expect(new Set(await filesBelow(local(dataLocation)))).toEqual(new Set(files.map(({ path }) => local(path))));
  });

  test('partitioned by bytes, decimals, booleans and nested fields come out right', async () => {
    const schema = schemaOf(
      field(1, 'b', 'binary'),
      field(2, 'd', { kind: 'decimal', precision: 20, scale: 1 }),
      field(3, 's', { kind: 'struct', fields: [field(4, 'x', 'uuid')] }),
      field(5, 'bo', 'boolean'),
    );
    const identity = { kind: 'identity' } as const;
    const { files } = await bench.write(
      "SELECT '\\xFF\\x00'::BLOB AS b, 12345678901234567.8::DECIMAL(20,1) AS d, {'x': 'f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID} AS s, false AS bo UNION ALL SELECT NULL, NULL, NULL, NULL",
      schema,
      {
        spec: {
          specId: 2,
          fields: [
            { sourceId: 1, fieldId: 1000, name: 'b', transform: identity },
            { sourceId: 1, fieldId: 1001, name: 'b_t', transform: { kind: 'truncate', width: 1 } },
            { sourceId: 2, fieldId: 1002, name: 'd', transform: identity },
            { sourceId: 4, fieldId: 1003, name: 'x', transform: identity },
            { sourceId: 4, fieldId: 1004, name: 'x_b', transform: { kind: 'bucket', count: 1_000_000_000 } },
            { sourceId: 5, fieldId: 1005, name: 'bo', transform: identity },
          ],
        },
      },
    );
    const [full] = files.filter(({ partition }) => partition[0] !== null);
    expect(full!.partition).toEqual([
      new Uint8Array([255, 0]),
      new Uint8Array([255]),
      123456789012345678n,
      'f79c3e09-677c-4bbd-a479-3f349cb785e7',
      1488055340 % 1_000_000_000,
      false,
    ]);
    expect(files).toHaveLength(2);
  });

  test('of many rows in few partitions are sorted through and through where the table is sorted', async () => {
    const sql =
      "SELECT hash(i)::BIGINT AS id, TIMESTAMPTZ '2023-09-14 00:00:00+00' + to_hours(i % 2) AS ts FROM range(700000) t(i) WHERE hash(i) < 9223372036854775807";
    const sortOrder = {
      orderId: 5,
      fields: [{ transform: { kind: 'identity' }, sourceId: 1, direction: 'asc', nullOrder: 'nulls-first' }],
    } as const;
    const { files } = await bench.write(sql, TIMED, { ...HOURLY, sortOrder });
    expect(files.map(({ sortOrderId }) => sortOrderId)).toEqual([5, 5]);
    for (const { path } of files) {
      const [row] = await rawDuckDb(
        `SELECT count(*) AS n FROM (SELECT id < lag(id) OVER (ORDER BY file_row_number) AS down FROM read_parquet('${local(path)}', file_row_number = true)) WHERE down`,
      );
      expect(row).toEqual({ n: 0n });
    }
    const { files: unsorted } = await bench.write(sql, TIMED, HOURLY);
    expect(unsorted.map(({ sortOrderId }) => sortOrderId)).toEqual(unsorted.map(() => undefined));
  });
});

describe('rows', () => {
  test.each([
    ['sum beyond long', 'SELECT sum(9223372036854775807) + 1 AS id, NULL AS ts', 'ENG_FAILED'],
    ['infinite times', "SELECT 1 AS id, 'infinity'::TIMESTAMPTZ AS ts", 'ENG_NULL_TIME'],
    ['a timestamp without zone for one with', "SELECT 1 AS id, TIMESTAMP '2023-09-14' AS ts", 'ENG_SCHEMA_MISMATCH'],
    ['a text for a number', "SELECT '1' AS id, NULL::TIMESTAMPTZ AS ts", 'ENG_SCHEMA_MISMATCH'],
    ['a decimal for a long', 'SELECT 1.0 AS id, NULL::TIMESTAMPTZ AS ts', 'ENG_SCHEMA_MISMATCH'],
    ['a column twice', 'SELECT 1 AS id, 2 AS ID, NULL::TIMESTAMPTZ AS ts', 'ENG_SCHEMA_MISMATCH'],
  ])('with %s are refused', async (_what, sql, code) => {
    await expect(bench.write(sql, TIMED, HOURLY)).rejects.toMatchObject({ code });
  });

  test('of structs fit by name at depth, and lack or excess there is told by its path', async () => {
    const schema = schemaOf(
      field(1, 's', {
        kind: 'struct',
        fields: [
          field(2, 'a', 'long'),
          field(3, 'b', { kind: 'list', elementId: 4, element: { kind: 'double' }, elementRequired: false }),
        ],
      }),
    );
    const { files } = await bench.write(
      "SELECT {'b': [1.5::FLOAT, NULL], 'a': 7::INT} AS s UNION ALL SELECT NULL",
      schema,
    );
    expect(await bench.query('SELECT s FROM t', tableOf(schema, files))).toEqual([[{ a: 7n, b: [1.5, null] }], [null]]);
    await expect(bench.write("SELECT {'a': 7::INT} AS s", schema)).rejects.toThrow(/the result lacks s\.b/);
    await expect(bench.write("SELECT {'a': 'x', 'b': [1.5::DOUBLE]} AS s", schema)).rejects.toThrow(/s\.a is VARCHAR/);
    await expect(bench.write("SELECT {'a': 1, 'b': [1.5::DOUBLE], 'c': 1} AS s", schema)).rejects.toThrow(/s\.c/);
  });

  test('with NULL in required fields are refused at every depth', async () => {
    const schema = schemaOf(
      field(1, 's', { kind: 'struct', fields: [field(2, 'a', 'long', true)] }),
      field(3, 'l', { kind: 'list', elementId: 4, element: { kind: 'int' }, elementRequired: true }),
    );
    await expect(
      bench.write("SELECT NULL AS s, NULL AS l UNION ALL SELECT {'a': 1}, [1]", schema),
    ).resolves.toMatchObject({ rows: 2 });
    await expect(bench.write("SELECT {'a': NULL::BIGINT} AS s, [1] AS l", schema)).rejects.toMatchObject({
      code: 'ENG_SCHEMA_MISMATCH',
    });
    await expect(bench.write("SELECT {'a': 1} AS s, [1, NULL] AS l", schema)).rejects.toMatchObject({
      code: 'ENG_SCHEMA_MISMATCH',
    });
  });

  test('of a fixed column are refused, as DuckDB writes no such Parquet', async () => {
    const schema = schemaOf(field(1, 'f', { kind: 'fixed', length: 2 }));
    const written = bench.write("SELECT 'ab'::BLOB AS f", schema);
    await expect(written).rejects.toMatchObject({ code: 'ENG_UNSUPPORTED_TYPE' });
  });

  test.each([
    ['INTERVAL', "INTERVAL '1 day'"],
    ['TIME WITH TIME ZONE', "TIMETZ '01:02:03+01'"],
    ['BIT', "'101'::BIT"],
    ['TIMESTAMP_NS', "TIMESTAMP_NS '2020-01-01'"],
  ])('of type %s have no place in a table, and the message says what to do', async (type, expression) => {
    const analyzed = bench.engine.analyze({ sql: `SELECT ${expression} AS x`, relations: [], parameters: {} });
    await expect(analyzed).rejects.toMatchObject({
      code: 'ENG_UNSUPPORTED_TYPE',
      message: expect.stringContaining(type),
    });
  });

  test('get Iceberg types where a table is to be made of them', async () => {
    const sql = `SELECT 1::TINYINT AS a, 1::UINTEGER AS b, sum(1) AS c, count(*) AS d, avg(1) AS e, 1.5 AS f, 'x' AS g, now() AS h,
      date_trunc('hour', TIMESTAMP '2023-09-14') AS i, DATE '2023-09-14' AS j, 'a'::ENUM('a') AS k, uuid() AS l, NULL AS m,
      {'x': [1]} AS n, MAP {'k': 1.5::FLOAT} AS o, '{}'::JSON AS p`;
    const { columns } = await bench.engine.analyze({ sql, relations: [], parameters: {} });
    expect(columns.map(({ type }) => type.kind)).toEqual(
      'int long long long double decimal string timestamptz timestamp date string uuid string struct map string'.split(
        ' ',
      ),
    );
  });
});

test('a range of many spans with holes keeps the rows of each', async () => {
  const hour = 3_600_000_000n;
  const first = 1694649600000000n;
  const within = Array.from({ length: 40 }, (_, i) => {
    const start = first + BigInt(2 * i) * hour;
    return { start, end: start + hour } as unknown as IntervalSet[number];
  });
  const sql = "SELECT i AS id, TIMESTAMPTZ '2023-09-14 00:00:00+00' + to_hours(i) AS ts FROM range(90) t(i)";
  const { rows, rowsDropped, files } = await bench.write(sql, TIMED, HOURLY, { within, outside: 'drop' });
  expect([rows, rowsDropped, files.length]).toEqual([40, 50, 40]);
  await expect(bench.write(sql, TIMED, HOURLY, { within })).rejects.toThrow(/50 rows.*and 37 more/);
});
