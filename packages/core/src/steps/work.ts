import type { DataFile, SnapshotId, Table } from '@psyberg/iceberg';
import type { SourceObservation } from '../changes/source-observation.ts';
import type { IntervalRows, Relation } from '../engine/engine.ts';
import type { Process } from '../process/process.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import type { HeldState } from '../state/record-walk.ts';
import type { StateRecord } from '../state/state-record.ts';

/** What init found: the plan, and what lies open from making it, so that the next step need not open it again. */
export interface PlannedWork {
  readonly process: Process;
  readonly plan: SessionPlan;
  /** Absent: the target does not exist yet. */
  readonly target?: Table;
  readonly held: HeldState;
  readonly sources: readonly Table[];
  readonly observations: readonly SourceObservation[];
  /** What is read to replace intervals of a stateless target, besides what was added; counted where `limits` has a `maxBytes`. */
  readonly replacedBytes?: number;
}

/** A try of a session to write; its identity in the table is `wapId`. */
export interface Attempt {
  readonly number: number;
  readonly wapId: string;
}

/** What a write step left behind. */
export interface WrittenWork {
  readonly target: Table;
  readonly record: StateRecord;
  /** Absent: no row is added or removed; publication is a commit of properties. */
  readonly stagedSnapshotId?: SnapshotId;
  /** Head of the branch when the attempt began. */
  readonly attemptHead?: SnapshotId;
  readonly computed: readonly DataFile[];
  readonly rows: number;
  readonly rowsByInterval: readonly IntervalRows[];
  readonly rowsDropped: number;
  /** The transform's inputs, as audits see them. */
  readonly inputs: readonly InputRelation[];
}

export interface InputRelation {
  readonly role: 'changes' | 'lookup';
  readonly relation: Relation;
  /** Rows offered to the transform; absent when a user's own job wrote. */
  readonly rows?: number;
  readonly nullTimeRows?: number;
}
