import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { intervalSet, parseInstant, type Relation } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { expect, test } from 'vitest';

test('smoke', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'psy-'));
  const engine = await createDuckDbEngine({});
  const schema = {
    schemaId: 0,
    fields: [
      { id: 1, name: 'id', required: true, type: { kind: 'long' } },
      { id: 2, name: 'event_ts', required: false, type: { kind: 'timestamptz' } },
      {
        id: 3,
        name: 'st',
        required: false,
        type: {
          kind: 'struct',
          fields: [
            { id: 4, name: 'a', required: false, type: { kind: 'string' } },
            {
              id: 5,
              name: 'b',
              required: false,
              type: { kind: 'list', elementId: 6, elementRequired: false, element: { kind: 'double' } },
            },
          ],
        },
      },
    ],
  } as const;
  const target = {
    table: 'dw.signup_f',
    schema,
    spec: {
      specId: 3,
      fields: [
        { sourceId: 2, fieldId: 1000, name: 'event_ts_hour', transform: { kind: 'hour' } },
        { sourceId: 1, fieldId: 1001, name: 'id_b', transform: { kind: 'bucket', count: 4 } },
      ],
    },
    dataLocation: `file://${dir}/t/data`,
    properties: {},
    time: { kind: 'column', column: 'event_ts' },
  } as const;
  const r = await engine.transform({
    sql: "SELECT i AS id, TIMESTAMPTZ '2023-09-14 00:00:00+00' + to_minutes(i) AS event_ts, {'b': [1.5::double], 'a': 'x' || i} AS st FROM range(200) t(i);",
    relations: [],
    parameters: {},
    target,
    grain: 'hour',
    outside: 'error',
    nullTime: 'error',
  });
  console.dir(r, { depth: 5 });
  console.log(await readdir(dir, { recursive: true }));
  const rel: Relation = {
    names: ['signups', 'raw.signups', 'a.b.signups'],
    schema,
    time: { kind: 'column', column: 'event_ts' },
    parts: [
      {
        files: r.files,
        within: intervalSet([{ start: parseInstant('2023-09-14 01:00')!, end: parseInstant('2023-09-14 02:00')! }]),
      },
    ],
  };
  console.dir(
    await engine.query({
      sql: 'SELECT count(*) c, min(s.id) AS lo, max(raw.signups.id) hi, any_value(raw.signups.st) st FROM raw.signups JOIN a.b.signups s USING (id)',
      relations: [rel],
      limit: 10,
    }),
    { depth: 6 },
  );
  console.dir(await engine.profileTime({ schema, time: rel.time!, grain: 'hour', files: r.files.slice(0, 2) }), {
    depth: 6,
  });
  console.dir(
    await engine.compare({
      expected: rel,
      actual: { ...rel, parts: [{ files: r.files }] },
      ignore: [],
      floatTolerance: 1e-9,
      grain: 'hour',
      sampleSize: 2,
    }),
    { depth: 6 },
  );
  const a = await engine.analyze({
    sql: 'SELECT *, now() n FROM signups WHERE id > 5',
    relations: [rel],
    parameters: {},
  });
  console.dir(a, { depth: 5 });
  console.log(a.rowwiseProblems(['signups']));
  await engine.close();
  expect(r.rows).toBe(200);
});
