import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineProgress } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { field, schemaOf, tableOf } from './support/workbench.ts';

const SCHEMA = schemaOf(field(1, 'id', 'long'));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'duckdb-lifecycle-'));
});
afterAll(() => rm(folder, { recursive: true }));

const numbers = (count: number, place: string) =>
  ({
    sql: `SELECT i AS id FROM range(${count}) t(i)`,
    relations: [],
    parameters: {},
    grain: 'hour',
    outside: 'error',
    nullTime: 'error',
    target: {
      table: 'dw.t',
      schema: SCHEMA,
      spec: { specId: 0, fields: [] },
      dataLocation: `file://${folder}/${place}/data`,
      properties: {},
    },
  }) as const;

test('DuckDB is not loaded before the first call', async () => {
  const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('@duckdb'));
  const engine = await createDuckDbEngine();
  expect(loaded()).toBe(false);
  await engine.query({ sql: 'SELECT 1', relations: [], limit: 1 });
  expect(loaded()).toBe(true);
  await engine.close();
});

test('an engine that was closed says so', async () => {
  const engine = await createDuckDbEngine();
  await engine.query({ sql: 'SELECT 1', relations: [], limit: 1 });
  await engine.close();
  await engine.close();
  await expect(engine.query({ sql: 'SELECT 1', relations: [], limit: 1 })).rejects.toThrow(/was closed/);
});

test('one that never did anything can be closed', async () => {
  await (await createDuckDbEngine({ allowedLocations: [folder] })).close();
});

test('a wrong memory limit is an error of the first call, and of every one after it', async () => {
  const engine = await createDuckDbEngine({ memoryLimit: 'much' });
  for (let i = 0; i < 2; i += 1) {
    await expect(engine.query({ sql: 'SELECT 1', relations: [], limit: 1 })).rejects.toMatchObject({
      code: 'ENG_FAILED',
    });
  }
  await engine.close();
});

test('files elsewhere are met while other calls run', async () => {
  const engine = await createDuckDbEngine({ allowedLocations: [`file://${folder}/here`], threads: 2 });
  const slow = engine.transform(numbers(2_000_000, 'here'));
  const elsewhere = await Promise.all(['a', 'b', 'c'].map((place) => engine.transform(numbers(10, place))));
  for (const { files } of elsewhere) {
    const { rows } = await engine.query({
      sql: 'SELECT count(*) FROM t',
      relations: [tableOf(SCHEMA, files)],
      limit: 1,
    });
    expect(rows).toEqual([[10n]]);
  }
  const relations = [tableOf(SCHEMA, [...elsewhere.flatMap(({ files }) => files), ...(await slow).files])];
  expect((await engine.query({ sql: 'SELECT count(*) FROM t', relations, limit: 1 })).rows).toEqual([[2_000_030n]]);
  await engine.close();
});

test('many calls at once each have their own relations', async () => {
  const engine = await createDuckDbEngine({ allowedLocations: [folder], threads: 2 });
  const written = await Promise.all(Array.from({ length: 9 }, (_, i) => engine.transform(numbers(i + 1, `many-${i}`))));
  const counts = await Promise.all(
    written.map(({ files }) =>
      engine.query({ sql: 'SELECT count(*) FROM t', relations: [tableOf(SCHEMA, files)], limit: 1 }),
    ),
  );
  expect(counts.map(({ rows }) => rows[0]![0])).toEqual([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n]);
  await engine.close();
});

test('progress is reported while DuckDB works', async () => {
  const engine = await createDuckDbEngine({ allowedLocations: [folder], threads: 1 });
  const heard: EngineProgress[] = [];
  const sql = 'SELECT count(*) FROM range(700000000) t(i) WHERE i % 7 = 3';
  await engine.query({ sql, relations: [], limit: 1 }, { onProgress: (progress) => heard.push(progress) });
  expect(heard.length).toBeGreaterThan(0);
  for (const { fraction } of heard) {
    expect(fraction).toBeGreaterThanOrEqual(0);
    expect(fraction).toBeLessThanOrEqual(1);
  }
  await engine.close();
});

test('memory that does not suffice is told as such, and the engine goes on', async () => {
  const engine = await createDuckDbEngine({ memoryLimit: '60MB', threads: 1, allowedLocations: [folder] });
  const sql = 'SELECT list(i) AS l FROM range(20000000) t(i)';
  await expect(engine.query({ sql, relations: [], limit: 1 })).rejects.toMatchObject({ code: 'ENG_OUT_OF_MEMORY' });
  expect((await engine.query({ sql: 'SELECT 1 AS x', relations: [], limit: 1 })).rows).toEqual([[1]]);
  await engine.close();
});
