/** The schema and the partition spec of a source change between sessions; columns are followed by their field ids. */
import { check } from '@psyberg/core';
import { commitMetadata, fastAppend, type PartitionField, type Table } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { createTable } from '../../examples/lake.mjs';
import { COPY, DAY, type House, type ProcessConfig, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { evolve } from './hands.ts';

const build = houses();
const source = (time: unknown = 'ts') => [{ table: 'raw.wide', time, as: 'events' }];
const copy = (sql: string, time: unknown = 'ts'): ProcessConfig => ({
  ...COPY,
  sources: source(time),
  transform: { sql },
});
const totals: ProcessConfig = { ...TOTALS, sources: source() };

async function built(
  processes: Readonly<Record<string, ProcessConfig>>,
  columns: Readonly<Record<string, string>> = WIDE,
): Promise<House> {
  const house = await build(processes);
  await createTable(house.lake, 'raw.wide', columns);
  return house;
}

const WIDE = { id: 'int', note: 'string', ts: 'timestamptz', v: 'int' };

/** Appends one row, its columns as SQL. */
async function append(house: House, row: string): Promise<void> {
  await fastAppend(await house.open('raw.wide'), await house.files('raw.wide', `select ${row}`));
}

const at = (hour: number, minute = 15): string =>
  `timestamptz '${DAY} ${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00Z' as ts`;

const run = async (house: House) => (await house.run()).map((r) => r.status);
const load = async (house: House) => expect(new Set(await run(house))).toEqual(new Set(['ok']));
const verdicts = async (house: House) => (await house.verify()).map((v) => v.verdict);

test('added, dropped though not needed, moved, promoted, nested: old and new files read as one', async () => {
  const house = await built({
    copy: copy('select id, ts, v, place.lat as lat from events'),
    totals,
  });
  const place = {
    kind: 'struct',
    fields: [
      { id: 0, name: 'lat', required: false, type: { kind: 'int' } },
      { id: 0, name: 'gone', required: false, type: { kind: 'string' } },
    ],
  } as const;
  await evolve(house, 'raw.wide', { kind: 'add', name: 'place', type: place });
  await append(house, `1::int as id, 'a' as note, ${at(1)}, 10::int as v, {'lat': 5::int, 'gone': 'x'} as place`);
  expect(await run(house)).toEqual(['ok', 'ok']);
  await evolve(
    house,
    'raw.wide',
    { kind: 'drop', column: 'note' },
    { kind: 'promote', column: 'v', type: 'long' },
    { kind: 'promote', column: 'id', type: 'long' },
    { kind: 'move', column: 'v', position: 'first' },
    { kind: 'add', name: 'more', type: 'date', position: { after: 'ts' } },
    { kind: 'drop', column: 'place.gone' },
    { kind: 'promote', column: 'place.lat', type: 'long' },
    { kind: 'add', name: 'lon', parent: 'place', type: 'double', position: 'first' },
  );
  const wide = `9000000000::bigint as v, null::date as more, {'lon': 1.5::double, 'lat': 6000000000::bigint} as place`;
  // The target keeps int until someone widens it; so does what is read of it.
  await house.configure({
    copy: copy('select id::int as id, ts, v::int as v, place.lat::int as lat from events'),
    totals,
  });
  await append(
    house,
    `2::bigint as id, ${at(1, 30)}, 20::bigint as v, null::date as more, {'lon': 1.5::double, 'lat': 6::bigint} as place`,
  );
  expect(await run(house)).toEqual(['ok', 'ok']);
  expect(await house.rows('dw.copy', 'id, v, lat')).toEqual(['1 10 5', '2 20 6']);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['2 30']);
  expect(await verdicts(house)).toEqual(['equal', 'equal']);
  await append(house, `3::bigint as id, ${at(2)}, ${wide}`);
  expect(await run(house)).toEqual(['failed', 'ok']);
  expect(await house.rows('dw.totals', 'v')).toEqual(['30', '9000000000']);
});

test('a renamed column that the SQL needs: the error names it as it is called now; with that name all goes on', async () => {
  const house = await built({ copy: copy('select id, ts, v from events'), totals });
  await append(house, `1::int as id, 'a' as note, ${at(1)}, 10::int as v`);
  await load(house);
  await evolve(house, 'raw.wide', { kind: 'rename', column: 'v', to: 'amount' });
  await append(house, `2::int as id, 'b' as note, ${at(1, 30)}, 20::int as amount`);
  for (const { status, message } of await house.run()) {
    expect(status).toBe('failed');
    expect(message).toMatch(/"v".*Nothing was written.*Column "v" of raw\.wide is called "amount" now/s);
  }
  const { problems } = await check(await house.project());
  expect(problems.map((p) => p.message)).toEqual([
    expect.stringContaining('called "amount" now'),
    expect.stringContaining('called "amount" now'),
  ]);
  const renamed =
    "select date_trunc('hour', ts) as ts, count(*) as n, sum(amount)::bigint as v from events group by all";
  await house.configure({
    copy: copy('select id, ts, amount as v from events'),
    totals: { ...totals, transform: { sql: renamed } },
  });
  expect(await run(house)).toEqual(['ok', 'ok']);
  expect(await house.rows('dw.copy', 'id, v')).toEqual(['1 10', '2 20']);
  expect(await verdicts(house)).toEqual(['equal', 'equal']);
});

test('a dropped column that the SQL needs is told as such', async () => {
  const house = await built({ copy: copy('select id, ts, v from events') });
  await append(house, `1::int as id, 'a' as note, ${at(1)}, 10::int as v`);
  await load(house);
  await evolve(house, 'raw.wide', { kind: 'drop', column: 'v' });
  await append(house, `2::int as id, 'b' as note, ${at(1, 30)}`);
  const [report] = await house.run();
  expect(report!.message).toMatch(/Column "v" of raw\.wide was dropped from the table since/);
});

test('the time column: renamed it is named anew; under its name another column is none of the old', async () => {
  const house = await built({ copy: copy('select id, ts, v from events') });
  await append(house, `1::int as id, 'a' as note, ${at(1)}, 10::int as v`);
  await load(house);
  await evolve(house, 'raw.wide', { kind: 'rename', column: 'ts', to: 'happened_at' });
  const [report] = await house.run();
  expect(report!.message).toMatch(/no column "ts".*it is called "happened_at" now/s);
  await house.configure({ copy: copy('select id, happened_at as ts, v from events', 'happened_at') });
  await append(house, `2::int as id, 'b' as note, ${at(2)}, 20::int as v`.replace('as ts', 'as happened_at'));
  expect(await run(house)).toEqual(['ok']);
  expect(await verdicts(house)).toEqual(['equal']);
  await evolve(
    house,
    'raw.wide',
    { kind: 'drop', column: 'happened_at' },
    { kind: 'add', name: 'happened_at', type: 'timestamptz' },
  );
  const [refused] = await house.run();
  expect(refused).toMatchObject({ status: 'needs_decision', next: ['psyberg check', 'psyberg run copy --recompute'] });
  expect(refused!.message).toMatch(/"happened_at".*another column/s);
});

test('a value column dropped and added again under its name is noted, and reads NULL in older files', async () => {
  const house = await built({ copy: copy('select id, ts, v from events'), totals });
  await append(house, `1::int as id, 'a' as note, ${at(1)}, 10::int as v`);
  await load(house);
  await evolve(house, 'raw.wide', { kind: 'drop', column: 'v' }, { kind: 'add', name: 'v', type: 'int' });
  await append(house, `2::int as id, 'b' as note, ${at(1, 30)}, 20::int as v`);
  const [, report] = await house.run();
  expect(report!.plan!.notes.join()).toMatch(/raw\.wide: v is another column than at the last session/);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['2 20']);
});

test('an integer time column that grows from int to long', async () => {
  const house = await built(
    { copy: copy('select id, to_timestamp(secs) as ts, v from events', { column: 'secs', unit: 's' }) },
    { id: 'int', secs: 'int', v: 'int' },
  );
  const second = (hour: number): number => Date.parse(`${DAY}T00:00:00Z`) / 1000 + hour * 3600;
  await append(house, `1::int as id, ${second(1)}::int as secs, 10::int as v`);
  await load(house);
  await evolve(house, 'raw.wide', { kind: 'promote', column: 'secs', type: 'long' });
  await append(house, `2::int as id, ${second(2)}::bigint as secs, 20::int as v`);
  const [report] = await house.run();
  expect(report!.plan!.intervals.map((i) => i.action)).toEqual(['append']);
  expect(await verdicts(house)).toEqual(['equal']);
});

async function partition(house: House, ...fields: readonly Omit<PartitionField, 'fieldId'>[]): Promise<Table> {
  return commitMetadata(await house.open('raw.wide'), async ({ metadata }) => ({
    updates: [
      {
        action: 'add-spec',
        spec: { specId: -1, fields: fields.map((f, i) => ({ ...f, fieldId: metadata.lastPartitionId + 1 + i })) },
      },
      { action: 'set-default-spec', specId: -1 },
    ],
  }));
}

test('partition specs one after the other: by hour, by day, by landing date and hour; each file by its own', async () => {
  const columns = { id: 'int', ts: 'timestamptz', v: 'int', landing_date: 'int', landing_hour: 'int' };
  const house = await built({ copy: copy('select id, ts, v from events'), totals }, columns);
  const row = (id: number, hour: number): string =>
    `${id}::int as id, ${at(hour)}, ${id * 10}::int as v, 20230914::int as landing_date, 9::int as landing_hour`;
  const identity = { kind: 'identity' } as const;
  await append(house, row(1, 1));
  await partition(house, { sourceId: 2, name: 'ts_hour', transform: { kind: 'hour' } });
  await append(house, row(2, 2));
  expect(await run(house)).toEqual(['ok', 'ok']);
  await partition(
    house,
    { sourceId: 4, name: 'landing_date', transform: identity },
    { sourceId: 5, name: 'landing_hour', transform: identity },
  );
  await append(house, row(3, 1));
  await partition(house, { sourceId: 2, name: 'ts_day', transform: { kind: 'day' } });
  await append(house, row(4, 4));
  const reports = await house.run();
  expect(reports.map((r) => r.status)).toEqual(['ok', 'ok']);
  expect(reports[0]!.plan!.intervals.map((i) => i.state)).toEqual(['late', 'new']);
  expect(reports[0]!.plan!.sources[0]!.processingUris).toEqual([
    '{"landing_date":20230914,"landing_hour":9}',
    '{"ts_day":"2023-09-14"}',
  ]);
  // The column that an older spec partitions by goes too.
  await evolve(house, 'raw.wide', { kind: 'drop', column: 'landing_hour' });
  await append(house, `5::int as id, ${at(1)}, 50::int as v, 20230914::int as landing_date`);
  expect(await run(house)).toEqual(['ok', 'ok']);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 20', '1 40', '3 90']);
  expect(await verdicts(house)).toEqual(['equal', 'equal']);
});

test('a date and an hour as time, of files that were partitioned by one, then by both', async () => {
  const pair = { date: 'd', hour: 'h' };
  const house = await built(
    { copy: copy(`select id, timestamptz '${DAY} 00:00:00Z' + h * interval 1 hour as ts, v from events`, pair) },
    { id: 'int', d: 'int', h: 'int', v: 'int' },
  );
  const row = (id: number, h: number): string => `${id}::int as id, 20230914::int as d, ${h}::int as h, 1::int as v`;
  await partition(house, { sourceId: 2, name: 'd', transform: { kind: 'identity' } });
  await append(house, row(1, 1));
  await load(house);
  await partition(
    house,
    { sourceId: 2, name: 'd', transform: { kind: 'identity' } },
    { sourceId: 3, name: 'h', transform: { kind: 'identity' } },
  );
  await append(house, row(2, 1));
  await append(house, row(3, 5));
  const [report] = await house.run();
  expect(report!.plan!.intervals.map((i) => i.state)).toEqual(['late', 'new']);
  expect(report!.plan!.sources[0]!.processingUris).toEqual(['{"d":20230914,"h":1}', '{"d":20230914,"h":5}']);
  expect(await verdicts(house)).toEqual(['equal']);
});

test('a time column that was renamed since the last commit, or whose name another column has by now, is found by its id', async () => {
  const columns = { ...WIDE, was: 'timestamptz' };
  const house = await built({ totals }, columns);
  // The other times are of another day, so that files are left out where somebody takes them for these.
  const old = `timestamptz '2020-01-01 00:00:00Z' as was`;
  await append(house, `1::int as id, 'a' as note, ${at(1)}, 10::int as v, ${old}`);
  await evolve(house, 'raw.wide', { kind: 'rename', column: 'ts', to: 'happened' });
  const sql = "select date_trunc('hour', happened) as ts, count(*) as n, sum(v)::bigint as v from events group by all";
  await house.configure({ totals: { ...totals, sources: source('happened'), transform: { sql } } });
  expect(await run(house)).toEqual(['ok']);
  expect(await house.rows('dw.totals', 'v')).toEqual(['10']);
  await evolve(house, 'raw.wide', { kind: 'rename', column: 'was', to: 'ts' });
  await append(
    house,
    `2::int as id, 'b' as note, ${at(1).replace('as ts', 'as happened')}, 20::int as v, ${old.replace('as was', 'as ts')}`,
  );
  await evolve(
    house,
    'raw.wide',
    { kind: 'rename', column: 'ts', to: 'was' },
    { kind: 'rename', column: 'happened', to: 'ts' },
  );
  await house.configure({ totals });
  expect(await run(house)).toEqual(['ok']);
  expect(await house.rows('dw.totals', 'v')).toEqual(['30']);
  expect(await verdicts(house)).toEqual(['equal']);
});
