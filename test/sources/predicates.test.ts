/** What `init --predicates` prints selects, on the tables themselves, just the rows that the session would read. */
import { audit, commit, init, publish, type SourcePredicate, sourcePredicates, write } from '@psyberg/core';
import {
  currentSchema,
  openTable,
  parseIdentifier,
  planFiles,
  snapshotChanges,
  snapshotsBetween,
} from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { appendRows, createTable } from '../../examples/lake.mjs';
import { timeWhere } from '../../packages/core/src/plan/time-where.ts';
import type { TimeColumn } from '../../packages/core/src/process/time-column.ts';
import { toInstant } from '../../packages/core/src/time/instant.ts';
import { type IntervalSet, intervalSet } from '../../packages/core/src/time/interval-set.ts';
import { COPY, events, type House, type ProcessConfig, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { deleteWhere } from './hands.ts';

const build = houses();
const BASE = Date.parse('2023-09-14T00:00:00Z');
const HOUR = 3_600_000;

/** The ids that a WHERE clause selects of the rows that it speaks of. */
async function selected(house: House, { table: name, from, to, rows, where }: SourcePredicate): Promise<string[]> {
  const table = await openTable(house.lake.catalog, parseIdentifier(name));
  const files = [];
  if (rows === 'added') {
    for (const snapshot of snapshotsBetween(table.metadata, from, to!))
      files.push(...(await snapshotChanges(table, snapshot.snapshotId)).added);
  } else if (to !== undefined) files.push(...(await planFiles(table, { snapshotId: to })));
  const parts = [{ files: files.map(({ file }) => file) }];
  const result = await house.lake.engine.query({
    sql: `select id from t where ${where}`,
    relations: [{ names: ['t'], schema: currentSchema(table.metadata), parts }],
    limit: 1000,
  });
  return result.rows.map(([id]) => String(id)).sort();
}

/** Plans a session and asks for its reads. */
async function reads(house: House, process: string, session: string): Promise<readonly SourcePredicate[]> {
  const project = await house.project();
  const { plan, process: name } = (await init(project, { process, session })).process;
  return sourcePredicates(project, name, plan!, 'duckdb');
}

async function finish(house: House, process: string, session: string): Promise<void> {
  for (const step of [write, audit, publish, commit]) await step(await house.project(), { process, session });
}

const ids = (house: House, reads: readonly SourcePredicate[]) =>
  Promise.all(reads.map((read) => selected(house, read)));

test('an overwriting session reads its range, widened by what it needs around, of the snapshots that it pins', async () => {
  const wide: ProcessConfig = {
    ...TOTALS,
    sources: [
      { table: 'raw.events', time: 'ts', reads: { before: '2h' }, from: '2023-09-14T01:00:00Z' },
      { table: 'ref.price', role: 'lookup' },
    ],
  };
  const house = await build({ totals: wide });
  await createTable(house.lake, 'ref.price', { id: 'long' });
  await house.append([0, 1, 2, 3, 4, 5, 6].flatMap((h) => events(h, h)));
  const first = await reads(house, 'totals', 's1');
  await finish(house, 'totals', 's1');
  await house.append(events(4, 40));
  const second = await reads(house, 'totals', 's2');
  await house.append(events(5, 50));
  expect(second).toMatchObject([
    { table: 'raw.events', as: 'events', rows: 'all', where: expect.stringContaining("'2023-09-14 02:00:00+00'") },
    { table: 'ref.price', rows: 'all', where: 'TRUE' },
  ]);
  expect(await ids(house, first)).toEqual([['1', '2', '3', '4', '5', '6'], []]);
  expect(await ids(house, second)).toEqual([['2', '3', '4', '40', '5', '6'], []]);
});

test('an appending session reads what was added, and all of the intervals that it replaces', async () => {
  const house = await build({
    copy: { ...COPY, sources: [{ table: 'raw.events', time: 'ts', onOverwrite: 'recompute' }] },
  });
  await house.append([...events(1, 1, 2), ...events(3, 3)]);
  const first = await reads(house, 'copy', 's1');
  expect(first).toMatchObject([{ rows: 'all' }]);
  expect(await ids(house, first)).toEqual([['1', '2', '3']]);
  await finish(house, 'copy', 's1');
  await house.append([...events(1, 10), ...events(5, 50)]);
  const second = await reads(house, 'copy', 's2');
  expect(second).toMatchObject([{ rows: 'added', from: first[0]!.to }]);
  expect(await ids(house, second)).toEqual([['10', '50']]);
  await finish(house, 'copy', 's2');
  await house.append(events(7, 70));
  await deleteWhere(house, 'raw.events', 'id = 50');
  const third = await reads(house, 'copy', 's3');
  expect(third.map(({ rows }) => rows)).toEqual(['added', 'all']);
  expect(await ids(house, third)).toEqual([['70'], ['1', '10', '2']]);
  await finish(house, 'copy', 's3');
  expect(await reads(house, 'copy', 's4')).toEqual([]);
});

test('every form of time selects what our own reading of it does', async () => {
  const house = await build({});
  const forms: Readonly<Record<string, readonly [TimeColumn, string | undefined]>> = {
    zoned: [{ kind: 'column', column: 'zoned' }, 'timestamptz'],
    plain: [{ kind: 'column', column: 'plain' }, 'timestamp'],
    day: [{ kind: 'column', column: 'day' }, 'date'],
    secs: [{ kind: 'epoch', column: 'secs', unit: 's' }, 'int'],
    millis: [{ kind: 'epoch', column: 'millis', unit: 'ms' }, 'long'],
    micros: [{ kind: 'epoch', column: 'micros', unit: 'us' }, 'long'],
    pair: [{ kind: 'date-hour', dateColumn: 'd', hourColumn: 'h' }, undefined],
  };
  const types = {
    zoned: 'timestamptz',
    plain: 'timestamp',
    day: 'date',
    secs: 'int',
    millis: 'long',
    micros: 'long',
    d: 'int',
    h: 'int',
  };
  await createTable(house.lake, 'raw.forms', { id: 'long', ...types });
  const rows = Array.from({ length: 150 }, (_, n) => {
    const ms = BASE + n * HOUR - (n % 3 === 0 ? 0 : n % 3 === 1 ? 1 : HOUR / 2);
    const text = new Date(ms).toISOString();
    return {
      id: n,
      zoned: text,
      plain: text.slice(0, -1),
      day: text.slice(0, 10),
      secs: Math.floor(ms / 1000),
      millis: ms,
      micros: `${ms}001`,
      d: Number(text.slice(0, 10).replaceAll('-', '')),
      h: Number(text.slice(11, 13)),
    };
  });
  const nothing = Object.fromEntries(Object.keys(types).map((name) => [name, null]));
  await appendRows(house.lake, 'raw.forms', [...rows, { id: 999, ...nothing }] as never);
  const table = await house.open('raw.forms');
  const schema = currentSchema(table.metadata);
  const files = (await planFiles(table)).map(({ file }) => file);
  const at = (hour: number, us = 0n) => toInstant(BigInt(BASE + hour * HOUR) * 1000n + us);
  const sets: readonly IntervalSet[] = [
    [],
    [{ start: at(2), end: at(7) }],
    [{ start: at(22), end: at(75) }],
    [{ start: at(24), end: at(72) }],
    [{ start: at(5, 1n), end: at(30, 999_999n) }],
    intervalSet([2, 5, 23, 47, 48, 100].map((h) => ({ start: at(h), end: at(h + 1) }))),
    intervalSet(
      [
        [0, 24],
        [26, 27],
        [48, 120],
      ].map(([a, b]) => ({ start: at(a!), end: at(b!) })),
    ),
  ];
  const idsOf = async (where: string, relation: object): Promise<string> => {
    const sql = `select id from t where ${where} order by id`;
    const relations = [{ names: ['t'], schema, parts: [{ files }], ...relation }];
    return (await house.lake.engine.query({ sql, relations, limit: 1000 })).rows.join(' ');
  };
  for (const [name, [time, type]] of Object.entries(forms)) {
    for (const spans of sets) {
      const own = await idsOf('true', { time, parts: [{ files, within: spans }] });
      const where = timeWhere(time, type as never, spans, 'duckdb');
      expect(await idsOf(where, {}), `${name}: ${where}`).toBe(own);
      if (spans.length > 0 && name === 'zoned') expect(own).not.toBe('');
    }
  }
});
