/** Reports as core makes them, for the walkthrough's late hours: short to write, whole to render. */
import {
  type AuditRow,
  type Cause,
  HOUR_US,
  type Instant,
  type Interval,
  type PlannedInterval,
  type PlannedSource,
  type ProcessName,
  type ProcessReport,
  parseInstant,
  plus,
  type SessionEvent,
  type SessionId,
  type SessionPlan,
} from '@psyberg/core';
import { toSequenceNumber, toSnapshotId } from '@psyberg/iceberg';

/** Hour `h` of 14 September 2023. */
export const hour = (h: number): Instant => plus(parseInstant('2023-09-14')!, HOUR_US * BigInt(h));
export const hours = (from: number, to: number): Interval => ({ start: hour(from), end: hour(to) });
export const name = (text: string): ProcessName => text as ProcessName;
export const SESSION = '20230914061001' as SessionId;
/** Beyond what a JS number holds. */
export const SNAPSHOT_A = toSnapshotId(5172840618364015011n);
export const SNAPSHOT_B = toSnapshotId(8812345678901234567n);

export const cause = (table: string, rows: number, more: Partial<Cause> = {}): Cause => ({
  table,
  snapshotId: SNAPSHOT_B,
  files: 1,
  rows,
  ...more,
});

const predicted = (table: string, process: string): Cause => ({
  table,
  process: name(process),
  predicted: true,
  files: 0,
  rows: 0,
});

export function interval(
  h: number,
  state: PlannedInterval['state'],
  action: PlannedInterval['action'],
  more: Partial<PlannedInterval> = {},
): PlannedInterval {
  return { start: hour(h), state, action, causes: [], ...more };
}

function source(table: string, more: Partial<PlannedSource> = {}): PlannedSource {
  return {
    table,
    as: table.split('.').at(-1)!,
    branch: 'main',
    uuid: '5f2c7d8e-0000-4000-8000-000000000001',
    from: { snapshotId: SNAPSHOT_A, sequenceNumber: toSequenceNumber(6n), committedAtMs: Date.UTC(2023, 8, 14, 6) },
    to: { snapshotId: SNAPSHOT_B, sequenceNumber: toSequenceNumber(7n), committedAtMs: Date.UTC(2023, 8, 14, 7) },
    files: 2,
    rows: 140,
    bytes: 12_400,
    processingUris: ['{"event_ts_hour":"2023-09-14-02"}'],
    changed: [hours(2, 3), hours(6, 7)],
    completeUntil: hour(7),
    basis: 'seen',
    next: { table, branch: 'main', uuid: '5f2c7d8e-0000-4000-8000-000000000001', fileCount: 9, fileHash: 'ab' },
    landedFromMs: Date.UTC(2023, 8, 14, 7),
    landedToMs: Date.UTC(2023, 8, 14, 7),
    ...more,
  };
}

export function plan(process: string, mode: SessionPlan['mode'], more: Partial<SessionPlan> = {}): SessionPlan {
  return {
    process: name(process),
    mode,
    session: SESSION,
    kind: 'normal',
    target: { table: `dw.${process}`, branch: 'main', uuid: 'u', head: SNAPSHOT_A },
    previous: '20230914051000' as SessionId,
    outcome: 'work',
    sources: [],
    lookups: [],
    write: [],
    calls: [],
    intervals: [],
    upperBefore: hour(6),
    upper: hour(7),
    pending: [],
    skipped: [],
    fingerprints: { transform: 't', audits: 'a', config: 'c' },
    notes: [],
    plannedAtMs: Date.UTC(2023, 8, 14, 7, 5),
    ...more,
  };
}

export function report(plan: SessionPlan, more: Partial<ProcessReport> = {}): ProcessReport {
  return {
    process: plan.process,
    mode: plan.mode,
    status: 'ok',
    session: plan.session,
    plan,
    audits: [],
    message: 'planned',
    next: [],
    stepsMs: {},
    ...more,
  };
}

export function audit(more: Partial<AuditRow> = {}): AuditRow {
  return {
    process: name('cancel_f'),
    session: SESSION,
    attempt: 1,
    audit: 'unique',
    name: 'unique',
    severity: 'blocking',
    status: 'passed',
    message: 'all rows are unique',
    failingRows: 0,
    sample: [],
    definitionHash: 'd',
    durationMs: 12,
    recordedAtMs: Date.UTC(2023, 8, 14, 7, 6),
    ...more,
  };
}

/** The chain of the walkthrough as `plan` finds it when the late data has arrived. */
export const WALKTHROUGH = {
  processes: [
    report(
      plan('signup_f', 'stateless', {
        sources: [source('raw.signups')],
        write: [hours(2, 3), hours(6, 7)],
        range: hours(2, 7),
        intervals: [
          interval(2, 'late', 'append', { lateByUs: 4n * HOUR_US, causes: [cause('raw.signups', 20)] }),
          interval(6, 'new', 'append', { causes: [cause('raw.signups', 120)] }),
        ],
      }),
    ),
    report(
      plan('cancel_f', 'stateful', {
        sources: [source('raw.cancels', { files: 3, rows: 41 }), source('raw.cancel_requests', { files: 0, rows: 0 })],
        write: [hours(5, 8)],
        range: hours(5, 8),
        intervals: [
          interval(5, 'late', 'overwrite', { lateByUs: HOUR_US, causes: [cause('raw.cancels', 11)] }),
          interval(6, 'new', 'overwrite', { causes: [cause('raw.cancels', 16)] }),
          interval(7, 'new', 'overwrite', { causes: [cause('raw.cancels', 14)] }),
        ],
      }),
    ),
    report(
      plan('account_state_d', 'sequential', {
        sources: [source('dw.signup_f', { files: 0 }), source('dw.cancel_f', { files: 0 })],
        write: [hours(2, 7)],
        range: hours(2, 7),
        intervals: [
          interval(2, 'late', 'overwrite', { lateByUs: 4n * HOUR_US, causes: [predicted('dw.signup_f', 'signup_f')] }),
          interval(3, 'redone', 'overwrite'),
          interval(4, 'redone', 'overwrite'),
          interval(5, 'late', 'overwrite', { lateByUs: HOUR_US, causes: [predicted('dw.cancel_f', 'cancel_f')] }),
          interval(6, 'new', 'overwrite', {
            causes: [predicted('dw.signup_f', 'signup_f'), predicted('dw.cancel_f', 'cancel_f')],
          }),
          interval(7, 'waiting', 'none', {
            waitingFor: ['dw.signup_f'],
            causes: [predicted('dw.cancel_f', 'cancel_f')],
          }),
        ],
      }),
      { predictedSources: ['dw.signup_f', 'dw.cancel_f'] },
    ),
  ],
};

export function event(state: SessionEvent['state'], more: Partial<SessionEvent> = {}): SessionEvent {
  return {
    process: name('cancel_f'),
    session: SESSION,
    attempt: 1,
    kind: 'normal',
    mode: 'stateful',
    state,
    wapId: `psyberg:cancel_f:${SESSION}:1`,
    recordedAtMs: Date.UTC(2023, 8, 14, 7, 6),
    plan: WALKTHROUGH.processes[1]!.plan!,
    ...more,
  };
}
