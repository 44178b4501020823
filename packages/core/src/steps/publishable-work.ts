import type { SnapshotId, Table } from '@psyberg/iceberg';
import type { Process } from '../process/process.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import type { StateRecord } from '../state/state-record.ts';
import type { Attempt } from './work.ts';

/** What is to be published; all that survives between the steps. */
export interface PublishableWork {
  readonly process: Process;
  readonly plan: SessionPlan;
  readonly attempt: Attempt;
  readonly record: StateRecord;
  /** Absent: no row changes. */
  readonly stagedSnapshotId?: SnapshotId;
  /** Head of the branch when the attempt began; conflicts are looked for since then. */
  readonly attemptHead?: SnapshotId;
  /** Further summary entries: accepted audits. */
  readonly summary?: Readonly<Record<string, string>>;
}

export interface Published {
  readonly how: 'fast-forward' | 'commit' | 'properties' | 'already';
  readonly snapshotId?: SnapshotId;
  readonly table: Table;
}
