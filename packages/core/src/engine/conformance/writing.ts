import assert from 'node:assert/strict';
import {
  type DataFile,
  decodeSingleValue,
  hasFileUuid,
  type PartitionSpec,
  type PrimitiveType,
  type Schema,
} from '@psyberg/iceberg';
import {
  at,
  BY_HOUR,
  EVENT_TIME,
  EVENTS,
  engineCase,
  events,
  ids,
  relation,
  rows,
  schemaOf,
  span,
  write,
} from './subject.ts';

const bound = (bounds: ReadonlyMap<number, Uint8Array> | undefined, id: number, type: PrimitiveType) => {
  const bytes = bounds?.get(id);
  return bytes === undefined ? undefined : decodeSingleValue(type, bytes);
};

const partitions = (files: readonly DataFile[]) =>
  files.map(({ partition, recordCount }) => [...partition, recordCount]);

const specOf = (...fields: readonly PartitionSpec['fields'][number][]): PartitionSpec => ({ specId: 4, fields });

export const writingCases = [
  engineCase('writes rows into the partitions of their hour, before 1970 too', async (subject) => {
    const result = await write(
      subject,
      events(
        [1, '1969-12-31 23:59:59.999999'],
        [2, '1970-01-01 00:00:00'],
        [3, '2023-09-14 02:30:00'],
        [4, '2023-09-14 02:00:00'],
      ),
      { spec: BY_HOUR },
    );
    assert.equal(result.rows, 4);
    assert.deepEqual(partitions(result.files), [
      [-1, 1],
      [0, 1],
      [470_738, 2],
    ]);
    assert.deepEqual(
      result.rowsByInterval.map(({ start, rows: count }) => [start, count]),
      [
        [at('1969-12-31 23:00'), 1],
        [at('1970-01-01 00:00'), 1],
        [at('2023-09-14 02:00'), 2],
      ],
    );
    for (const file of result.files) {
      assert.equal(file.specId, 1);
      assert.equal(file.format, 'parquet');
      assert.ok(file.fileSizeBytes > 0);
      assert.match(file.path, /\/events\/data\/event_ts_hour=[0-9-]+\/[^/]+\.parquet$/);
    }
    assert.equal(new Set(result.files.map(({ path }) => path)).size, 3);
    assert.deepEqual(await ids(subject, relation(result.files)), [1, 2, 3, 4]);
  }),
  engineCase('names files so that they are known again as files of ours for their table', async (subject) => {
    const tableUuid = '7e0a1c6e-1234-4000-8000-000000000000';
    const rowsOfTwoHours = events([1, '2023-09-14 02:00:00'], [2, '2023-09-14 03:00:00']);
    const { files } = await write(subject, rowsOfTwoHours, { spec: BY_HOUR, tableUuid });
    assert.equal(files.length, 2);
    for (const { path } of files) assert.ok(hasFileUuid(path, tableUuid), path);
  }),
  engineCase('keeps NULL, the empty text and odd texts apart as partitions', async (subject) => {
    const spec = specOf({ sourceId: 3, fieldId: 1000, name: 'note', transform: { kind: 'identity' } });
    const notes = ['', '__HIVE_DEFAULT_PARTITION__', 'null', 'a/b', 'A/B', 'ä=:%', "it's"];
    const time = '2023-09-14 02:30:00';
    const written = await write(
      subject,
      events([0, time], ...notes.map((note, i) => [i + 1, time, note.replace("'", "''")] as const)),
      { spec },
    );
    const found = written.files.map(({ partition }) => partition[0]);
    assert.deepEqual(new Set(found), new Set([null, ...notes]));
    assert.deepEqual(await ids(subject, relation(written.files)), [0, 1, 2, 3, 4, 5, 6, 7]);
  }),
  engineCase('computes every transform as the format wants it', async (subject) => {
    const schema: Schema = {
      schemaId: 0,
      fields: [
        { id: 1, name: 'n', required: false, type: { kind: 'long' } },
        { id: 2, name: 's', required: false, type: { kind: 'string' } },
        { id: 3, name: 'd', required: false, type: { kind: 'date' } },
        { id: 4, name: 'm', required: false, type: { kind: 'decimal', precision: 9, scale: 2 } },
        { id: 5, name: 't', required: false, type: { kind: 'timestamp' } },
      ],
    };
    const field = (sourceId: number, i: number, transform: PartitionSpec['fields'][number]['transform']) => {
      return { sourceId, fieldId: 1000 + i, name: `p${i}`, transform };
    };
    const spec = specOf(
      field(1, 0, { kind: 'bucket', count: 1_000_000_000 }),
      field(1, 1, { kind: 'truncate', width: 10 }),
      field(2, 2, { kind: 'bucket', count: 1_000_000_000 }),
      field(2, 3, { kind: 'truncate', width: 2 }),
      field(3, 4, { kind: 'bucket', count: 1_000_000_000 }),
      field(3, 5, { kind: 'year' }),
      field(3, 6, { kind: 'month' }),
      field(4, 7, { kind: 'bucket', count: 1_000_000_000 }),
      field(4, 8, { kind: 'truncate', width: 50 }),
      field(5, 9, { kind: 'day' }),
      field(5, 10, { kind: 'void' }),
    );
    const row = (n: string, s: string, d: string, m: string, t: string) =>
      `SELECT CAST(${n} AS BIGINT) AS n, ${s} AS s, ${d} AS d, CAST(${m} AS DECIMAL(9, 2)) AS m, ${t} AS t`;
    const sql = [
      row('34', "'iceberg'", "DATE '2017-11-16'", "'14.20'", "TIMESTAMP '2017-11-16 22:31:08'"),
      row('-1', "'😀b😀'", "DATE '1969-12-31'", "'-0.01'", "TIMESTAMP '1969-12-31 23:59:59.999999'"),
      row('NULL', 'CAST(NULL AS VARCHAR(9))', 'CAST(NULL AS DATE)', 'NULL', 'CAST(NULL AS TIMESTAMP)'),
    ].join(' UNION ALL ');
    const { files } = await write(subject, sql, { schema, spec });
    const positive = (hash: number) => (hash & 0x7fffffff) % 1_000_000_000;
    const found = files.map(({ partition }) => partition);
    const [known] = found.filter((partition) => partition[1] === 30n);
    assert.deepEqual(known, [
      positive(2017239379),
      30n,
      positive(1210000089),
      'ic',
      positive(-653330422),
      47,
      574,
      positive(-500754589),
      1400n,
      17_486,
      null,
    ]);
    const [negative] = found.filter((partition) => partition[1] === -10n);
    assert.deepEqual([negative![3], negative![5], negative![6], negative![8], negative![9]], ['😀b', -1, -1, -50n, -1]);
    assert.ok(found.some((partition) => partition.every((value) => value === null)));
  }),
  engineCase('writes bounds and counts of the columns', async (subject) => {
    const written = await write(
      subject,
      events(
        [-5, '2023-09-14 02:00:00.000001', 'aaaaaaaaaaaaaaaaaaaa'],
        [7, '2023-09-14 02:59:59.123456', 'zzzzzzzzzzzzzzzzzzzz'],
        [9, '2023-09-14 02:30:00'],
      ),
    );
    const [file] = written.files;
    assert.equal(file!.recordCount, 3);
    assert.equal(bound(file!.lowerBounds, 1, { kind: 'long' }), -5n);
    assert.equal(bound(file!.upperBounds, 1, { kind: 'long' }), 9n);
    assert.equal(bound(file!.lowerBounds, 2, { kind: 'timestamp' }), at('2023-09-14 02:00:00.000001'));
    assert.equal(bound(file!.upperBounds, 2, { kind: 'timestamp' }), at('2023-09-14 02:59:59.123456'));
    assert.equal(bound(file!.lowerBounds, 3, { kind: 'string' }), 'a'.repeat(16));
    assert.equal(bound(file!.upperBounds, 3, { kind: 'string' }), `${'z'.repeat(15)}{`);
    assert.deepEqual(
      [...(file!.valueCounts ?? [])],
      [
        [1, 3],
        [2, 3],
        [3, 3],
      ],
    );
    assert.deepEqual(
      [...(file!.nullValueCounts ?? [])],
      [
        [1, 0],
        [2, 0],
        [3, 1],
      ],
    );
  }),
  engineCase('writes no file for no rows', async (subject) => {
    for (const spec of [BY_HOUR, specOf()]) {
      const result = await write(subject, `${events([1, '2023-09-14 02:00:00'])} WHERE id > 5`, { spec });
      assert.deepEqual([result.files, result.rows, result.rowsByInterval, result.rowsDropped], [[], 0, [], 0]);
    }
  }),
  engineCase('matches columns by name, and widens integers', async (subject) => {
    const { files } = await write(
      subject,
      "SELECT 'x' AS note, TIMESTAMP '2023-09-14 02:00:00' AS event_ts, CAST(3 AS INT) AS id",
    );
    assert.deepEqual(await rows(subject, 'SELECT id, note FROM events', relation(files)), [[3n, 'x']]);
    const summed = await write(
      subject,
      `SELECT sum(id) AS id, max(event_ts) AS event_ts, min(note) AS note FROM (${events([1, '2023-09-14 02:00:00'], [2, '2023-09-14 03:00:00'])}) AS s`,
    );
    assert.deepEqual(await ids(subject, relation(summed.files)), [3]);
  }),
  ...(
    [
      ['lacks a column', "SELECT CAST(1 AS BIGINT) AS id, TIMESTAMP '2023-09-14 02:00:00' AS event_ts", /note/],
      ['has a column too many', `SELECT *, 1 AS nota FROM (${events([1, '2023-09-14 02:00:00'])}) AS s`, /nota/],
      [
        'has a column of another type',
        `SELECT 'one' AS id, event_ts, note FROM (${events([1, '2023-09-14 02:00:00'])}) AS s`,
        /id/,
      ],
    ] as const
  ).map(([what, sql, named]) =>
    engineCase(`refuses a result that ${what}, and shows both schemas`, async (subject) => {
      await assert.rejects(write(subject, sql), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ENG_SCHEMA_MISMATCH');
        assert.match(error.message, named);
        assert.match(error.message, /result:.*\n.*target:/);
        return true;
      });
    }),
  ),
  engineCase('refuses NULL in a required column', async (subject) => {
    const schema = { ...EVENTS, fields: EVENTS.fields.map((field) => ({ ...field, required: field.name === 'note' })) };
    const sql = events([1, '2023-09-14 02:00:00', 'a'], [2, '2023-09-14 02:00:00']);
    await assert.rejects(write(subject, sql, { schema, time: EVENT_TIME }), { code: 'ENG_SCHEMA_MISMATCH' });
  }),
  engineCase('refuses rows outside the range with samples, or leaves them out and counts them', async (subject) => {
    const sql = events([1, '2023-09-14 01:59:59.999999'], [2, '2023-09-14 02:00:00'], [3, '2023-09-14 03:00:00']);
    const within = span(['2023-09-14 02:00', '2023-09-14 03:00']);
    await assert.rejects(
      write(subject, sql, { spec: BY_HOUR, request: { within } }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'ENG_ROWS_OUTSIDE_RANGE');
        assert.match(error.message, /2 rows/);
        assert.match(error.message, /2023-09-14 03:00:00/);
        return true;
      },
    );
    const dropped = await write(subject, sql, { spec: BY_HOUR, request: { within, outside: 'drop' } });
    assert.deepEqual([dropped.rows, dropped.rowsDropped, dropped.files.length], [1, 2, 1]);
    assert.deepEqual(await ids(subject, relation(dropped.files)), [2]);
    assert.deepEqual(dropped.rowsByInterval, [{ start: at('2023-09-14 02:00'), rows: 1 }]);
  }),
  engineCase('refuses rows without a time with samples, or keeps them', async (subject) => {
    const sql = events([1, '2023-09-14 02:00:00'], [42, undefined]);
    await assert.rejects(write(subject, sql, { spec: BY_HOUR }), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ENG_NULL_TIME');
      assert.match(error.message, /42/);
      return true;
    });
    const kept = await write(subject, sql, { spec: BY_HOUR, request: { nullTime: 'keep' } });
    assert.deepEqual(new Set(kept.files.map(({ partition }) => partition[0])), new Set([null, 470_738]));
    assert.equal(kept.rows, 2);
    assert.deepEqual(kept.rowsByInterval, [{ start: at('2023-09-14 02:00'), rows: 1 }]);
  }),
  engineCase('writes in the sort order of the table and says so', async (subject) => {
    const sortOrder = {
      orderId: 3,
      fields: [{ transform: { kind: 'identity' }, sourceId: 1, direction: 'desc', nullOrder: 'nulls-last' }],
    } as const;
    const sql = events(
      [2, '2023-09-14 02:00:00'],
      [9, '2023-09-14 02:10:00'],
      [4, '2023-09-14 03:00:00'],
      [5, '2023-09-14 02:20:00'],
    );
    const { files } = await write(subject, sql, { spec: BY_HOUR, sortOrder });
    assert.deepEqual(
      files.map((file) => file.sortOrderId),
      [3, 3],
    );
    const seen = await rows(subject, 'SELECT id FROM events', relation([files[0]!]));
    assert.deepEqual(seen, [[9n], [5n], [2n]]);
  }),
  engineCase('throws the reason of an abort and leaves no file', async (subject) => {
    const controller = new AbortController();
    const reason = new TypeError('enough');
    controller.abort(reason);
    const request = { sql: 'SELECT * FROM events', relations: [relation([])], limit: 1 };
    await assert.rejects(subject.engine.query(request, { signal: controller.signal }), reason);
  }),
  engineCase('writes many partitions, one file each, all rows there', async (subject) => {
    const schema = schemaOf({ id: 'long', event_ts: 'timestamp' });
    const times = Array.from(
      { length: 150 },
      (_, i) =>
        `(CAST(${i} AS BIGINT), TIMESTAMP '2023-09-${String(1 + Math.floor(i / 24)).padStart(2, '0')} ${String(i % 24).padStart(2, '0')}:00:00')`,
    );
    const sql = `SELECT * FROM (VALUES ${times.join(', ')}) AS v(id, event_ts)`;
    const { files, rows: count } = await write(subject, sql, { schema, spec: BY_HOUR, time: EVENT_TIME });
    assert.equal(count, 150);
    assert.equal(files.length, 150);
    assert.equal(new Set(files.map(({ partition }) => partition[0])).size, 150);
  }),
];
