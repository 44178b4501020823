import assert from 'node:assert/strict';
import { type DataFile, type NestedField, type Schema, type Type, UNPARTITIONED_SPEC } from '@psyberg/iceberg';
import {
  type EngineSubject,
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

const field = (id: number, name: string, type: Type, required = false): NestedField => ({ id, name, required, type });
const schema = (...fields: readonly NestedField[]): Schema => ({ schemaId: 0, fields });

const STRING: Type = { kind: 'string' };
const INT: Type = { kind: 'int' };

/** One file written under one schema, seen under another. */
async function seenAs(subject: EngineSubject, files: readonly DataFile[], seen: Schema, sql: string) {
  const { names, parts } = relation(files);
  return rows(subject, sql, { names, parts, schema: seen });
}

const OLD = schema(field(1, 'a', INT), field(2, 'b', STRING), field(3, 'c', { kind: 'float' }));
const OLD_ROW = "SELECT CAST(7 AS INT) AS a, 'x' AS b, CAST(1.5 AS FLOAT) AS c";

const writeOld = async (subject: EngineSubject): Promise<readonly DataFile[]> =>
  (await write(subject, OLD_ROW, { schema: OLD })).files;

export const readingCases = [
  engineCase('reads a renamed column, and a promoted one', async (subject) => {
    const seen = schema(
      field(1, 'number', { kind: 'long' }),
      field(2, 'text', STRING),
      field(3, 'c', { kind: 'double' }),
    );
    assert.deepEqual(await seenAs(subject, await writeOld(subject), seen, 'SELECT * FROM events'), [[7n, 'x', 1.5]]);
  }),
  engineCase('reads swapped names by their ids', async (subject) => {
    const swapped = schema(field(1, 'b', INT), field(2, 'a', STRING));
    assert.deepEqual(await seenAs(subject, await writeOld(subject), swapped, 'SELECT a, b FROM events'), [['x', 7]]);
  }),
  engineCase('shows NULL for an added column, and for one dropped and added again under its name', async (subject) => {
    const seen = schema(field(1, 'a', INT), field(9, 'b', STRING), field(10, 'd', { kind: 'date' }));
    assert.deepEqual(await seenAs(subject, await writeOld(subject), seen, 'SELECT a, b, d FROM events'), [
      [7, null, null],
    ]);
  }),
  engineCase('reads files of several generations of one schema together', async (subject) => {
    const older = await writeOld(subject);
    const newer = await write(subject, "SELECT CAST(8 AS BIGINT) AS n, 'y' AS t", {
      schema: schema(field(1, 'n', { kind: 'long' }), field(2, 't', STRING)),
    });
    const seen = schema(field(1, 'n', { kind: 'long' }), field(2, 't', STRING));
    const both = [...older, ...newer.files];
    assert.deepEqual(await seenAs(subject, both, seen, 'SELECT n, t FROM events ORDER BY n'), [
      [7n, 'x'],
      [8n, 'y'],
    ]);
  }),
  engineCase(
    'reads nested fields by id: renamed, added, dropped, reordered; a null struct stays null',
    async (subject) => {
      const point = field(1, 'p', { kind: 'struct', fields: [field(2, 'x', INT), field(3, 'y', INT)] });
      const full = subject.structSql({ x: 'CAST(1 AS INT)', y: 'CAST(2 AS INT)' });
      const written = await write(
        subject,
        `SELECT ${full} AS p, CAST(1 AS INT) AS id UNION ALL SELECT CASE WHEN 1 = 0 THEN ${full} END, CAST(2 AS INT)`,
        { schema: schema(point, field(4, 'id', INT)) },
      );
      const seen = schema(
        field(1, 'p', {
          kind: 'struct',
          fields: [field(9, 'x', STRING), field(3, 'why', { kind: 'long' }), field(2, 'y', INT)],
        }),
        field(4, 'id', INT),
      );
      assert.deepEqual(await seenAs(subject, written.files, seen, 'SELECT id, p FROM events ORDER BY id'), [
        [1, { x: null, why: 2n, y: 1 }],
        [2, null],
      ]);
    },
  ),
  engineCase('shows a relation without files as empty, with its columns', async (subject) => {
    const empty = relation([], { parts: [] });
    const { columns, rows: none } = await subject.engine.query({
      sql: 'SELECT * FROM events',
      relations: [empty],
      limit: 9,
    });
    assert.deepEqual(none, []);
    assert.deepEqual(
      columns.map(({ name, type }) => [name, type.kind]),
      EVENTS.fields.map(({ name, type }) => [name, type.kind]),
    );
    assert.deepEqual(await rows(subject, 'SELECT count(*) FROM raw.events', relation([], { parts: [{ files: [] }] })), [
      [0n],
    ]);
  }),
  engineCase('unites parts and keeps repeated rows', async (subject) => {
    const { files } = await write(subject, events([1, '2023-09-14 01:00:00'], [2, '2023-09-14 02:30:00']));
    const early = { files, within: span(['2023-09-14 01:00', '2023-09-14 02:00']) };
    assert.deepEqual(await ids(subject, relation(files, { parts: [early, { files }] })), [1, 1, 2]);
  }),
  engineCase('takes the rows of other files away, copy by copy, then limits what is left', async (subject) => {
    const time = '2023-09-14 01:00:00';
    const { files } = await write(
      subject,
      events(
        [1, time, 'x'],
        [1, time, 'x'],
        [1, time, 'y'],
        [2, undefined],
        [2, undefined],
        [3, '2023-09-14 05:00:00'],
      ),
      { request: { nullTime: 'keep' } },
    );
    const other = await write(subject, events([1, time, 'x'], [2, undefined], [9, time]), {
      request: { nullTime: 'keep' },
    });
    const less = { files, without: other.files };
    assert.deepEqual(await ids(subject, relation(files, { parts: [less] })), [1, 1, 2, 3]);
    assert.deepEqual(await ids(subject, relation(files, { parts: [{ files, without: files }] })), []);
    assert.deepEqual(await ids(subject, relation(files, { parts: [{ files, without: [] }, less] })), [
      ...[1, 1, 1, 1, 1],
      ...[2, 2, 2, 3, 3],
    ]);
    const early = { ...less, within: span(['2023-09-14 01:00', '2023-09-14 02:00']) };
    assert.deepEqual(await ids(subject, relation(files, { parts: [early] })), [1, 1]);
    const counted = await subject.engine.transform({
      sql: 'SELECT id, event_ts, note FROM events',
      relations: [relation(files, { parts: [{ ...less, dropNullTimes: true }] })],
      parameters: {},
      grain: 'hour',
      outside: 'error',
      nullTime: 'error',
      target: {
        table: 'dw.less',
        schema: EVENTS,
        spec: UNPARTITIONED_SPEC,
        dataLocation: `${subject.location}/less/data`,
        properties: {},
      },
    });
    assert.deepEqual([counted.rows, counted.inputs], [3, [{ rows: 3, nullTimeRows: 1 }]]);
  }),
  engineCase(
    'takes away what is equal under the schema that is seen: promoted, renamed and added columns',
    async (subject) => {
      const older = await writeOld(subject);
      const seen = schema(field(1, 'n', { kind: 'long' }), field(2, 't', STRING), field(9, 'more', INT));
      const newer = await write(
        subject,
        "SELECT CAST(7 AS BIGINT) AS n, 'x' AS t, CAST(NULL AS INT) AS more UNION ALL SELECT 8, 'y', 1",
        { schema: seen },
      );
      const parts = [{ files: newer.files, without: older }];
      const left = await rows(subject, 'SELECT * FROM events', { names: ['events'], schema: seen, parts });
      assert.deepEqual(left, [[8n, 'y', 1]]);
    },
  ),
  engineCase('keeps every type exact from writing to reading', async (subject) => {
    const types = schema(
      field(1, 'b', { kind: 'boolean' }),
      field(2, 'l', { kind: 'long' }),
      field(3, 'd', { kind: 'decimal', precision: 20, scale: 4 }),
      field(4, 'day', { kind: 'date' }),
      field(5, 'ts', { kind: 'timestamp' }),
      field(6, 's', STRING),
      field(7, 'f', { kind: 'double' }),
    );
    const sql = `SELECT true AS b, CAST(9223372036854775807 AS BIGINT) AS l, CAST('-1234567890123456.7891' AS DECIMAL(20, 4)) AS d,
      DATE '1969-12-31' AS day, TIMESTAMP '1969-12-31 23:59:59.999999' AS ts, 'ünï' AS s, CAST('0.1' AS DOUBLE) AS f`;
    const { files } = await write(subject, sql, { schema: types });
    assert.deepEqual(await seenAs(subject, files, types, 'SELECT * FROM events'), [
      [true, 9223372036854775807n, -12345678901234567891n, -1, -1n, 'ünï', 0.1],
    ]);
  }),
  engineCase('finds locations however their scheme is written', async (subject) => {
    const { files } = await write(subject, events([1, '2023-09-14 01:00:00']));
    for (const path of respellings(files[0]!.path)) {
      assert.deepEqual(await ids(subject, relation([{ ...files[0]!, path }])), [1], path);
    }
  }),
  engineCase('calls run side by side, and none sees the relations of another', async (subject) => {
    const { files } = await write(subject, events([1, '2023-09-14 01:00:00'], [2, '2023-09-14 02:00:00']));
    const calls = Array.from({ length: 6 }, (_, i) => {
      const names = i % 2 === 0 ? ['events'] : ['others'];
      return ids(subject, relation(files, { names }));
    });
    for (const found of await Promise.all(calls)) assert.deepEqual(found, [1, 2]);
    const long = schemaOf({ id: 'long' });
    const mine = subject.engine.query({
      sql: 'SELECT * FROM others',
      relations: [{ names: ['events'], schema: long, parts: [] }],
      limit: 1,
    });
    await assert.rejects(mine, { code: 'ENG_SQL' });
  }),
];

function respellings(path: string): readonly string[] {
  if (!path.startsWith('file:')) return [path];
  const bare = path.replace(/^file:(\/\/)?/, '');
  return [bare, `file:${bare}`, `file://${bare}`];
}
