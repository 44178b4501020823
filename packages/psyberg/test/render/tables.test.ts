import { HOUR_US, type SessionId } from '@psyberg/core';
import { describe, expect, it } from 'vitest';
import { errorLines } from '../../src/render/error-lines.ts';
import { gridLines } from '../../src/render/grid.ts';
import { explainText, intervalHistoryText, sessionsText } from '../../src/render/session-text.ts';
import { statusText } from '../../src/render/status-text.ts';
import { choosePaint, colourPaint, noPaint, visibleWidth } from '../../src/render/style.ts';
import { tableLines } from '../../src/render/table.ts';
import { changesText, checkText, cleanText, signalText } from '../../src/render/upkeep-text.ts';
import { verifyText } from '../../src/render/verify-text.ts';
import { formatBytes, formatElapsed, formatSpan } from '../../src/render/words.ts';
import { valueText } from '../../src/setup/value-texts.ts';
import { audit, event, hour, hours, interval, name, SESSION, SNAPSHOT_A, SNAPSHOT_B } from '../support/reports.ts';

const screen = { paint: noPaint, width: 120 };
const frame = (lines: readonly string[]) => `\n${lines.join('\n')}\n`;

describe('statusText', () => {
  it('is a table, and sentences for what deserves one', () => {
    const source = { table: 'raw.cancels', snapshotsBehind: 2, completeUntil: hour(8), basis: 'seen' as const };
    const report = {
      processes: [
        {
          process: name('cancel_f'),
          mode: 'stateful' as const,
          target: 'dw.cancel_f',
          upstream: [],
          signal: { until: hour(8), basis: 'seen' as const, column: 'processing_ts' },
          sources: [source],
          waitingFor: ['raw.cancel_requests'],
          pending: [],
          skipped: [hours(1, 2)],
          lastSession: event('held'),
          held: [event('held', { message: 'audit unique failed' })],
        },
        {
          process: name('account_state_d'),
          mode: 'sequential' as const,
          target: 'dw.account_state_d',
          upstream: [name('cancel_f')],
          sources: [],
          waitingFor: [],
          pending: [],
          skipped: [],
          held: [],
        },
      ],
    };
    expect(frame(statusText(report, screen))).toMatchInlineSnapshot(`
      "
      process          mode        loaded until  complete until           behind       last session
      cancel_f         stateful    -             2023-09-14 08:00 (seen)  2 snapshots  20230914061001 held
      account_state_d  sequential  -             -                        up to date   never run

      cancel_f waits for raw.cancel_requests
      cancel_f has 2 snapshots of raw.cancels to read
      cancel_f skipped 2023-09-14 01:00 → 02:00 (1 hour)
      cancel_f holds session 20230914061001: audit unique failed
      "
    `);
  });
});

describe('sessionsText and explainText', () => {
  it('lists sessions with what they wrote', () => {
    const events = [
      event('committed', { rowsWritten: 41, snapshotId: SNAPSHOT_B }),
      event('empty', { session: '2' as SessionId }),
    ];
    expect(frame(sessionsText(events, screen))).toMatchInlineSnapshot(`
      "
      session         process   state      kind    recorded             rows  intervals                 snapshot
      20230914061001  cancel_f  committed  normal  2023-09-14 07:06  41 rows  2023-09-14 05:00 → 08:00  8812345678901234567
      2               cancel_f  empty      normal  2023-09-14 07:06           2023-09-14 05:00 → 08:00
      "
    `);
    expect(sessionsText([], screen)).toEqual(['No session has been recorded yet.']);
  });

  it('explains a session: facts, sources, intervals, audits with failing rows, history', () => {
    const report = {
      event: event('held', { stagedSnapshotId: SNAPSHOT_B, rowsWritten: 41, message: 'Audit unique failed.' }),
      history: [event('planned'), event('held')],
      audits: [audit({ status: 'failed', message: '2 rows share a cancel_id', sample: [{ cancel_id: '17' }] })],
    };
    expect(frame(explainText(report, { lengthUs: HOUR_US }, screen))).toMatchInlineSnapshot(`
      "
      Session 20230914061001 of cancel_f (stateful, normal) is held.
      Audit unique failed.

        target           dw.cancel_f
        range            2023-09-14 05:00 → 08:00 (3 hours)
        rows written     41
        staged snapshot  8812345678901234567
        after session    20230914051000
        attempt          1, wap.id psyberg:cancel_f:20230914061001:1

        source               after snapshot       up to snapshot       files    rows     complete until
        raw.cancels          5172840618364015011  8812345678901234567  3 files  41 rows  2023-09-14 07:00 (seen)
        raw.cancel_requests  5172840618364015011  8812345678901234567  0 files  0 rows   2023-09-14 07:00 (seen)

      Intervals
        2023-09-14 05:00  late by 1 hour  overwrite  raw.cancels: 1 file, 11 rows in snapshot 8812345678901234567
        2023-09-14 06:00  new             overwrite  raw.cancels: 1 file, 16 rows in snapshot 8812345678901234567
        2023-09-14 07:00  new             overwrite  raw.cancels: 1 file, 14 rows in snapshot 8812345678901234567

      Audits
        ✖ audit unique failed: 2 rows share a cancel_id
            cancel_id
            17

      History
        2023-09-14 07:06  planned  attempt 1
        2023-09-14 07:06  held     attempt 1
      "
    `);
  });

  it('names every session that wrote an interval', () => {
    const report = {
      process: name('cancel_f'),
      interval: hours(5, 6),
      writers: [{ event: event('committed', { snapshotId: SNAPSHOT_A }), interval: interval(5, 'late', 'overwrite') }],
    };
    expect(frame(intervalHistoryText(report, screen))).toMatchInlineSnapshot(`
      "
      2023-09-14 05:00 → 06:00 (1 hour) of cancel_f was computed by 1 session:
        20230914061001  2023-09-14 07:06  late, overwrite  snapshot 5172840618364015011
      "
    `);
  });
});

describe('verifyText', () => {
  it('shows where a table differs, with rows of both kinds, times read as times', () => {
    const report = {
      processes: [
        {
          process: name('cancel_f'),
          verdict: 'different' as const,
          rowsMissing: 1,
          rowsExtra: 30,
          intervals: [{ start: hour(5), missing: 1, extra: 30 }],
          columns: ['cancel_id', 'processing_ts', 'fee'],
          missingSample: [[17n, hour(5), 250n]],
          extraSample: [[17n, null, -5n]],
          knownDifferences: [{ start: hour(1), reason: 'skipped', missing: 2, extra: 0 }],
          compared: hours(0, 8),
          message: '1 row is missing, 30 are extra',
        },
      ],
    };
    const types = { processing_ts: { kind: 'timestamptz' }, fee: { kind: 'decimal', precision: 9, scale: 2 } } as const;
    const textOf = () => (column: string, value: Parameters<typeof valueText>[0]) =>
      valueText(value, types[column as keyof typeof types]);
    expect(frame(verifyText(report, textOf, screen))).toMatchInlineSnapshot(`
      "
      ✖ cancel_f  1 row is missing, 30 are extra  2023-09-14 00:00 → 08:00 (8 hours)
          2023-09-14 05:00  1 missing  30 extra
          Missing: the recompute has them, the table does not
            cancel_id  processing_ts     fee
            17         2023-09-14 05:00  2.50
          Extra: the table has them, the recompute does not (1 of 30)
            cancel_id  processing_ts  fee
            17         NULL           -0.05
          Known differences
            2023-09-14 01:00  skipped    2 missing, 0 extra
      "
    `);
  });
});

describe('upkeep', () => {
  it('tells changes snapshot by snapshot and interval by interval', () => {
    const report = {
      table: 'raw.cancels',
      from: SNAPSHOT_A,
      to: SNAPSHOT_B,
      snapshots: [
        {
          snapshotId: SNAPSHOT_B,
          operation: 'append',
          committedAtMs: Date.UTC(2023, 8, 14, 7),
          addedFiles: 3,
          removedFiles: 0,
          addedRows: 41,
          removedRows: 0,
        },
      ],
      intervals: [
        {
          start: hour(5),
          causes: [{ table: 'raw.cancels', snapshotId: SNAPSHOT_B, files: 1, rows: 11, change: 'gained' as const }],
        },
      ],
    };
    expect(frame(changesText(report, screen))).toMatchInlineSnapshot(`
      "
      raw.cancels since snapshot 5172840618364015011: 1 snapshot
        2023-09-14 07:00  8812345678901234567  append  +3 files, 41 rows

        2023-09-14 05:00  gained  raw.cancels: 1 file, 11 rows in snapshot 8812345678901234567
      "
    `);
  });

  it('says what was checked, found and cleaned', () => {
    const problem = { severity: 'error' as const, where: 'processes.x_f', message: 'no such table raw.x' };
    expect(frame(checkText({ checked: 12, problems: [problem] }, screen))).toMatchInlineSnapshot(`
      "
      ✖ processes.x_f  no such table raw.x

      1 error, 0 warnings in 12 checks. Nothing was changed.
      "
    `);
    expect(checkText({ checked: 12, problems: [] }, screen)).toEqual(['✔ 12 checks passed.']);
    const staged = { table: 'dw.cancel_f', snapshotId: SNAPSHOT_B, session: SESSION, why: 'discarded' };
    const files = [{ location: '/w/a.parquet', sizeBytes: 1200 }];
    expect(
      frame(cleanText({ dryRun: true, leftAlone: ['dw.shared'], stagedSnapshots: [staged], files, tags: [] }, screen)),
    ).toMatchInlineSnapshot(`
      "
      Would remove 1 staged snapshot and 1 file (1.2 kB).
        dw.cancel_f  staged snapshot 8812345678901234567  session 20230914061001  discarded
        /w/a.parquet  1.2 kB
      dw.shared is left alone: its property gc.enabled is false, so other tables may use its files.
      "
    `);
    expect(signalText({ table: 'dw.x', from: 'no property' }, screen)).toEqual([
      'dw.x does not say how far it is complete (no property).',
    ]);
  });
});

describe('gridLines', () => {
  it('is left out where it does not fit', () => {
    const rows = [{ name: 'x_f', intervals: [interval(0, 'new', 'append'), interval(200, 'new', 'append')] }];
    expect(gridLines(rows, HOUR_US, screen)).toEqual([]);
  });
  it('names the second day above its first hour', () => {
    const intervals = [22, 23, 24, 25].map((h) => interval(h, 'new', 'append'));
    expect(frame(gridLines([{ name: 'x_f', intervals }], HOUR_US, screen))).toMatchInlineSnapshot(`
      "
           2023-09-14
           22 23 00 01
      x_f   N  N  N  N
      N new
      "
    `);
  });
});

describe('errorLines', () => {
  it('introduces what is not ours and shows no stack', () => {
    expect(frame(errorLines(new TypeError('x is undefined'), screen, { debug: false }))).toMatchInlineSnapshot(`
      "
      ✖ Unexpected failure: TypeError: x is undefined
        What was published stays published; nothing else is visible to readers. Run the command again to go on, or with --log-level debug to see where it came from.
      "
    `);
  });
});

describe('words', () => {
  it('say the day again only when it is another', () => {
    expect(formatSpan(hours(2, 7))).toBe('2023-09-14 02:00 → 07:00 (5 hours)');
    expect(formatSpan(hours(22, 26))).toBe('2023-09-14 22:00 → 2023-09-15 02:00 (4 hours)');
  });
  it('round sizes and times', () => {
    expect([0, 999, 1234, 12_400_000, 999_960].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.2 kB',
      '12.4 MB',
      '1.0 MB',
    ]);
    expect([40, 1234, 125_000].map(formatElapsed)).toEqual(['40 ms', '1.2 s', '2 min 5 s']);
  });
});

describe('tables and colours', () => {
  it('align cells whatever their colour', () => {
    const rows = [
      [colourPaint('good', 'a'), 'x'],
      ['long', 'y'],
    ];
    expect(tableLines(rows).map(visibleWidth)).toEqual([7, 7]);
  });
  it('colour only a terminal that wants it', () => {
    const on = (env: Record<string, string>, isTTY = true, noColor = false) =>
      choosePaint({ isTTY, noColor, env }) === colourPaint;
    expect(on({})).toBe(true);
    expect(on({}, false)).toBe(false);
    expect(on({}, true, true)).toBe(false);
    expect(on({ NO_COLOR: '1' })).toBe(false);
    expect(on({ TERM: 'dumb' })).toBe(false);
    expect(on({ FORCE_COLOR: '1' }, false)).toBe(true);
  });
});
