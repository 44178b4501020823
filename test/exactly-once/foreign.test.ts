/** What others do to a target, between staging and publication and between sessions, in each mode: no row is lost, none is doubled. */
import { audit, commit, init, publish, write } from '@psyberg/core';
import { createBranch, currentSchema, fastAppend, parseTransform, updateSchema } from '@psyberg/iceberg';
import { describe, expect, test } from 'vitest';
import {
  COPY,
  DAY,
  type EventRow,
  events,
  type House,
  type ProcessConfig,
  RUNNING,
  TOTALS,
  valuesOf,
} from './house.ts';
import { houses } from './houses.ts';

const build = houses();

const hourOf = ({ ts }: EventRow): number => Number(ts.slice(11, 13));
const byHour = (rows: readonly EventRow[]): Map<number, number> => {
  const sums = new Map<number, number>();
  for (const row of rows) sums.set(hourOf(row), (sums.get(hourOf(row)) ?? 0) + row.v);
  return sums;
};

interface Mode {
  readonly config: ProcessConfig;
  readonly column: string;
  /** What the target should hold of these events, whose hours begin with 1. */
  readonly expected: (rows: readonly EventRow[]) => readonly number[];
  /** A row of hour 0, which no session touches or looks at. */
  readonly foreign: (value: number) => string;
}

const MODES: Readonly<Record<string, Mode>> = {
  copy: {
    config: COPY,
    column: 'id',
    expected: (rows) => rows.map(({ id }) => id),
    foreign: (value) => `select ${value}::bigint as id, timestamptz '${DAY} 00:30:00Z' as ts, 0::bigint as v`,
  },
  totals: {
    config: TOTALS,
    column: 'v',
    expected: (rows) => [...byHour(rows).values()],
    foreign: (value) => `select timestamptz '${DAY} 00:00:00Z' as ts, 9::bigint as n, ${value}::bigint as v`,
  },
  running: {
    config: RUNNING,
    column: 'v',
    expected: (rows) => {
      const sums = byHour(rows);
      let total = 0;
      return Array.from({ length: Math.max(...sums.keys()) }, (_, i) => (total += sums.get(i + 1) ?? 0));
    },
    foreign: (value) => `select timestamp '${DAY} 00:00:00' as ts, ${value}::bigint as v`,
  },
};

const steps = async (house: House, process: string, session: string, ...all: readonly (typeof write)[]) => {
  for (const step of all) await step(await house.project(), { process, session });
};
const INIT = init as unknown as typeof write;

async function repartition(house: House, table: string, by: 'month' | 'year'): Promise<void> {
  const target = await house.open(table);
  const time = currentSchema(target.metadata).fields.find(({ name }) => name === 'ts')!;
  const field = { sourceId: time.id, fieldId: 2000, name: `ts_${by}`, transform: parseTransform(by) };
  const spec = { specId: 9, fields: [field] };
  const updates = [
    { action: 'add-spec', spec },
    { action: 'set-default-spec', specId: -1 },
  ] as const;
  await house.lake.catalog.commitTable(target, [], updates);
}

interface Act {
  readonly what: string;
  /** @returns the value of a row that it adds */
  readonly act: (house: House, table: string, mode: Mode) => Promise<unknown>;
  readonly adds?: number;
  /** The code with which publication of what was staged before ends. */
  readonly ends?: string;
}

/** One after the other on one target; the expiry last, since nobody can roll back behind it. */
const ACTS: readonly Act[] = [
  { what: 'append elsewhere', act: (h, t, mode) => h.foreignAppend(t, mode.foreign(9001)), adds: 9001 },
  { what: 'compaction', act: (h, t) => h.compact(t) },
  { what: 'rollback', act: (h, t) => h.rollback(t), ends: 'PSY_FENCED' },
  { what: 'another spec', act: (h, t) => repartition(h, t, 'month') },
  {
    what: 'another spec and an append',
    act: async (h, t, mode) => {
      await repartition(h, t, 'year');
      await h.foreignAppend(t, mode.foreign(9002));
    },
    adds: 9002,
  },
  { what: 'compaction of files of all specs', act: (h, t) => h.compact(t) },
  { what: 'expiry of all but the head', act: (h, t) => h.expireAllButHead(t), ends: 'PSY_ATTEMPT_REFUSED' },
];

describe.each(Object.entries(MODES))('%s', (name, mode) => {
  const table = `dw.${name}`;

  /** Two sessions, and one more for each act, which brings late rows of hour 2 and a new hour. */
  async function through(meet: (house: House, session: string, step: Act) => Promise<void>): Promise<House> {
    const house = await build({ [name]: mode.config });
    const all: EventRow[] = [];
    const foreign: number[] = [];
    const bring = async (...rows: readonly EventRow[]) => {
      all.push(...rows);
      await house.append(rows);
    };
    await bring(...events(1, 1), ...events(2, 2));
    await house.run();
    await bring(...events(3, 3));
    await house.run();
    for (const [i, step] of ACTS.entries()) {
      await bring(...events(2, 20 + i), ...events(4 + i, 4 + i));
      await meet(house, `act-${i}`, step);
      if (step.adds !== undefined) foreign.push(step.adds);
      const expected = [...mode.expected(all), ...foreign].map(String).sort();
      expect(await house.rows(table, mode.column), step.what).toEqual(expected);
    }
    expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
    return house;
  }

  test('between staging and publication', async () => {
    await through(async (house, session, { what, act, ends }) => {
      await steps(house, name, session, INIT, write);
      await act(house, table, mode);
      if (ends === undefined) return steps(house, name, session, publish);
      const before = await house.rows(table, mode.column);
      await expect(steps(house, name, session, publish), what).rejects.toMatchObject({ code: ends });
      expect(await house.rows(table, mode.column), what).toEqual(before);
      if (ends === 'PSY_FENCED') await house.run();
      else await steps(house, name, session, write, publish);
    });
  });

  test('between sessions', async () => {
    await through(async (house, _session, { what, act }) => {
      await act(house, table, mode);
      expect(await house.run(), what).toMatchObject([{ status: 'ok' }]);
    });
  });

  test('a column that others add: what is staged is published without it, the next session says what it lacks', async () => {
    const house = await build({ [name]: mode.config });
    await house.append(events(1, 1));
    await house.run();
    await house.append(events(2, 2));
    await steps(house, name, 's2', INIT, write, audit);
    await updateSchema(await house.open(table), [{ kind: 'add', name: 'note', type: 'string' }]);
    await steps(house, name, 's2', publish, commit);
    expect(await house.rows(table, `${mode.column}, note`)).toEqual(
      mode.expected([...events(1, 1), ...events(2, 2)]).map((value) => `${value} null`),
    );
    await house.append(events(3, 3));
    const [report] = await house.run();
    expect(report).toMatchObject({ status: 'failed', error: { code: 'ENG_SCHEMA_MISMATCH' } });
    expect(report?.message).toMatch(/lacks note/);
  });

  test('on a branch of its own, from the first session on: what happens on main is no conflict, and stays', async () => {
    const house = await build({
      [name]: { ...mode.config, target: { ...(mode.config.target as object), branch: 'dev' } },
    });
    await house.append([...events(1, 1), ...events(2, 2)]);
    expect(await house.run()).toMatchObject([{ status: 'ok' }]);
    await house.append(events(2, 20));
    await steps(house, name, 's2', INIT, write, audit);
    await house.foreignAppend(table, mode.foreign(9001));
    await steps(house, name, 's2', publish, commit);
    expect(await house.rows(table, mode.column)).toEqual(['9001']);
    const expected = mode.expected([...events(1, 1), ...events(2, 2, 20)]).map(String);
    expect(await house.rows(table, mode.column, 'dev')).toEqual(expected.sort());
    expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
    expect(await house.verify(name)).toMatchObject([{ verdict: 'equal' }]);
  });
});

describe("a user's own job that stages from main for another branch", () => {
  const EXTERNAL = { transform: { external: true } };
  const onDev = (config: ProcessConfig): ProcessConfig => ({
    ...config,
    target: { ...(config.target as object), branch: 'dev' },
  });

  /** Hours 1 and 2 on the branch, something else on main; then hour 2 is late, and the job stages it on main's head. */
  async function stagedFromMain(name: 'copy' | 'totals', sql: string): Promise<House> {
    const { config, foreign } = MODES[name]!;
    const house = await build({ [name]: onDev(config) });
    await house.append([...events(1, 1), ...events(2, 2)]);
    await house.run();
    await house.foreignAppend(`dw.${name}`, foreign(9001));
    await house.configure({ [name]: { ...onDev(config), ...EXTERNAL } });
    await house.append(events(2, 20));
    await steps(house, name, 's2', INIT);
    await house.stage(`dw.${name}`, `psyberg:${name}:s2:1`, sql);
    return house;
  }
  const TOTAL = `select timestamptz '${DAY} 02:00:00Z' as ts, 2::bigint as n, 220::bigint as v`;

  test('its rows join those of the branch, and none of main', async () => {
    const house = await stagedFromMain('copy', valuesOf(events(2, 20)));
    await steps(house, 'copy', 's2', audit, publish, commit);
    expect(await house.rows('dw.copy', 'id', 'dev')).toEqual(['1', '2', '20']);
    expect(await house.rows('dw.copy', 'id')).toEqual(['9001']);
  });

  test('its rows replace the intervals of the branch', async () => {
    const house = await stagedFromMain('totals', TOTAL);
    await steps(house, 'totals', 's2', audit, publish, commit);
    expect(await house.rows('dw.totals', 'v', 'dev')).toEqual(['10', '220']);
    expect(await house.rows('dw.totals', 'v')).toEqual(['9001']);
  });

  test('conflicts are looked for on the branch, since the head that the attempt recorded', async () => {
    const house = await stagedFromMain('totals', TOTAL);
    const foreign = await house.files('dw.totals', TOTAL);
    await fastAppend(await house.open('dw.totals'), foreign, { branch: 'dev' });
    await expect(steps(house, 'totals', 's2', audit, publish)).rejects.toMatchObject({ code: 'PSY_CONFLICT' });
    expect(await house.rows('dw.totals', 'v', 'dev')).toEqual(['10', '20', '220']);
  });

  test('a branch that a person made of main carries its rows on', async () => {
    const house = await build({ copy: COPY });
    await house.append(events(1, 1));
    await house.run();
    await createBranch(await house.open('dw.copy'), 'dev');
    await house.configure({ copy: onDev(COPY) });
    await house.append(events(2, 2));
    expect(await house.run()).toMatchObject([{ status: 'ok' }]);
    expect(await house.rows('dw.copy', 'id', 'dev')).toEqual(['1', '2']);
    expect(await house.rows('dw.copy', 'id')).toEqual(['1']);
  });
});
