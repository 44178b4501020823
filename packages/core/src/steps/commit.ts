/**
 * Commit: write what people look at: the session's row and the watermarks, with the ones before. The watermark that counts moved
 * with publication, in the target itself; a run that finds a published session without these rows writes them first.
 */
import type { SnapshotId } from '@psyberg/iceberg';
import { callsOf } from '../plan/stateful.ts';
import type { Process } from '../process/process.ts';
import type { SessionEvent, WatermarkRow } from '../session/rows.ts';
import type { SessionPlan, SessionState } from '../session/session-plan.ts';
import { wapIdOf } from '../session/wap-id.ts';
import type { StateRecord } from '../state/state-record.ts';
import type { Attempt } from './work.ts';

export interface SessionFacts {
  readonly stagedSnapshotId?: SnapshotId;
  readonly attemptHead?: SnapshotId;
  readonly snapshotId?: SnapshotId;
  readonly rowsWritten?: number;
  readonly message?: string;
}

/** One event of a session's life. */
export function sessionEvent(
  plan: SessionPlan,
  attempt: Attempt,
  state: SessionState,
  recordedAtMs: number,
  facts: SessionFacts = {},
): SessionEvent {
  return {
    process: plan.process,
    session: plan.session,
    attempt: attempt.number,
    kind: plan.kind,
    mode: plan.mode,
    state,
    wapId: attempt.wapId,
    recordedAtMs,
    plan,
    ...facts,
  };
}

/** Now, or just after what the session was told of last: the newest event is its state, also on a clock that was set back. */
export const momentAfter = (clock: () => number, before: SessionEvent | undefined): number =>
  before === undefined ? clock() : Math.max(clock(), before.recordedAtMs + 1);

export const attemptOf = (plan: SessionPlan, number: number): Attempt => ({
  number,
  wapId: wapIdOf({ process: plan.process, session: plan.session, attempt: number }),
});

/** One row per source of the record: its high watermark now, and the one before. */
export function watermarkRows(
  record: StateRecord,
  before: StateRecord | undefined,
  committedAtMs: number,
): readonly WatermarkRow[] {
  return record.sources.map((source) => {
    const known = before?.sources.find((s) => s.table === source.table && s.branch === source.branch)?.snapshotId;
    const previous = known ?? source.readFrom;
    return {
      process: record.process,
      session: record.session,
      source,
      ...(previous !== undefined && { previousSnapshotId: previous }),
      committedAtMs,
    };
  });
}

/**
 * A plan as far as a record tells it, for a session whose own plan was lost with the process that made it: what was written, up to
 * which snapshots, but not why.
 */
export function planOfRecord(process: Process, record: StateRecord, target: SessionPlan['target']): SessionPlan {
  const pins = record.part?.pins ?? record.sources;
  const range =
    record.written.length === 0
      ? undefined
      : { start: record.written[0]!.start, end: record.written[record.written.length - 1]!.end };
  return {
    process: record.process,
    mode: record.mode,
    session: record.session,
    kind: record.kind,
    target,
    ...(record.previous !== undefined && { previous: record.previous }),
    ...(record.base !== undefined && { base: record.base }),
    outcome: range === undefined ? 'signal' : 'work',
    sources: pins.map((next) => ({
      table: next.table,
      as: next.table.slice(next.table.lastIndexOf('.') + 1),
      branch: next.branch,
      uuid: next.uuid,
      ...(next.snapshotId !== undefined &&
        next.sequenceNumber !== undefined && {
          to: { snapshotId: next.snapshotId, sequenceNumber: next.sequenceNumber, committedAtMs: record.recordedAtMs },
        }),
      files: 0,
      rows: 0,
      bytes: 0,
      processingUris: [],
      changed: [],
      next,
    })),
    lookups: record.lookups.map((lookup) => ({ ...lookup, as: lookup.table.slice(lookup.table.lastIndexOf('.') + 1) })),
    ...(range && { range }),
    write: record.written,
    ...(record.replaced && { replace: record.replaced }),
    calls: callsOf(process, record.written),
    intervals: [],
    ...(record.upper !== undefined && { upper: record.upper }),
    ...(record.lower !== undefined && { lower: record.lower }),
    pending: record.pending,
    ...(record.fresh && { fresh: record.fresh }),
    skipped: record.skipped,
    ...(record.exempt && { exempt: record.exempt }),
    ...(record.signal && { signal: record.signal }),
    fingerprints: record.fingerprints,
    notes: ['The plan of this session was lost with the process that made it; this is what its record says.'],
    plannedAtMs: record.recordedAtMs,
  };
}
