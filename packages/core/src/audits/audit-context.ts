import type { Type } from '@psyberg/iceberg';
import type { Engine, ParameterValue, Relation } from '../engine/engine.ts';
import type { Process, SessionId } from '../process/process.ts';
import type { SessionPlan } from '../session/session-plan.ts';

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

/**
 * What audits see: the attempt's rows as publication would leave them, and the input that they were made from.
 *
 * Whoever makes it decides which files are meant; audits only ask the engine. What is costly is a function, called when an audit
 * needs it: an audit that the known numbers answer opens no engine and reads nothing.
 */
export interface AuditContext {
  readonly process: Process;
  readonly plan: SessionPlan;
  readonly attempt: number;
  /** The rows that the attempt computed. Its names are not looked at. */
  readonly written: Relation;
  /**
   * All rows of the touched intervals as publication would leave them: those computed and, for an appending process, those that the
   * branch has there already. Its names are not looked at.
   */
  readonly touched: () => Promise<Relation>;
  /** Exactly the transform's input, each with the names by which the transform calls it. */
  readonly inputs: readonly AuditInput[];
  /** Absent when a user's own job wrote. */
  readonly rowsWritten?: number;
  /** Newest first. */
  readonly earlierSessions: () => Promise<readonly EarlierSession[]>;
  readonly engine: () => Promise<Engine>;
  /** Values of the placeholders of user SQL: those that the transform has. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** How instants are written as literals. */
  readonly timeType?: Type;
  readonly clock: () => number;
  readonly signal?: AbortSignal;
}
