import type { SnapshotId } from '@psyberg/iceberg';
import type { Mode, ProcessName, SessionId, Severity } from '../process/process.ts';
import type { SessionKind, SourceState } from '../state/state-record.ts';
import type { SessionPlan, SessionState } from './session-plan.ts';

/**
 * One thing that happened to a session. The session table is a log of these: a session's state is that of its newest event
 * (by `recordedAtMs`, then by `step` order). On disk an event is one row per source, so that any engine can query it.
 */
export interface SessionEvent {
  readonly process: ProcessName;
  readonly session: SessionId;
  readonly attempt: number;
  readonly kind: SessionKind;
  readonly mode: Mode;
  readonly state: SessionState;
  readonly wapId: string;
  readonly recordedAtMs: number;
  /** The whole plan, kept losslessly (JSON column) beside typed columns made from it. */
  readonly plan: SessionPlan;
  readonly stagedSnapshotId?: SnapshotId;
  /** Head of the target's branch when the attempt began. */
  readonly attemptHead?: SnapshotId;
  /** The snapshot readers see since publication. */
  readonly snapshotId?: SnapshotId;
  readonly rowsWritten?: number;
  /** One plain sentence: why held, superseded by which session, … */
  readonly message?: string;
}

/** One per process, source and committed session; the newest is the watermark, the one before is kept. */
export interface WatermarkRow {
  readonly process: ProcessName;
  readonly session: SessionId;
  readonly source: SourceState;
  readonly previousSnapshotId?: SnapshotId;
  readonly committedAtMs: number;
}

export type AuditStatus = 'passed' | 'failed' | 'warned' | 'accepted' | 'error';

export interface AuditRow {
  readonly process: ProcessName;
  readonly session: SessionId;
  readonly attempt: number;
  readonly audit: string;
  readonly name: string;
  readonly severity: Severity;
  readonly status: AuditStatus;
  /** One sentence with the numbers. */
  readonly message: string;
  readonly failingRows: number;
  /** Up to 20 failing rows, each as column name to printed value. */
  readonly sample: readonly Readonly<Record<string, string | null>>[];
  /** The one number that was judged. */
  readonly observed?: number;
  /** What it was held against, for people: `between 1 and 5`. */
  readonly expected?: string;
  /** Several numbers that were judged, by what they are of: an interval (its start as ISO instant) or a table. */
  readonly observedBy?: Readonly<Record<string, number>>;
  /** The audit's parameters as JSON. */
  readonly definition?: string;
  /** Hash of the audit's kind and parameters: results with the same one can be compared. */
  readonly definitionHash: string;
  readonly durationMs: number;
  readonly recordedAtMs: number;
  /** For `accepted`: who and why. */
  readonly acceptedBy?: string;
  readonly reason?: string;
}
