import type { SnapshotId } from '@psyberg/iceberg';
import type { QueryValue } from './engine/engine.ts';
import type { Mode, ProcessName, SessionId } from './process/process.ts';
import type { AuditRow, SessionEvent } from './session/rows.ts';
import type { Cause, PlannedInterval, SessionPlan, SessionState } from './session/session-plan.ts';
import type { OwnTableCondition } from './session/session-tables.ts';
import type { Basis, Signal, StateRecord } from './state/state-record.ts';
import type { DurationUs, Instant } from './time/instant.ts';
import type { Interval, IntervalSet } from './time/interval-set.ts';

/** What an operation on a process came to; the same words in JSON. */
export type ReportStatus =
  | 'ok'
  | 'nothing_to_do'
  | 'held'
  | 'conflict'
  | 'partial'
  | 'blocked'
  | 'needs_decision'
  | 'failed';

export interface ProcessReport {
  readonly process: ProcessName;
  readonly mode: Mode;
  readonly status: ReportStatus;
  readonly session?: SessionId;
  readonly attempt?: number;
  readonly wapId?: string;
  /** Absent when planning itself failed or never began. In `plan` its sources and intervals may be predicted. */
  readonly plan?: SessionPlan;
  /** Tables whose changes in this plan are predicted, not yet there. */
  readonly predictedSources?: readonly string[];
  readonly audits: readonly AuditRow[];
  readonly rowsWritten?: number;
  readonly rowsByInterval?: readonly { readonly start: Instant; readonly rows: number }[];
  /** The snapshot that readers see since publication. */
  readonly snapshot?: SnapshotId;
  readonly stagedSnapshot?: SnapshotId;
  /** One plain sentence: what was done, or why nothing. */
  readonly message: string;
  /** The failure, as it was thrown; the command line maps its code to the exit status. */
  readonly error?: unknown;
  readonly next: readonly string[];
  readonly stepsMs: Readonly<Record<string, number>>;
}

export interface ChainReport {
  readonly processes: readonly ProcessReport[];
}

export interface StepReport {
  readonly step: 'init' | 'write' | 'audit' | 'publish' | 'commit';
  readonly process: ProcessReport;
  readonly state: SessionState;
  /** False when the step had been done before and this call changed nothing. */
  readonly changed: boolean;
}

export interface StatusReport {
  readonly processes: readonly ProcessStatus[];
}

export interface ProcessStatus {
  readonly process: ProcessName;
  readonly mode: Mode;
  readonly target: string;
  readonly upstream: readonly ProcessName[];
  /** The record that holds; absent before the first run. */
  readonly record?: StateRecord;
  readonly signal?: Signal;
  readonly sources: readonly {
    readonly table: string;
    readonly watermark?: SnapshotId;
    readonly head?: SnapshotId;
    readonly snapshotsBehind: number;
    readonly completeUntil?: Instant;
    readonly basis?: Basis;
  }[];
  /** Intervals seen somewhere that wait, with the tables they wait for. */
  readonly waitingFor: readonly string[];
  readonly pending: IntervalSet;
  readonly skipped: IntervalSet;
  readonly lastSession?: SessionEvent;
  readonly held: readonly SessionEvent[];
  readonly lease?: { readonly owner: string; readonly ageMs: number };
  readonly problem?: unknown;
}

export interface ExplainReport {
  readonly event: SessionEvent;
  /** All events of the session, oldest first. */
  readonly history: readonly SessionEvent[];
  readonly audits: readonly AuditRow[];
}

export interface IntervalHistoryReport {
  readonly process: ProcessName;
  readonly interval: Interval;
  /** Sessions that wrote the interval, oldest first. */
  readonly writers: readonly { readonly event: SessionEvent; readonly interval?: PlannedInterval }[];
}

export interface VerifyReport {
  readonly processes: readonly ProcessVerification[];
}

export interface ProcessVerification {
  readonly process: ProcessName;
  /**
   * `contained`: no row is missing, and more cannot be proven where a source's `onOverwrite` is `added-only`. `unverifiable`: a snapshot
   * that is needed is gone; never reported as equal.
   */
  readonly verdict: 'equal' | 'contained' | 'different' | 'unverifiable' | 'no_sessions';
  readonly rowsMissing: number;
  readonly rowsExtra: number;
  readonly intervals: readonly { readonly start: Instant; readonly missing: number; readonly extra: number }[];
  readonly columns: readonly string[];
  readonly missingSample: readonly (readonly QueryValue[])[];
  readonly extraSample: readonly (readonly QueryValue[])[];
  readonly knownDifferences: readonly {
    readonly start: Instant;
    readonly reason: string;
    readonly session?: SessionId;
    readonly missing: number;
    readonly extra: number;
  }[];
  readonly compared?: Interval;
  /** Intervals that a split catch-up has still to do: of a recomputing process they are left out. */
  readonly pending?: IntervalSet;
  readonly message: string;
}

export interface ChangesReport {
  readonly table: string;
  readonly from?: SnapshotId;
  readonly to?: SnapshotId;
  readonly snapshots: readonly {
    readonly snapshotId: SnapshotId;
    readonly operation: string;
    readonly committedAtMs: number;
    readonly addedFiles: number;
    readonly removedFiles: number;
    readonly addedRows: number;
    readonly removedRows: number;
  }[];
  /** Gained and lost by interval of the chosen column, ascending; empty when the table has no time column to go by. */
  readonly intervals: readonly {
    readonly start: Instant;
    readonly causes: readonly (Cause & { readonly change: 'gained' | 'lost' })[];
  }[];
}

export interface SignalReport {
  readonly table: string;
  readonly signal?: { readonly until: Instant; readonly basis: Basis; readonly column?: string };
  readonly from: string;
}

export interface WaitReport extends SignalReport {
  /** What was waited for, exclusive. */
  readonly until: Instant;
  /** Whether what has only been seen counted. */
  readonly seen: boolean;
  /** False: the time ran out first. */
  readonly reached: boolean;
  readonly waitedMs: number;
  /** How often the table was looked at. */
  readonly polls: number;
}

export interface CleanReport {
  readonly dryRun: boolean;
  /** Tables of which nothing was looked for: their property `gc.enabled` is false, so files that they do not need may be others'. */
  readonly leftAlone: readonly string[];
  readonly stagedSnapshots: readonly {
    readonly table: string;
    readonly snapshotId: SnapshotId;
    readonly session: SessionId;
    readonly why: string;
  }[];
  readonly files: readonly { readonly location: string; readonly sizeBytes: number }[];
  /** Tags of ours on sources that no process needs any more. */
  readonly tags: readonly { readonly table: string; readonly tag: string; readonly process: ProcessName }[];
}

export interface CheckReport {
  readonly problems: readonly {
    readonly severity: 'error' | 'warning';
    readonly where: string;
    readonly message: string;
  }[];
  readonly checked: number;
}

export interface DoctorFinding {
  /** `error`: broken now, a person must act. `warning`: at risk. `info`: worth knowing. */
  readonly severity: 'error' | 'warning' | 'info';
  readonly topic:
    | 'plan'
    | 'retention'
    | 'bounds'
    | 'lease'
    | 'staged'
    | 'remains'
    | 'rights'
    | 'own-tables'
    | 'record'
    | 'intervals'
    | 'metadata-log';
  /** A process, a table or a place. */
  readonly where: string;
  readonly message: string;
  readonly next: readonly string[];
}

export interface DoctorReport {
  /** Worst first. */
  readonly findings: readonly DoctorFinding[];
  /** How many were looked at. */
  readonly processes: number;
  /** Our own tables, as far as they exist. */
  readonly tables: readonly {
    readonly table: string;
    readonly snapshots: number;
    readonly files: number;
    readonly rows: number;
    readonly metadataBytes: number;
  }[];
}

export interface RecoverReport {
  readonly dryRun: boolean;
  readonly tables: readonly OwnTableCondition[];
  readonly processes: readonly RecoveredProcess[];
  /** What no target knows, in plain sentences. */
  readonly notRecovered: readonly string[];
}

export interface RecoveredProcess {
  readonly process: ProcessName;
  /** Sessions that the session table lacked, or did not know to be published, oldest first. */
  readonly sessions: readonly SessionId[];
  /** Rows that the watermark table lacked. */
  readonly watermarks: number;
  /** Sessions that the target once held, and that nothing tells of any more, nor what came before them. */
  readonly lost: readonly SessionId[];
  readonly problem?: unknown;
}

export interface SkipReport {
  readonly process: ProcessName;
  readonly table: string;
  /** Absent where nothing was declared. */
  readonly session?: SessionId;
  readonly dryRun: boolean;
  /** False where the watermark was there already. */
  readonly moves: boolean;
  readonly from?: SnapshotId;
  readonly to: SnapshotId;
  /** Of the change: files that came and went, with their rows. */
  readonly files: number;
  readonly rows: number;
  /** What it touches of what is loaded, and is stale from now on. */
  readonly skipped: IntervalSet;
  /** What it touches beyond; the next run computes that from all that is there. */
  readonly ahead: IntervalSet;
  readonly reason: string;
}

export interface AdoptReport {
  readonly process: ProcessName;
  readonly session: SessionId;
  readonly record: StateRecord;
  readonly loadedUntil?: Instant;
  readonly lagUs?: DurationUs;
}
