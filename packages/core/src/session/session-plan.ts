import type { SequenceNumber, SnapshotId } from '@psyberg/iceberg';
import type { Mode, ProcessName, SessionId } from '../process/process.ts';
import type { Basis, Fingerprints, LookupState, SessionKind, Signal, SourceState } from '../state/state-record.ts';
import type { DurationUs, Instant } from '../time/instant.ts';
import type { Interval, IntervalSet } from '../time/interval-set.ts';

/** A source snapshot that a session is pinned to. */
export interface SnapshotPin {
  readonly snapshotId: SnapshotId;
  readonly sequenceNumber: SequenceNumber;
  /** Landing time of the snapshot. */
  readonly committedAtMs: number;
}

/** One list for JSON, screen and page. */
export type IntervalState = 'new' | 'late' | 'redone' | 'waiting' | 'skipped' | 'held' | 'unchanged';
export type IntervalAction = 'append' | 'overwrite' | 'none';

/** Why an interval is touched: a snapshot of a source, or the predicted output of a process upstream. */
export interface Cause {
  readonly table: string;
  readonly snapshotId?: SnapshotId;
  readonly process?: ProcessName;
  readonly predicted?: boolean;
  readonly files: number;
  readonly rows: number;
}

export interface PlannedInterval {
  readonly start: Instant;
  readonly state: IntervalState;
  readonly action: IntervalAction;
  /** How far the interval's start lies behind what was loaded before the session; only for `late` and `skipped`. */
  readonly lateByUs?: DurationUs;
  /** Tables that are not complete far enough; only for `waiting`. */
  readonly waitingFor?: readonly string[];
  readonly causes: readonly Cause[];
}

export interface PlannedSource {
  readonly table: string;
  readonly as: string;
  readonly branch: string;
  readonly uuid: string;
  /** The high watermark before; absent on a first run, or when the source had no snapshot. */
  readonly from?: SnapshotPin;
  /** The pin; absent when the source has no snapshot. */
  readonly to?: SnapshotPin;
  /** Files, rows and bytes that were added (and, for overwrites, removed) in between. */
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  /** Each changed input partition as JSON, e.g. `{"landing_date":20230914,"landing_hour":6}`. */
  readonly processingUris: readonly string[];
  /** Changed intervals on this source's own axis. */
  readonly changed: IntervalSet;
  readonly completeUntil?: Instant;
  readonly basis?: Basis;
  /** What the record will say of this source once the session is published. */
  readonly next: SourceState;
  /** Landing times of the first and last snapshot read. */
  readonly landedFromMs?: number;
  readonly landedToMs?: number;
}

export interface PlannedLookup extends LookupState {
  readonly as: string;
}

/**
 * The value that init makes: what a session will read and write, and why. Pure data; it can be printed, stored, compared and run.
 */
export interface SessionPlan {
  readonly process: ProcessName;
  readonly mode: Mode;
  readonly session: SessionId;
  readonly kind: SessionKind;
  readonly target: {
    readonly table: string;
    readonly branch: string;
    /** Absent when the table does not exist yet. */
    readonly uuid?: string;
    readonly head?: SnapshotId;
  };
  /** The session whose record held; the fence refuses publication when another holds by then. */
  readonly previous?: SessionId;
  readonly base?: SessionId;
  /**
   * `work`: rows will be written. `signal`: no rows, but a pin, U or the signal moves (properties only). `nothing`: nothing moves.
   */
  readonly outcome: 'work' | 'signal' | 'nothing';
  readonly sources: readonly PlannedSource[];
  readonly lookups: readonly PlannedLookup[];
  /** From the lowest to the highest interval written; absent when none is. */
  readonly range?: Interval;
  /** Exactly the intervals that are written. */
  readonly write: IntervalSet;
  /**
   * Of a stateless session: those of `write` whose rows it replaces, recomputed from all its sources at their pins, because rows already
   * loaded were changed (`onOverwrite: recompute`). To the others it appends. Absent: none.
   */
  readonly replace?: IntervalSet;
  /** One call of the transform each, in order. */
  readonly calls: readonly Interval[];
  readonly intervals: readonly PlannedInterval[];
  readonly upperBefore?: Instant;
  readonly upper?: Instant;
  readonly lower?: Instant;
  readonly pending: IntervalSet;
  /** Of what is pending: what was never computed. Absent: nothing. */
  readonly fresh?: IntervalSet;
  readonly skipped: IntervalSet;
  /** Of what is written or pending, what carries the mark of a backfill; see `StateRecord`. Absent: nothing does. */
  readonly exempt?: IntervalSet;
  readonly signal?: Signal;
  readonly fingerprints: Fingerprints;
  /** Plain sentences for people: what is remarkable about this plan. */
  readonly notes: readonly string[];
  readonly plannedAtMs: number;
}

export type SessionState =
  | 'planned'
  | 'written'
  | 'audited'
  | 'published'
  | 'committed'
  | 'empty'
  | 'held'
  | 'superseded'
  | 'discarded';
