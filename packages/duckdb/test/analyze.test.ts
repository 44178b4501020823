import { describe, expect, test } from 'vitest';
import { field, schemaOf, tableOf, workbench } from './support/workbench.ts';

const bench = workbench();
const EVENTS = tableOf(
  schemaOf(
    field(1, 'id', 'long'),
    field(2, 'ts', 'timestamp'),
    field(3, 'tags', { kind: 'list', elementId: 4, element: { kind: 'string' }, elementRequired: false }),
  ),
  [],
  {
    names: ['events', 'raw.events'],
  },
);
const OTHERS = tableOf(schemaOf(field(1, 'id', 'long'), field(2, 'ts', 'timestamp')), [], { names: ['others'] });
const PLANS = tableOf(
  schemaOf(field(1, 'id', 'long'), field(2, 'since', 'timestamp'), field(3, 'price', 'double')),
  [],
  { names: ['plans'] },
);

const analyze = (sql: string) => bench.engine.analyze({ sql, relations: [EVENTS, OTHERS, PLANS], parameters: {} });
const problems = async (sql: string) => (await analyze(sql)).rowwiseProblems(['raw.events', 'others']);

describe('row-wise', () => {
  test.each([
    'SELECT id, unnest(tags) AS tag FROM events',
    'SELECT id, u.tag FROM events, unnest(tags) AS u(tag)',
    'SELECT e.id, l.x FROM events e, LATERAL (SELECT e.id + 1 AS x) l',
    'SELECT e.id, p.price FROM events e ASOF LEFT JOIN plans p ON e.id = p.id AND e.ts >= p.since',
    'SELECT e.id FROM events e SEMI JOIN plans p USING (id)',
    'SELECT e.id FROM events e ANTI JOIN plans p USING (id)',
    'SELECT id, (SELECT max(price) FROM plans p WHERE p.id = e.id) AS price FROM events e',
    'SELECT id, list_sum([1, 2]) AS s, list_transform(tags, lambda t: upper(t)) AS t FROM events',
    'SELECT id FROM events UNION ALL SELECT id FROM others',
    'SELECT id FROM events UNION ALL BY NAME SELECT id FROM plans',
    'WITH unused AS (SELECT count(*) FROM events) SELECT id FROM events',
    'SELECT * FROM (UNPIVOT events ON id)',
    'WITH top AS (SELECT * FROM plans QUALIFY row_number() OVER (PARTITION BY id ORDER BY since DESC) = 1) SELECT e.id, t.price FROM events e LEFT JOIN top t USING (id)',
    'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT e.id, r.n FROM events e, r',
  ])('is: %s', async (sql) => {
    expect(await problems(sql)).toEqual([]);
  });

  test.each([
    ['SELECT * FROM events QUALIFY row_number() OVER (PARTITION BY id ORDER BY ts) = 1', /QUALIFY/],
    ['SELECT id, max(ts) FROM events GROUP BY ALL', /GROUP BY/],
    ['SELECT id FROM events GROUP BY id HAVING true', /HAVING/],
    ['SELECT DISTINCT ON (id) * FROM events', /DISTINCT/],
    ['SELECT * FROM events LIMIT 10%', /LIMIT/],
    ['SELECT * FROM events OFFSET 2', /OFFSET/],
    ['SELECT * FROM events USING SAMPLE 10', /sample/],
    ['SELECT * FROM events TABLESAMPLE 10%', /sample/],
    ['SELECT e.id FROM events e JOIN others o USING (id)', /events and others are joined/],
    ['SELECT e.id FROM events e JOIN raw.events o USING (id)', /read more than once/],
    ['SELECT p.id FROM plans p ASOF JOIN events e ON e.id = p.id AND p.since >= e.ts', /ASOF/],
    ['SELECT p.id FROM plans p SEMI JOIN events e USING (id)', /SEMI/],
    ['SELECT e.id FROM events e POSITIONAL JOIN plans p', /POSITIONAL/],
    ['SELECT * FROM (PIVOT (SELECT id, ts FROM events) ON id IN (1, 2) USING count(*))', /PIVOT/],
    [
      'WITH RECURSIVE r AS (SELECT id FROM events UNION ALL SELECT id + 1 FROM r WHERE id < 3) SELECT * FROM r',
      /recursive/,
    ],
    ['SELECT id, geomean(id) FROM events GROUP BY id', /geomean/],
    ['SELECT p.id FROM plans p WHERE EXISTS (SELECT 1 FROM events e WHERE e.id = p.id)', /subquery/],
    ['SELECT p.id, x FROM plans p, LATERAL (SELECT max(e.id) AS x FROM events e WHERE e.id = p.id) l', /max/],
    ['WITH s AS (SELECT count(*) AS n FROM events) SELECT * FROM plans, s', /count/],
    ['SELECT p.id FROM plans p LEFT JOIN events e USING (id)', /LEFT join adds rows that are not of events/],
    ['SELECT p.id FROM plans p JOIN events e ON p.id = (SELECT max(id) FROM others)', /join condition/],
  ])('is not: %s', async (sql, said) => {
    expect((await problems(sql)).join('; ')).toMatch(said);
  });
});

describe('analysis', () => {
  test.each([
    ['SELECT id, age(ts)::VARCHAR AS a, random() AS r FROM events', ['age', 'random']],
    ['SELECT uuid() AS u, today() AS t FROM events', ['uuid', 'today']],
    [
      'SELECT localtimestamp AS l FROM events WHERE ts < get_current_timestamp()::TIMESTAMP',
      ['localtimestamp', 'get_current_timestamp'],
    ],
    ['SELECT age(ts, ts)::VARCHAR AS a FROM events', []],
    ['WITH s AS (SELECT now() AS n) SELECT n, id FROM s, events', ['now']],
    ['SELECT * FROM events TABLESAMPLE 5%', ['sample']],
  ])('finds in %s the clock and chance', async (sql, expected) => {
    expect((await analyze(sql)).volatileFunctions).toEqual(expected);
  });

  test.each([
    ['SELECT id, upper(tags[1]) AS t FROM events', false],
    ['SELECT id FROM events ORDER BY id', false],
    ['WITH s AS (SELECT * FROM events) SELECT * FROM s', false],
    ['SELECT id FROM events WHERE id > 1', true],
    ['SELECT id FROM events JOIN plans USING (id)', true],
    ['SELECT unnest(tags) AS t FROM events', true],
    ['SELECT id FROM events UNION ALL SELECT id FROM others', true],
    ['SELECT count(*) AS n FROM events', true],
    ['WITH s AS (SELECT * FROM events WHERE id > 1) SELECT * FROM s', true],
    ['SELECT id FROM (SELECT * FROM events LIMIT 5)', true],
  ])('knows whether %s may change the number of rows', async (sql, expected) => {
    expect((await analyze(sql)).mayChangeRowCount).toBe(expected);
  });

  test('names what is read once each, as it was declared', async () => {
    const { reads } = await analyze(
      'SELECT a.id FROM RAW.events a JOIN events b USING (id) JOIN plans USING (id) JOIN raw.events c USING (id)',
    );
    expect(reads).toEqual(['raw.events', 'events', 'plans']);
  });
});
