/** Parameters of the audits that ask an engine, each with a seeded violation and a clean twin. */
import { type AuditContext, type AuditDefinition, type Engine, type Relation, runAudits } from '@psyberg/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  at,
  changesSource,
  contextOf,
  definition,
  hours,
  planOf,
  processOf,
} from '../../packages/core/test/audits/audit-fixture.ts';
import { CLEAN, type Row, rows } from './cases.ts';
import { SEEDS } from './seeds.ts';
import { SIGNUPS, Trial } from './trial.ts';

let trial: Trial;
beforeAll(async () => {
  trial = await Trial.open();
});
afterAll(() => trial.close());

const PARAMETERS: AuditContext['parameters'] = { range_end: { kind: 'instant', value: at('2023-09-14T07:00:00Z') } };

describe.each(Object.entries(SEEDS))('%s', (kind, seeds) => {
  it.each(seeds.map((seed) => [seed.parameters, seed] as const))(
    '%j fails where it should and nowhere else',
    async (parameters, seed) => {
      const change: Partial<AuditContext> = { parameters: PARAMETERS, timeType: { kind: 'timestamptz' } };
      const clean = await trial.audit(kind, parameters, seed.clean ?? CLEAN, change);
      expect(clean).toMatchObject({ status: 'passed', failingRows: 0, sample: [] });
      const bad = await trial.audit(kind, parameters, seed.violation, change);
      expect(bad.message).toMatch(seed.message);
      expect(bad.failingRows).toBe(seed.failing);
      expect(bad.status).toBe('failed');
      expect(bad.sample.length).toBeLessThanOrEqual(20);
    },
  );
});

describe('samples', () => {
  it('show failing rows as people read them', async () => {
    expect((await trial.audit('unique', { columns: ['id'] }, { written: rows('1 a 2 | 1 b 2') })).sample).toEqual([
      { id: '1', occurrences: '2' },
    ]);
    expect(
      (await trial.audit('no_missing_events', { columns: ['id', 'event_ts'] }, { source: rows('7 a 2'), written: [] }))
        .sample,
    ).toEqual([{ id: '7', event_ts: '2023-09-14T02:10:00Z' }]);
    expect((await trial.audit('not_null', { columns: ['plan'] }, { written: rows('7 - 2') })).sample).toEqual([
      { id: '7', plan: null, price: '9.90', event_ts: '2023-09-14T02:10:00Z', tags: '["a",null]' },
    ]);
  });

  it('are at most 20 of all that fail', async () => {
    const row = await trial.audit(
      'not_null',
      { columns: ['plan'] },
      { written: Array.from({ length: 30 }, (_, i): Row => [i, null, 2]) },
    );
    expect(row.failingRows).toBe(30);
    expect(row.sample.length).toBe(20);
  });
});

describe('sources that are read beyond the interval', () => {
  it('are compared in the intervals of the session only, each row once', async () => {
    const reads = { beforeUs: 3_600_000_000n * 24n, afterUs: 0n };
    const process = processOf([changesSource('raw.signups', { reads })]);
    const files = await trial.write(rows('1 a 1 | 2 a 2 | 3 a 5 | 4 a 6'));
    const source: Relation = {
      names: ['signups', 'raw.signups'],
      schema: SIGNUPS,
      time: { kind: 'column', column: 'event_ts' },
      parts: [
        { files, within: [hours(0, 3)] },
        { files, within: [hours(0, 7)] },
      ],
    };
    const change = {
      process,
      plan: planOf(process, { write: [hours(2, 3), hours(6, 7)] }),
      inputs: [{ role: 'changes' as const, relation: source, rows: 6 }],
    };
    const written = rows('2 a 2 | 4 a 6');
    expect(await trial.audit('source_target_count', {}, { written }, change)).toMatchObject({ status: 'passed' });
    expect(await trial.audit('no_missing_events', { columns: ['id'] }, { written }, change)).toMatchObject({
      status: 'passed',
    });
    expect(await trial.audit('source_target_count', {}, { written: written.slice(1) }, change)).toMatchObject({
      status: 'failed',
      failingRows: 1,
    });
  });
});

describe('scans of one session', () => {
  const counting = (queries: string[]): Engine =>
    new Proxy(trial.engine, {
      get: (target, name) =>
        name !== 'query'
          ? Reflect.get(target, name)
          : (request: { readonly sql: string }, ...rest: []) => {
              queries.push(request.sql);
              return target.query(request as never, ...rest);
            },
    });
  const scans = async (...definitions: readonly AuditDefinition[]) => {
    const queries: string[] = [];
    const context = contextOf({
      written: await trial.relation([], rows('1 - 2 | 2 b 2')),
      engine: async () => counting(queries),
    });
    return { results: await runAudits(definitions, context), queries };
  };

  it('are one query, and one more for each that fails', async () => {
    const { results, queries } = await scans(
      definition('not_null', { columns: ['plan'] }),
      definition('accepted_range', { column: 'id', min: 1 }),
      definition('mean_in_band', { column: 'id', min: 1 }),
      definition('distinct_count', { column: 'plan', min: 1 }),
      definition('pattern', { column: 'plan', pattern: '^b' }),
    );
    expect(results.map(({ status }) => status)).toEqual(['failed', 'passed', 'passed', 'passed', 'passed']);
    expect(queries).toHaveLength(2);
  });

  it('keep what is wrong with one of them to itself', async () => {
    const { results } = await scans(
      definition('not_null', { columns: ['id'] }),
      definition('expression', { expression: 'nowhere > 1' }),
      definition('pattern', { column: 'plan', pattern: '(' }),
      definition('z_score', { measure: 'id' }),
      definition('accepted_range', { column: 'id', min: 2 }),
    );
    expect(results.map(({ status }) => status)).toEqual(['passed', 'error', 'error', 'error', 'failed']);
    expect(results.at(-1)!.sample).toEqual([{ id: '1', occurrences: '1' }]);
  });
});

describe('an audit that cannot be run', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['unique', { columns: ['idd'] }, /dw\.signup_f has no column "idd"\. Did you mean "id"\?/],
    ['accepted_values', { column: 'id', values: ['x'] }, /"x" cannot be a value of id, which is of type long/],
    ['freshness', { column: 'plan', maxAge: '1h' }, /freshness needs a timestamp or a date/],
    ['sql', { sql: 'SELECT * FROM nowhere' }, /could not be run/],
    ['sql', { sql: "COPY (SELECT 1) TO '/tmp/x'" }, /could not be run/],
    ['source_target_count', { source: 'signup' }, /There is no source "signup".*Did you mean "signups"\?/],
  ])('%s with %j says why', async (kind, parameters, message) => {
    const row = await trial.audit(kind, parameters, CLEAN);
    expect(row.status).toBe('error');
    expect(row.message).toMatch(message);
  });
});

describe('names in custom SQL', () => {
  it('mean the source where source and target are called alike', async () => {
    const relationOfSource = await trial.relation(['signup_f', 'raw.signup_f'], rows('9 source 2'));
    const row = await trial.audit(
      'sql',
      { sql: 'SELECT a.id AS source, b.id AS target FROM signup_f a, dw.signup_f b' },
      { written: rows('1 a 2') },
      {
        inputs: [{ role: 'changes', relation: relationOfSource }],
      },
    );
    expect(row.sample).toEqual([{ source: '9', target: '1' }]);
  });
});
