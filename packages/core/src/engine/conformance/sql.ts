import assert from 'node:assert/strict';
import type { ParameterValue } from '../engine.ts';
import { at, EVENTS, engineCase, events, relation, rows, schemaOf, write } from './subject.ts';

const RANGE: Readonly<Record<string, ParameterValue>> = {
  range_start: { kind: 'instant', value: at('2023-09-14 02:00') },
  range_end: { kind: 'instant', value: at('2023-09-14 03:00') },
  session_id: { kind: 'text', value: "it's 1" },
};

const EMPTY = relation([]);
const PLANS = relation([], { names: ['plans', 'ref.plans'], schema: schemaOf({ id: 'long', price: 'double' }) });

/** Statement, and a part of the message or nothing. */
const FORBIDDEN: readonly string[] = [
  'DROP TABLE events',
  'INSERT INTO events VALUES (1)',
  'SELECT * FROM events; SELECT 1',
  'SELECT * FROM nobody_knows',
  'SELECT * FROM raw.nobody_knows',
  'SELECT * FROM other.events',
  'WITH x AS (SELECT * FROM y), y AS (SELECT 1) SELECT * FROM x',
  '',
  '-- nothing but a comment',
];

export const sqlCases = [
  engineCase('knows a relation by all its names, in FROM and before columns, in any case', async (subject) => {
    const { files } = await write(subject, events([1, '2023-09-14 02:00:00']));
    const source = relation(files, { names: ['events', 'raw.events', 'deep.er.events', '"q.s".events'] });
    for (const sql of [
      'SELECT events.id FROM events',
      'SELECT EVENTS.ID FROM Events',
      'SELECT events.id FROM raw.events',
      'SELECT raw.events.id FROM raw.events',
      'SELECT e.id FROM deep.er.events AS e;',
      'SELECT deep.er.events.id FROM deep . er . events',
      'WITH events AS (SELECT * FROM raw.events) SELECT id FROM events',
    ]) {
      assert.deepEqual(await rows(subject, sql, source), [[1n]], sql);
    }
  }),
  engineCase('puts literals in the place of placeholders, and only there', async (subject) => {
    const sql = `SELECT :range_start AS a, ':range_start' AS b, :session_id AS c /* :nobody */ FROM (SELECT 1) AS x
      WHERE CAST(:range_end AS DATE) IS NOT NULL -- :nobody`;
    const { rows: found } = await subject.engine.query({ sql, relations: [], parameters: RANGE, limit: 5 });
    assert.deepEqual(found, [[at('2023-09-14 02:00'), ':range_start', "it's 1"]]);
    const wrong = subject.engine.query({ sql: 'SELECT\n  :rang_start', relations: [], parameters: RANGE, limit: 5 });
    await assert.rejects(wrong, (error: Error & { code?: string; position?: unknown }) => {
      assert.equal(error.code, 'ENG_SQL');
      assert.match(error.message, /:range_start\?/);
      assert.deepEqual(error.position, { line: 2, column: 3 });
      return true;
    });
  }),
  engineCase('writes placeholders in the type of the time of the target', async (subject) => {
    const day = schemaOf({ id: 'long', day: 'date' });
    const result = await write(subject, 'SELECT CAST(1 AS BIGINT) AS id, :range_start AS day', {
      schema: day,
      time: { kind: 'column', column: 'day' },
      request: { parameters: { range_start: { kind: 'instant', value: at('2023-09-14') } } },
    });
    assert.deepEqual(result.rowsByInterval, [{ start: at('2023-09-14'), rows: 1 }]);
    const seconds = await write(subject, 'SELECT CAST(1 AS BIGINT) AS id, :range_start AS day', {
      schema: schemaOf({ id: 'long', day: 'long' }),
      time: { kind: 'epoch', column: 'day', unit: 's' },
      request: { parameters: { range_start: { kind: 'instant', value: at('2023-09-14 05:00') } } },
    });
    assert.deepEqual(seconds.rowsByInterval, [{ start: at('2023-09-14 05:00'), rows: 1 }]);
  }),
  ...FORBIDDEN.map((sql) =>
    engineCase(`refuses ${JSON.stringify(sql)} before anything runs`, async (subject) => {
      await assert.rejects(
        subject.engine.query({ sql, relations: [EMPTY], limit: 1 }),
        (error: Error & { code?: string }) => {
          assert.ok(error.code === 'ENG_SQL' || error.code === 'ENG_FORBIDDEN', `${error.name}: ${error.message}`);
          return true;
        },
      );
    }),
  ),
  engineCase('suggests the input that was meant', async (subject) => {
    const wrong = subject.engine.query({ sql: 'SELECT *\nFROM evnts', relations: [EMPTY], limit: 1 });
    await assert.rejects(wrong, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ENG_SQL');
      assert.match(error.message, /Did you mean events\?/);
      return true;
    });
  }),
  engineCase('names the columns that there are when one is wrong', async (subject) => {
    const wrong = subject.engine.query({ sql: 'SELECT evnt_ts FROM events', relations: [EMPTY], limit: 1 });
    await assert.rejects(wrong, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ENG_SQL');
      assert.match(error.message, /event_ts/);
      return true;
    });
  }),
  engineCase('says what a transform returns and reads, without running it', async (subject) => {
    const analysis = await subject.engine.analyze({
      sql: 'SELECT e.id, count(*) AS n, sum(e.id) AS s, max(p.price) AS p, max(event_ts) AS t FROM raw.events e JOIN plans p ON e.id = p.id WHERE event_ts < :range_end GROUP BY e.id',
      relations: [EMPTY, PLANS],
      parameters: RANGE,
      timeType: { kind: 'timestamp' },
    });
    assert.deepEqual(
      analysis.columns.map(({ name, type }) => [name, type.kind]),
      [
        ['id', 'long'],
        ['n', 'long'],
        ['s', 'long'],
        ['p', 'double'],
        ['t', 'timestamp'],
      ],
    );
    assert.deepEqual(analysis.reads, ['raw.events', 'plans']);
    assert.deepEqual(analysis.volatileFunctions, []);
    assert.equal(analysis.mayChangeRowCount, true);
    assert.ok(analysis.rowwiseProblems(['events']).length > 0);
    assert.deepEqual(analysis.rowwiseProblems([]), []);
  }),
  engineCase('names functions of the clock and of chance', async (subject) => {
    const sql = 'SELECT current_timestamp AS a, now() AS b, current_date AS c FROM events';
    const { volatileFunctions } = await subject.engine.analyze({ sql, relations: [EMPTY], parameters: {} });
    assert.deepEqual([...volatileFunctions].sort(), ['current_date', 'current_timestamp', 'now']);
  }),
  ...rowWiseCases(),
  engineCase('returns at most as many rows as were asked for', async (subject) => {
    const { files } = await write(
      subject,
      events([1, '2023-09-14 02:00:00'], [2, '2023-09-14 02:00:00'], [3, '2023-09-14 02:00:00']),
    );
    const query = { sql: 'SELECT id FROM events ORDER BY id DESC', relations: [relation(files)] };
    assert.deepEqual((await subject.engine.query({ ...query, limit: 2 })).rows, [[3n], [2n]]);
    assert.deepEqual((await subject.engine.query({ ...query, limit: 0 })).rows, []);
  }),
];

function rowWiseCases() {
  const rowWise = [
    'SELECT * FROM events',
    'SELECT id + 1 AS id, upper(note) AS note FROM raw.events WHERE event_ts IS NOT NULL ORDER BY id',
    'SELECT e.id, p.price FROM events e JOIN plans p ON e.id = p.id',
    'SELECT e.id, p.price FROM events e LEFT JOIN plans p ON e.id = p.id',
    'SELECT e.id, p.price FROM plans p RIGHT JOIN events e ON e.id = p.id',
    'WITH best AS (SELECT id, max(price) AS price FROM plans GROUP BY id) SELECT e.id, b.price FROM events e JOIN best b ON e.id = b.id',
    'WITH s AS (SELECT * FROM events WHERE id > 3) SELECT id FROM s',
    'SELECT id FROM events UNION ALL SELECT id FROM plans',
    'SELECT id FROM events WHERE id IN (SELECT id FROM plans)',
    'SELECT id FROM events WHERE EXISTS (SELECT 1 FROM plans WHERE plans.id = events.id)',
  ];
  const not = [
    'SELECT count(*) AS n FROM events',
    'SELECT id, max(event_ts) AS t FROM events GROUP BY id',
    'SELECT DISTINCT id FROM events',
    'SELECT id, row_number() OVER (ORDER BY id) AS r FROM events',
    'SELECT id FROM events ORDER BY id LIMIT 3',
    'SELECT id FROM events UNION SELECT id FROM plans',
    'SELECT id FROM events EXCEPT SELECT id FROM plans',
    'SELECT id FROM plans INTERSECT SELECT id FROM events',
    'SELECT id FROM events UNION ALL SELECT id FROM events',
    'WITH s AS (SELECT * FROM events) SELECT a.id FROM s a JOIN s b ON a.id = b.id',
    'SELECT p.id FROM plans p LEFT JOIN events e ON e.id = p.id',
    'SELECT p.id FROM events e RIGHT JOIN plans p ON e.id = p.id',
    'SELECT p.id FROM events e FULL JOIN plans p ON e.id = p.id',
    'SELECT id FROM plans WHERE id IN (SELECT id FROM events)',
    'SELECT id, (SELECT max(id) FROM events) AS m FROM plans',
    'WITH s AS (SELECT DISTINCT id FROM events) SELECT * FROM s',
  ];
  return [...rowWise.map((sql) => rowWiseCase(sql, true)), ...not.map((sql) => rowWiseCase(sql, false))];
}

function rowWiseCase(sql: string, isRowWise: boolean) {
  return engineCase(`${isRowWise ? 'finds' : 'does not find'} row-wise: ${sql}`, async (subject) => {
    const relations = [relation([], { schema: EVENTS }), PLANS];
    const analysis = await subject.engine.analyze({ sql, relations, parameters: {} });
    const problems = analysis.rowwiseProblems(['events']);
    assert.equal(problems.length === 0, isRowWise, problems.join('; '));
  });
}
