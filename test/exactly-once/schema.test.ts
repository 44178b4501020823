/** `onSchemaChange: add`: new columns and their first rows appear in one table commit, under the ids that the files were written with. */
import { audit, commit, init, plan, publish, write } from '@psyberg/core';
import { cherryPick, currentSchema, updateSchema } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, RUNNING, TOTALS, valuesOf } from './house.ts';
import { houses } from './houses.ts';

const build = houses();

const withSql = (process: ProcessConfig, sql: string, onSchemaChange = 'add'): ProcessConfig => ({
  ...process,
  target: { ...(process.target as object), onSchemaChange },
  transform: { sql },
});

const WIDE_COPY = withSql(COPY, "select id, ts, v, 'web' as channel, {'a': id, 'b': [v]} as more from events");
const WIDE_TOTALS = withSql(
  TOTALS,
  "select date_trunc('hour', ts) as ts, max(v)::bigint as top, count(*) as n, sum(v)::bigint as v from events group by all",
);
const WIDE_RUNNING = withSql(
  RUNNING,
  `select :interval_start as ts, coalesce((select sum(v) from previous), 0)::bigint + coalesce((select sum(v) from events), 0)::bigint as v,
    coalesce((select max(hours) from previous), 0)::bigint + 1 as hours`,
);

const columns = async (house: House, name: string): Promise<string[]> =>
  currentSchema((await house.open(name)).metadata).fields.map((field) => `${field.id} ${field.name}`);

const steps = async (house: House, process: string, ...all: readonly (typeof write)[]): Promise<void> => {
  for (const step of all) await step(await house.project(), { process, session: 's2' });
};

async function loaded(narrow: Readonly<Record<string, ProcessConfig>>): Promise<House> {
  const house = await build(narrow);
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.run();
  return house;
}

test('plan names the columns to come, the publishing commit brings them, and older rows read NULL', async () => {
  const house = await loaded({ copy: COPY, totals: TOTALS, running: RUNNING });
  await house.configure({ copy: WIDE_COPY, totals: WIDE_TOTALS, running: WIDE_RUNNING });
  await house.append(events(3, 3));
  const { processes } = await plan(await house.project());
  expect(processes.map((p) => p.message)).toEqual([
    expect.stringContaining('adds to dw.copy: channel (string), more (struct)'),
    expect.stringContaining('adds to dw.totals: top (long)'),
    expect.stringContaining('adds to dw.running: hours (long)'),
  ]);
  expect(await columns(house, 'dw.totals')).toEqual(['1 ts', '2 n', '3 v']);
  expect((await house.run()).map((r) => r.status)).toEqual(['ok', 'ok', 'ok']);
  expect(await columns(house, 'dw.copy')).toEqual(['1 id', '2 ts', '3 v', '4 channel', '5 more']);
  expect(await house.rows('dw.copy', 'id, channel, more.a, more.b[1]')).toEqual([
    '1 null null null',
    '2 null null null',
    '3 web 3 30',
  ]);
  expect(await house.rows('dw.totals', 'v, top')).toEqual(['10 null', '20 null', '30 30']);
  expect(await house.rows('dw.running', 'v, hours')).toEqual(['10 null', '30 null', '60 1']);
  for (const process of ['copy', 'totals', 'running']) {
    const [report] = await house.verify(process);
    expect(report).toMatchObject({ verdict: 'equal', rowsMissing: 0, rowsExtra: 0 });
    expect(report?.knownDifferences.map((d) => d.reason)).toEqual(['older transform', 'older transform']);
  }
  expect((await house.run()).map((r) => r.status)).toEqual(['nothing_to_do', 'nothing_to_do', 'nothing_to_do']);
});

test('before the new transform has run, all that stands is known to be of the older one', async () => {
  const house = await loaded({ totals: TOTALS });
  await house.configure({ totals: WIDE_TOTALS });
  expect(await house.verify('totals')).toMatchObject([
    { verdict: 'equal', knownDifferences: [{ reason: 'older transform' }, { reason: 'older transform' }] },
  ]);
});

test('readers see neither column nor row before publication, and audits see both', async () => {
  const house = await loaded({ totals: TOTALS });
  await house.configure({ totals: { ...WIDE_TOTALS, audits: [{ audit: 'not_null', columns: ['top'] }] } });
  await house.append(events(3, 3));
  await steps(house, 'totals', init as never, write, audit);
  expect(await columns(house, 'dw.totals')).toEqual(['1 ts', '2 n', '3 v']);
  await steps(house, 'totals', publish, commit);
  expect(await columns(house, 'dw.totals')).toEqual(['1 ts', '2 n', '3 v', '4 top']);
  expect(await house.rows('dw.totals', 'v, top')).toEqual(['10 null', '20 null', '30 30']);
});

test('a column that others add between staging and publication keeps its id, and so does ours, also in a rebase', async () => {
  for (const headMoves of [false, true]) {
    const house = await loaded({ totals: TOTALS });
    await house.configure({ totals: WIDE_TOTALS });
    await house.append(events(3, 3));
    await steps(house, 'totals', init as never, write, audit);
    if (headMoves) await house.compact('dw.totals');
    await updateSchema(await house.open('dw.totals'), [{ kind: 'add', name: 'note', type: 'string' }]);
    await steps(house, 'totals', publish, commit);
    expect((await columns(house, 'dw.totals')).sort()).toEqual(['1 ts', '2 n', '3 v', '4 top', '5 note']);
    expect(await house.rows('dw.totals', 'v, top, note')).toEqual(['10 null null', '20 null null', '30 30 null']);
  }
});

test('a column of the same name that others add meanwhile ends the attempt; the next one fills theirs', async () => {
  const house = await loaded({ totals: TOTALS });
  await house.configure({ totals: WIDE_TOTALS });
  await house.append(events(3, 3));
  let staged = false;
  const project = await house.project({
    onEvent: (event) => {
      staged ||= event.kind === 'step-finished' && event.step === 'write';
    },
    faults: {
      beforeSwap: async ({ name }) => {
        if (name !== 'totals' || !staged) return;
        staged = false;
        if ((await columns(house, 'dw.totals')).length > 3) return;
        await updateSchema(await house.open('dw.totals'), [{ kind: 'add', name: 'top', type: 'long' }]);
      },
    },
  });
  expect(await house.run({}, project)).toMatchObject([{ status: 'ok', attempt: 2 }]);
  await project.catalog.close();
  expect(await columns(house, 'dw.totals')).toEqual(['1 ts', '2 n', '3 v', '5 top']);
  expect(await house.rows('dw.totals', 'v, top')).toEqual(['10 null', '20 null', '30 30']);
});

test('a column renamed or widened by others keeps its rows; one that the transform lacks is an error with both schemas', async () => {
  const house = await loaded({ totals: WIDE_TOTALS });
  await house.append(events(3, 3));
  await steps(house, 'totals', init as never, write, audit);
  await updateSchema(await house.open('dw.totals'), [{ kind: 'rename', column: 'top', to: 'most' }]);
  await steps(house, 'totals', publish, commit);
  expect(await house.rows('dw.totals', 'v, most')).toEqual(['10 10', '20 20', '30 30']);
  await house.append(events(4, 4));
  const [report] = await house.run();
  expect(report).toMatchObject({ status: 'failed', error: { code: 'ENG_SCHEMA_MISMATCH' } });
  expect(report?.message).toMatch(/the result lacks most/);
  expect(report?.message).toMatch(/top/);
  expect(await columns(house, 'dw.totals')).toEqual(['1 ts', '2 most', '3 n', '4 v']);
});

test('without add, and for a type that does not fit, a changed result is an error as before', async () => {
  const house = await loaded({ totals: TOTALS });
  await house.append(events(3, 3));
  await house.configure({ totals: withSql(WIDE_TOTALS, (WIDE_TOTALS.transform as { sql: string }).sql, 'error') });
  expect(await house.run()).toMatchObject([{ status: 'failed', error: { code: 'ENG_SCHEMA_MISMATCH' } }]);
  await house.configure({
    totals: withSql(
      TOTALS,
      "select date_trunc('hour', ts) as ts, 1 as new, 'many' as n, sum(v)::bigint as v from events group by all",
    ),
  });
  expect(await house.run()).toMatchObject([{ status: 'failed', error: { code: 'ENG_SCHEMA_MISMATCH' } }]);
  expect(await columns(house, 'dw.totals')).toEqual(['1 ts', '2 n', '3 v']);
});

test.each([
  ['moves main to', false],
  ['picks', true],
])(
  'columns of a session whose snapshot another engine %s come with the next session, under the ids of the files',
  async (_how, isPick) => {
    const house = await loaded({ copy: COPY });
    await house.configure({ copy: WIDE_COPY });
    await house.append(events(3, 3));
    await steps(house, 'copy', init, write, audit);
    if (isPick) await house.foreignAppend('dw.copy', valuesOf(events(1, 100)));
    const table = await house.open('dw.copy');
    const staged = table.metadata.snapshots.find((s) => s.summary['wap.id'] === 'psyberg:copy:s2:1')!;
    expect(await cherryPick(table, staged.snapshotId)).toMatchObject({ isFastForward: !isPick });
    expect(await columns(house, 'dw.copy')).toEqual(['1 id', '2 ts', '3 v']);
    await house.append(events(4, 4));
    expect(await house.run()).toMatchObject([{ status: 'ok' }]);
    expect(await columns(house, 'dw.copy')).toEqual(['1 id', '2 ts', '3 v', '4 channel', '5 more']);
    expect(await house.rows('dw.copy', 'id, channel, more.a')).toEqual(
      expect.arrayContaining(['1 null null', '3 web 3', '4 web 4']),
    );
    // A column that was there and was dropped since comes back as another one.
    await updateSchema(await house.open('dw.copy'), [{ kind: 'drop', column: 'channel' }]);
    await house.append(events(5, 5));
    expect(await house.run()).toMatchObject([{ status: 'ok' }]);
    expect(await house.rows('dw.copy', 'id, channel')).toEqual(expect.arrayContaining(['3 null', '4 null', '5 web']));
  },
);
