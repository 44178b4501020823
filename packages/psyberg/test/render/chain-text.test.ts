import { BugError, HeldError, HOUR_US, SqlError } from '@psyberg/core';
import { describe, expect, it } from 'vitest';
import { planText, runText, stepText } from '../../src/render/chain-text.ts';
import { noPaint } from '../../src/render/style.ts';
import { audit, cause, hours, interval, plan, report, SESSION, SNAPSHOT_B, WALKTHROUGH } from '../support/reports.ts';

const screen = { paint: noPaint, width: 120 };
const options = { lengthOf: () => HOUR_US, debug: false };
const frame = (lines: readonly string[]) => `\n${lines.join('\n')}\n`;

describe('planText', () => {
  it('shows the walkthrough as a grid and tells each process with its causes', () => {
    expect(frame(planText(WALKTHROUGH, options, screen))).toMatchInlineSnapshot(`
      "
                       2023-09-14
                       02 03 04 05 06 07
      signup_f          L  ·  ·  ·  N  ·
      cancel_f          ·  ·  ·  L  N  N
      account_state_d   L  R  R  L  N  w
      N new   L late   R redone   w waiting

      ● signup_f  stateless → dw.signup_f  append to 2 intervals
          raw.signups  snapshots 5172840618364015011 → 8812345678901234567  2 files, 140 rows, 12.4 kB  seen until 2023-09-14 07:00
          2023-09-14 02:00  late by 4 hours  append  raw.signups: 1 file, 20 rows in snapshot 8812345678901234567
          2023-09-14 06:00  new              append  raw.signups: 1 file, 120 rows in snapshot 8812345678901234567

      ● cancel_f  stateful → dw.cancel_f  overwrite 2023-09-14 05:00 → 08:00 (3 hours)
          raw.cancels  snapshots 5172840618364015011 → 8812345678901234567  3 files, 41 rows, 12.4 kB  seen until 2023-09-14 07:00
          nothing new in raw.cancel_requests
          2023-09-14 05:00  late by 1 hour  overwrite  raw.cancels: 1 file, 11 rows in snapshot 8812345678901234567
          2023-09-14 06:00  new             overwrite  raw.cancels: 1 file, 16 rows in snapshot 8812345678901234567
          2023-09-14 07:00  new             overwrite  raw.cancels: 1 file, 14 rows in snapshot 8812345678901234567

      ● account_state_d  sequential → dw.account_state_d  overwrite 2023-09-14 02:00 → 07:00 (5 hours), in order
          dw.signup_f  predicted    seen until 2023-09-14 07:00
          dw.cancel_f  predicted    seen until 2023-09-14 07:00
          2023-09-14 02:00                    late by 4 hours  overwrite  dw.signup_f: predicted from signup_f
          2023-09-14 03:00 → 05:00 (2 hours)  redone           overwrite
          2023-09-14 05:00                    late by 1 hour   overwrite  dw.cancel_f: predicted from cancel_f
          2023-09-14 06:00                    new              overwrite  dw.signup_f: predicted from signup_f; dw.cancel_f: predicted from cancel_f
          2023-09-14 07:00                    waiting                     for dw.signup_f
      "
    `);
  });

  it('tells a long first load in a few lines', () => {
    const intervals = Array.from({ length: 500 }, (_, h) =>
      interval(h, 'new', 'overwrite', { causes: [cause('raw.cancels', 10 + (h % 3))] }),
    );
    const first = plan('cancel_f', 'stateful', { range: hours(0, 500), intervals });
    const { previous: _, ...fresh } = first;
    expect(frame(planText({ processes: [report(fresh)] }, options, screen))).toMatchInlineSnapshot(`
      "
      ● cancel_f  stateful → dw.cancel_f  overwrite 2023-09-14 00:00 → 2023-10-04 20:00 (20 days 20 hours), for the first time
          2023-09-14 00:00 → 2023-10-04 20:00 (20 days 20 hours)  new  overwrite  raw.cancels: snapshot 8812345678901234567
      "
    `);
  });

  it('tells what a stateless process replaces from what it appends', () => {
    const intervals = [
      interval(2, 'late', 'overwrite'),
      interval(3, 'late', 'overwrite'),
      interval(6, 'new', 'append'),
    ];
    const headline = (some: typeof intervals): string | undefined =>
      planText({ processes: [report(plan('copy_f', 'stateless', { intervals: some }))] }, options, screen).find(
        (line) => line.includes('→ dw.copy_f'),
      );
    expect(headline(intervals)).toBe('● copy_f  stateless → dw.copy_f  overwrite 2 intervals, append to 1 interval');
    expect(headline(intervals.slice(0, 1))).toBe('● copy_f  stateless → dw.copy_f  overwrite 1 interval');
  });

  it('says why nothing is to be done', () => {
    const notes = ['dw.signup_f does not exist yet; signup_f will make it.'];
    const idle = report(plan('signup_f', 'stateless', { outcome: 'nothing' }), { status: 'nothing_to_do' });
    const told = report(plan('cancel_f', 'stateful', { outcome: 'nothing', notes }), { status: 'nothing_to_do' });
    const moved = report(plan('x_f', 'stateless', { outcome: 'signal' }), { status: 'nothing_to_do' });
    expect(frame(planText({ processes: [idle, told, moved] }, options, screen))).toMatchInlineSnapshot(`
      "
      ○ signup_f  stateless → dw.signup_f  nothing to do

      ○ cancel_f  stateful → dw.cancel_f  nothing to do
          note: dw.signup_f does not exist yet; signup_f will make it.

      ○ x_f  stateless → dw.x_f  no rows to write; only the watermark moves
      "
    `);
  });
});

describe('runText', () => {
  it('tells what was written, and what waits', () => {
    const [signups, cancels, state] = WALKTHROUGH.processes;
    const done = {
      processes: [
        {
          ...signups!,
          message: 'appended 140 rows',
          rowsWritten: 140,
          stepsMs: { init: 20, write: 300 },
          audits: [audit()],
        },
        {
          ...cancels!,
          status: 'held' as const,
          message: 'held',
          error: new HeldError(
            `Audit unique failed for cancel_f, session ${SESSION}: 2 rows share a cancel_id.\nNothing was published; readers still see snapshot ${SNAPSHOT_B}.`,
          ),
          audits: [
            audit({
              status: 'failed',
              message: '2 rows share a cancel_id',
              failingRows: 2,
              sample: [
                { cancel_id: '17', processing_ts: '2023-09-14 05:10' },
                { cancel_id: '17', processing_ts: null },
              ],
            }),
          ],
        },
        { ...state!, status: 'blocked' as const, message: 'not started: cancel_f did not publish' },
      ],
    };
    expect(frame(runText(done, options, screen))).toMatchInlineSnapshot(`
      "
      ✔ signup_f  stateless → dw.signup_f  appended 140 rows  320 ms
          2023-09-14 02:00  late by 4 hours  append  raw.signups: 1 file, 20 rows in snapshot 8812345678901234567
          2023-09-14 06:00  new              append  raw.signups: 1 file, 120 rows in snapshot 8812345678901234567
          ✔ audits passed: unique

      ▲ cancel_f  stateful → dw.cancel_f  held: an audit failed
          2023-09-14 05:00  late by 1 hour  overwrite  raw.cancels: 1 file, 11 rows in snapshot 8812345678901234567
          2023-09-14 06:00  new             overwrite  raw.cancels: 1 file, 16 rows in snapshot 8812345678901234567
          2023-09-14 07:00  new             overwrite  raw.cancels: 1 file, 14 rows in snapshot 8812345678901234567
          ✖ audit unique failed: 2 rows share a cancel_id
              cancel_id  processing_ts
              17         2023-09-14 05:10
              17         NULL
          Nothing was published; readers see what they saw before. Session 20230914061001 is held.

      … account_state_d  sequential → dw.account_state_d  not started: cancel_f did not publish
      "
    `);
  });

  it('points at the place in the SQL', () => {
    const error = new SqlError(
      'The SQL does not fit its inputs (line 2, column 3): no column "custmer_id". Nothing was written.',
      {
        sql: 'SELECT\n  custmer_id\nFROM orders',
        position: { line: 2, column: 3 },
      },
    );
    const failed = report(plan('signup_f', 'stateless'), { status: 'failed', error });
    const lines = runText({ processes: [failed] }, { ...options, sqlFileOf: () => 'sql/signup_f.sql' }, screen);
    expect(frame(lines)).toMatchInlineSnapshot(`
      "
      ✖ signup_f  stateless → dw.signup_f  failed
          ✖ The SQL does not fit its inputs (line 2, column 3): no column "custmer_id". Nothing was written.
            sql/signup_f.sql:2:3
            2 |   custmer_id
              |   ^
      "
    `);
  });

  it('shows no stack unless asked', () => {
    const failed = report(plan('signup_f', 'stateless'), {
      status: 'failed',
      error: new BugError('This is a bug in Psyberg: x.'),
    });
    const quiet = runText({ processes: [failed] }, options, screen).join('\n');
    const loud = runText({ processes: [failed] }, { ...options, debug: true }, screen).join('\n');
    expect(quiet).not.toContain(' at ');
    expect(loud).toContain('chain-text.test.ts');
  });
});

describe('stepText', () => {
  it('gives the wap.id of the attempt after init', () => {
    const [signups] = WALKTHROUGH.processes;
    const step = {
      step: 'init' as const,
      process: { ...signups!, attempt: 1, wapId: `psyberg:signup_f:${SESSION}:1`, message: 'planned' },
      state: 'planned' as const,
      changed: true,
    };
    expect(frame(stepText(step, options, screen))).toMatchInlineSnapshot(`
      "
      ✔ signup_f  stateless → dw.signup_f  init: planned
          session 20230914061001 is planned, attempt 1, wap.id psyberg:signup_f:20230914061001:1
          raw.signups  snapshots 5172840618364015011 → 8812345678901234567  2 files, 140 rows, 12.4 kB  seen until 2023-09-14 07:00
          2023-09-14 02:00  late by 4 hours  append  raw.signups: 1 file, 20 rows in snapshot 8812345678901234567
          2023-09-14 06:00  new              append  raw.signups: 1 file, 120 rows in snapshot 8812345678901234567
      "
    `);
  });
});
