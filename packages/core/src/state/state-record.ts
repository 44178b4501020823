import type { SequenceNumber, SnapshotId } from '@psyberg/iceberg';
import type { Mode, ProcessName, SessionId } from '../process/process.ts';
import type { Instant } from '../time/instant.ts';
import type { IntervalSet } from '../time/interval-set.ts';

/** How far a table is complete is either promised by its producer (`declared`) or guessed from what has been seen (`seen`). */
export type Basis = 'declared' | 'seen';

/** Complete until (exclusive), and how we know. */
export interface Completeness {
  readonly until: Instant;
  readonly basis: Basis;
}

/** Completeness of a target, on the axis of one of its columns. */
export interface Signal extends Completeness {
  readonly column: string;
}

export type SessionKind = 'normal' | 'backfill' | 'adopt' | 'skip' | 'recompute';

/** A source as far as it is in the target. */
export interface SourceState {
  /** `namespace.table` */
  readonly table: string;
  readonly branch: string;
  readonly uuid: string;
  /** The high watermark; absent while the source had no snapshot. */
  readonly snapshotId?: SnapshotId;
  readonly sequenceNumber?: SequenceNumber;
  /** The high watermark before the session: what it read lies after this; absent when it read from the beginning. */
  readonly readFrom?: SnapshotId;
  /** End of the latest value seen that counts; later removals do not lower it. */
  readonly seenUntil?: Instant;
  /** Intervals that the source dropped by its retention: what was computed of them cannot be computed again. Absent: none. */
  readonly dropped?: IntervalSet;
  /** Live data files at the high watermark. */
  readonly fileCount: number;
  /** Order-free hash of their paths, 16 hex digits. */
  readonly fileHash: string;
}

export interface LookupState {
  readonly table: string;
  readonly branch: string;
  readonly uuid: string;
  readonly snapshotId?: SnapshotId;
}

export interface Fingerprints {
  readonly transform: string;
  readonly audits: string;
  readonly config: string;
}

/**
 * What a target knows of a process: written with the data, in the same table commit. Everything else that speaks of sessions
 * and watermarks is a view of this.
 */
export interface StateRecord {
  readonly version: 1;
  readonly process: ProcessName;
  readonly session: SessionId;
  readonly attempt: number;
  readonly kind: SessionKind;
  readonly mode: Mode;
  /** The session whose record held when this one was planned. */
  readonly previous?: SessionId;
  /** The process's newest session with a snapshot when this one was planned. */
  readonly base?: SessionId;
  readonly signal?: Signal;
  readonly sources: readonly SourceState[];
  readonly lookups: readonly LookupState[];
  /** U: exclusive upper bound reached. */
  readonly upper?: Instant;
  /** L: start of the first interval ever computed. */
  readonly lower?: Instant;
  /** The target's time column (as `formatTimeColumn` prints it) on whose axis all intervals here lie. */
  readonly time?: string;
  /** Exactly the intervals this session wrote (overwrote, also to nothing; or appended to). */
  readonly written: IntervalSet;
  /** Of a stateless session: those of `written` that it replaced; to the others it appended. Absent: none. */
  readonly replaced?: IntervalSet;
  /** To be recomputed by the next session. */
  readonly pending: IntervalSet;
  /** Of what is pending: what was never computed, so that no row can be lost by computing it. Absent: nothing. */
  readonly fresh?: IntervalSet;
  /** Known to be stale on purpose. */
  readonly skipped: IntervalSet;
  /**
   * Of what was written or is pending, what carries the mark of a backfill: its own, or one of a source. Whoever reads the target
   * loads these intervals however old they are, and passes the mark on.
   */
  readonly exempt?: IntervalSet;
  /** Why a person moved the watermark past a change. */
  readonly reason?: string;
  readonly fingerprints: Fingerprints;
  /** A stateless session in parts: its pin and the intervals already appended, per source table. */
  readonly part?: {
    readonly pins: readonly SourceState[];
    readonly done: IntervalSet;
  };
  readonly recordedAtMs: number;
}
