import type { DataFile, Schema, SnapshotChanges, SnapshotId, Table, Type } from '@psyberg/iceberg';
import type { Engine, IntervalRows, ParameterValue, Relation } from '../engine/engine.ts';
import type { Process, SessionId } from '../process/process.ts';
import type { TimeColumn } from '../process/time-column.ts';
import type { PlannedSource, SessionPlan } from '../session/session-plan.ts';

/** What the transform read under one name. */
export interface AuditInput {
  readonly role: 'changes' | 'lookup';
  readonly relation: Relation;
  /** Rows offered to the transform; absent when a user's own job wrote. */
  readonly rows?: number;
}

/** An earlier session of the process that wrote rows, as far as row counts matter. */
export interface EarlierSession {
  readonly session: SessionId;
  readonly rows: number;
  /** How many intervals it wrote; at least 1. */
  readonly intervals: number;
}

/** What an audit of the very same definition found in an earlier session that was published. */
export interface EarlierResult {
  readonly session: SessionId;
  readonly observed?: number;
  readonly observedBy?: Readonly<Record<string, number>>;
}

/** Earlier results of one definition, newest first; reads the audit table when it is called. */
export type AuditHistory = () => Promise<readonly EarlierResult[]>;

/** A table as far as this session is concerned with it: a source since the watermark, or the target with the staged snapshot. */
export interface ChangedTable {
  /** `namespace.table` */
  readonly name: string;
  /** How the process calls a source. */
  readonly as?: string;
  /** With the snapshots below in its metadata. */
  readonly table: Table;
  readonly schema: Schema;
  /** The column that places its rows in time; absent where there is none. */
  readonly time?: TimeColumn;
  /** The newest snapshot that is looked at; absent: nothing changed. */
  readonly to?: SnapshotId;
  /** A first load: all that is there is new. */
  readonly whole?: boolean;
  /** What the plan says of it, for a source. */
  readonly planned?: PlannedSource;
  /**
   * What each new snapshot did, oldest first. Reads the new snapshots' own manifests, so cost grows with the change; after a rollback or
   * an expiry, where the watermark's snapshot is no ancestor, and on a first load, only the newest snapshot.
   */
  readonly changes: () => Promise<readonly SnapshotChanges[]>;
  /** The data files whose rows the session reads or has written, from those manifests. */
  readonly files: () => Promise<readonly DataFile[]>;
}

/** What audits of metadata see. */
export interface MetadataContext {
  readonly process: Process;
  readonly plan: SessionPlan;
  readonly attempt: number;
  /** Changes sources at the snapshots that the session is pinned to, in the order of the process. */
  readonly sources: readonly ChangedTable[];
  /** The target with what is staged; absent before the write. */
  readonly staged?: () => Promise<ChangedTable>;
  /** Staged rows by interval; absent before the write. */
  readonly rowsByInterval?: readonly IntervalRows[];
  /** Newest first. */
  readonly earlierSessions: () => Promise<readonly EarlierSession[]>;
  /** Of published sessions, newest first. */
  readonly earlierResults: (definitionHash: string) => Promise<readonly EarlierResult[]>;
  readonly clock: () => number;
  readonly signal?: AbortSignal;
}

/**
 * What audits see: the attempt's rows as publication would leave them, and the input that they were made from.
 *
 * Whoever makes it decides which files are meant; audits only ask the engine. What is costly is a function, called when an audit
 * needs it: an audit that the known numbers answer opens no engine and reads nothing.
 */
export interface AuditContext extends MetadataContext {
  /** The rows that the attempt computed. Its names are not looked at. */
  readonly written: Relation;
  /**
   * All rows of the touched intervals as publication would leave them: those computed and, for an appending process, those that the
   * branch has there already. Its names are not looked at.
   */
  readonly touched: () => Promise<Relation>;
  /** Exactly the transform's input, each with the names by which the transform calls it. */
  readonly inputs: readonly AuditInput[];
  /**
   * A whole table: a source or lookup of the process at its pinned snapshot, any other at its current one.
   *
   * @throws {UsageError} there is no such table
   */
  readonly tableNamed: (name: string) => Promise<{ readonly name: string; readonly relation: Relation }>;
  /** Absent when a user's own job wrote. */
  readonly rowsWritten?: number;
  readonly engine: () => Promise<Engine>;
  /** Values of the placeholders of user SQL: those that the transform has. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** How instants are written as literals. */
  readonly timeType?: Type;
}
