import assert from 'node:assert/strict';
import type { CompareRequest, Relation } from '../engine.ts';
import {
  at,
  type EngineSubject,
  EVENTS,
  type EventRow,
  engineCase,
  events,
  relation,
  schemaOf,
  write,
} from './subject.ts';

async function compare(
  subject: EngineSubject,
  expected: Relation,
  actual: Relation,
  overrides: Partial<CompareRequest> = {},
) {
  return subject.engine.compare({
    expected,
    actual,
    ignore: [],
    floatTolerance: 1e-9,
    grain: 'hour',
    sampleSize: 5,
    ...overrides,
  });
}

const table = async (subject: EngineSubject, ...list: readonly EventRow[]) =>
  relation((await write(subject, events(...list), { request: { nullTime: 'keep' } })).files);

const FLOATS = schemaOf({ id: 'long', x: 'double', y: 'double' });

async function floats(
  subject: EngineSubject,
  ...list: readonly (readonly [number, string, string])[]
): Promise<Relation> {
  const values = list.map(([id, x, y]) => `(CAST(${id} AS BIGINT), CAST(${x} AS DOUBLE), CAST(${y} AS DOUBLE))`);
  const sql = `SELECT * FROM (VALUES ${values.join(', ')}) AS v(id, x, y)`;
  const { names, parts } = relation((await write(subject, sql, { schema: FLOATS })).files);
  return { names, parts, schema: FLOATS };
}

export const comparingCases = [
  engineCase(
    'compares as multisets: order does not matter, numbers of copies do, NULL equals NULL',
    async (subject) => {
      const time = '2023-09-14 02:00:00';
      const a = await table(subject, [1, time, 'x'], [2, undefined], [2, undefined], [3, time]);
      const b = await table(subject, [3, time], [2, undefined], [1, time, 'x'], [2, undefined]);
      const same = await compare(subject, a, b);
      assert.deepEqual([same.rowsMissing, same.rowsExtra, same.intervals, same.missingSample], [0, 0, [], []]);
      assert.deepEqual(same.columns, ['id', 'event_ts', 'note']);
      const fewer = await compare(subject, a, await table(subject, [3, time], [2, undefined], [1, time, 'x']));
      assert.deepEqual([fewer.rowsMissing, fewer.rowsExtra, fewer.intervals], [1, 0, []]);
      assert.deepEqual(fewer.missingSample, [[2n, null, null]]);
    },
  ),
  engineCase('says in which intervals they differ, with samples', async (subject) => {
    const a = await table(subject, [1, '2023-09-14 02:10:00', 'x'], [2, '2023-09-14 03:00:00', 'x']);
    const b = await table(
      subject,
      [1, '2023-09-14 02:10:00', 'y'],
      [2, '2023-09-14 03:00:00', 'x'],
      [3, '2023-09-14 05:00:00', 'x'],
    );
    const result = await compare(subject, a, b);
    assert.deepEqual([result.rowsMissing, result.rowsExtra], [1, 2]);
    assert.deepEqual(result.intervals, [
      { start: at('2023-09-14 02:00'), missing: 1, extra: 1 },
      { start: at('2023-09-14 05:00'), missing: 0, extra: 1 },
    ]);
    assert.deepEqual(result.missingSample, [[1n, at('2023-09-14 02:10'), 'x']]);
    assert.deepEqual(
      result.extraSample.map(([id]) => id),
      [1n, 3n],
    );
    const ignoring = await compare(subject, a, b, { ignore: ['note'] });
    assert.deepEqual([ignoring.rowsMissing, ignoring.rowsExtra, ignoring.columns], [0, 1, ['id', 'event_ts']]);
    assert.equal((await compare(subject, a, b, { sampleSize: 1 })).extraSample.length, 1);
  }),
  engineCase('matches columns by name, whatever their order and ids', async (subject) => {
    const a = await table(subject, [1, '2023-09-14 02:10:00', 'x']);
    const reordered = { ...EVENTS, fields: EVENTS.fields.toReversed() };
    const b = await table(subject, [1, '2023-09-14 02:10:00', 'x']);
    const result = await compare(subject, a, { ...b, schema: reordered });
    assert.deepEqual([result.rowsMissing, result.rowsExtra], [0, 0]);
  }),
  engineCase('takes floats as equal within the tolerance, pairing rows by their other columns', async (subject) => {
    const a = await floats(subject, [1, '1', '0.1'], [1, '2', '0.1'], [2, "'NaN'", '0'], [3, "'Infinity'", 'NULL']);
    const b = await floats(
      subject,
      [1, '2.0000000000001', '0.1'],
      [1, '1', '0.10000000000001'],
      [2, "'NaN'", '0'],
      [3, "'Infinity'", 'NULL'],
    );
    const near = await compare(subject, a, b);
    assert.deepEqual([near.rowsMissing, near.rowsExtra], [0, 0]);
    const strict = await compare(subject, a, b, { floatTolerance: 0 });
    assert.deepEqual([strict.rowsMissing, strict.rowsExtra], [2, 2]);
    const far = await compare(
      subject,
      a,
      await floats(subject, [1, '1', '0.1'], [1, '2.1', '0.1'], [2, '0', '0'], [3, "'-Infinity'", 'NULL']),
    );
    assert.deepEqual([far.rowsMissing, far.rowsExtra], [3, 3]);
  }),
  engineCase('is not misled where noise changes the order of the floats', async (subject) => {
    const a = await floats(subject, [1, '1.0000000000001', '5'], [1, '1', '7'], [1, '3', '3']);
    const b = await floats(subject, [1, '1', '5'], [1, '1.0000000000001', '7'], [1, '3', '3']);
    const near = await compare(subject, a, b);
    assert.deepEqual([near.rowsMissing, near.rowsExtra], [0, 0]);
  }),
  engineCase('compares nested columns, NULL structs too', async (subject) => {
    const schema = {
      schemaId: 0,
      fields: [
        {
          id: 1,
          name: 'p',
          required: false,
          type: { kind: 'struct', fields: [{ id: 2, name: 'x', required: false, type: { kind: 'double' } }] },
        },
      ],
    } as const;
    const point = (x: string) => subject.structSql({ x: `CAST(${x} AS DOUBLE)` });
    const make = async (...points: readonly string[]) => {
      const sql = points.map((sqlText) => `SELECT ${sqlText} AS p`).join(' UNION ALL ');
      return { names: [], schema, parts: [{ files: (await write(subject, sql, { schema })).files }] };
    };
    const none = `CASE WHEN 1 = 0 THEN ${point('1')} END`;
    const same = await compare(subject, await make(point('0.1'), none), await make(none, point('0.10000000000001')));
    assert.deepEqual([same.rowsMissing, same.rowsExtra], [0, 0]);
    const other = await compare(subject, await make(point('0.1'), none), await make(point('0.1'), point('NULL')));
    assert.deepEqual([other.rowsMissing, other.rowsExtra], [1, 1]);
  }),
];
