import { ConfigError, HeldError, HOUR_US } from '@psyberg/core';
import { describe, expect, it } from 'vitest';
import { chainKeys, processKeys, stepKeys } from '../../src/render/chain-json.ts';
import { errorKeys, jsonDocument } from '../../src/render/json-document.ts';
import { verifyKeys } from '../../src/render/verify-json.ts';
import { misfits } from '../support/json-schema.ts';
import { hour, interval, name, plan, report, SESSION, SNAPSHOT_B, WALKTHROUGH } from '../support/reports.ts';

const [signups, , state] = WALKTHROUGH.processes;

describe('the published schema', () => {
  const document = jsonDocument({ command: 'plan', status: 'ok', exitCode: 0, next: [] }, chainKeys(WALKTHROUGH));
  it('describes what is printed', () => {
    expect(misfits(document)).toEqual([]);
  });
  it.each([
    [
      'a number where an id belongs',
      { snapshot: 8812345678901234567n.toString(), attempt: '1' },
      '$.processes[0].attempt',
    ],
    ['an unknown state', { status: 'fine' }, '$.processes[0].status'],
    ['a missing key', { audits: undefined }, '$.processes[0].audits'],
  ])('refuses %s', (_name, wrong, place) => {
    const processes = [JSON.parse(JSON.stringify({ ...processKeys(signups!), ...wrong }))];
    expect(misfits({ ...document, processes }).join()).toContain(place);
  });
});

describe('documents', () => {
  it('begin with version, command, status, exit code and what to type next', () => {
    const document = jsonDocument(
      { command: 'plan', status: 'ok', exitCode: 0, next: ['psyberg run'] },
      chainKeys(WALKTHROUGH),
    );
    expect(Object.keys(document)).toEqual(['schemaVersion', 'command', 'status', 'exitCode', 'next', 'processes']);
    expect(document.schemaVersion).toBe(1);
  });

  it('survive JSON without losing a digit of an id', () => {
    const text = JSON.stringify(processKeys({ ...signups!, snapshot: SNAPSHOT_B }));
    expect(text).toContain('"snapshot":"8812345678901234567"');
    expect(text).not.toMatch(/:8812345678901234/);
  });
});

describe('processKeys', () => {
  it('gives sources, range and intervals with state, action, lateness and causes', () => {
    expect(processKeys(signups!)).toMatchObject({
      process: 'signup_f',
      mode: 'stateless',
      session: SESSION,
      status: 'ok',
      sources: [
        {
          table: 'raw.signups',
          from: '5172840618364015011',
          to: '8812345678901234567',
          files: 2,
          rows: 140,
          bytes: 12400,
          completeUntil: '2023-09-14T07:00:00Z',
          basis: 'seen',
        },
      ],
      range: { start: '2023-09-14T02:00:00Z', end: '2023-09-14T07:00:00Z' },
      intervals: [
        {
          start: '2023-09-14T02:00:00Z',
          state: 'late',
          action: 'append',
          lateBy: 'PT4H',
          causes: [{ table: 'raw.signups', snapshot: '8812345678901234567', files: 1, rows: 20 }],
        },
        { start: '2023-09-14T06:00:00Z', state: 'new', action: 'append', lateBy: null },
      ],
    });
  });

  it('marks what is predicted and names what an interval waits for', () => {
    const { intervals, sources } = processKeys(state!) as { intervals: unknown[]; sources: unknown[] };
    expect(sources).toMatchObject([{ predicted: true }, { predicted: true }]);
    expect(intervals[0]).toMatchObject({ causes: [{ table: 'dw.signup_f', process: 'signup_f', predicted: true }] });
    expect(intervals.at(-1)).toMatchObject({ state: 'waiting', action: 'none', waitingFor: ['dw.signup_f'] });
  });

  it('has a null range where there is none, and rows by interval after a run', () => {
    const written = report(plan('x_f', 'stateless', { intervals: [interval(6, 'new', 'append')] }), {
      rowsByInterval: [{ start: hour(6), rows: 7 }],
      rowsWritten: 7,
    });
    expect(processKeys(written)).toMatchObject({ range: null, rowsWritten: 7, intervals: [{ rowsWritten: 7 }] });
  });

  it('tells a failure by code, outcome and exit status', () => {
    const held = report(plan('x_f', 'stateless'), { status: 'held', error: new HeldError('audit unique failed') });
    expect(processKeys(held)).toMatchObject({
      exitCode: 3,
      error: { code: 'PSY_HELD', outcome: 'terminal', message: 'audit unique failed' },
    });
  });
});

describe('stepKeys', () => {
  it('has the session and its wapId at the top, where a job looks for them', () => {
    const step = {
      step: 'init' as const,
      process: { ...signups!, attempt: 2, wapId: 'psyberg:signup_f:1:2' },
      state: 'planned' as const,
      changed: false,
    };
    expect(stepKeys(step)).toMatchObject({
      step: 'init',
      process: 'signup_f',
      session: SESSION,
      attempt: 2,
      wapId: 'psyberg:signup_f:1:2',
      state: 'planned',
      changed: false,
      processes: [{ process: 'signup_f' }],
    });
  });
});

describe('verifyKeys', () => {
  it('gives differing rows by column and keeps known differences apart', () => {
    const keys = verifyKeys({
      processes: [
        {
          process: name('cancel_f'),
          verdict: 'different',
          rowsMissing: 1,
          rowsExtra: 0,
          intervals: [{ start: hour(5), missing: 1, extra: 0 }],
          columns: ['cancel_id', 'processing_ts'],
          missingSample: [[17n, hour(5)]],
          extraSample: [],
          knownDifferences: [{ start: hour(1), reason: 'skipped', missing: 2, extra: 0 }],
          message: '1 row is missing',
        },
      ],
    });
    expect(keys).toMatchObject({
      processes: [
        {
          process: 'cancel_f',
          equal: false,
          rowsMissing: 1,
          sample: [{ change: 'missing', row: { cancel_id: '17' } }],
          knownDifferences: [{ start: '2023-09-14T01:00:00Z', reason: 'skipped', session: null }],
        },
      ],
    });
  });
});

describe('errorKeys', () => {
  it('lists configuration problems with their places', () => {
    const error = new ConfigError([{ file: 'psyberg.yaml', line: 3, column: 5, path: 'catalog', message: 'wrong' }]);
    expect(errorKeys(error)).toMatchObject({
      code: 'PSY_CONFIG',
      problems: [{ file: 'psyberg.yaml', line: 3, column: 5, path: 'catalog', message: 'wrong' }],
    });
  });

  it('never shows a password', () => {
    const error = new Error('connect postgres://etl:hunter2@db/x failed, password=hunter2');
    expect(JSON.stringify(errorKeys(error))).not.toContain('hunter2');
  });

  it('writes durations as ISO 8601', () => {
    const late = report(
      plan('x_f', 'stateless', { intervals: [interval(1, 'late', 'append', { lateByUs: 30n * HOUR_US })] }),
    );
    expect(processKeys(late)).toMatchObject({ intervals: [{ lateBy: 'P1DT6H' }] });
  });
});
