import type { SnapshotId } from '@psyberg/iceberg';
import type { SourceObservation } from '../changes/source-observation.ts';
import type { Process, SessionId } from '../process/process.ts';
import type { PlannedLookup } from '../session/session-plan.ts';
import type { Fingerprints, SessionKind, StateRecord } from '../state/state-record.ts';
import type { Interval } from '../time/interval-set.ts';

/** All facts that a plan is made of. Planning reads nothing else: no clock, no disk, no network. */
export interface PlanInput {
  readonly process: Process;
  readonly session: SessionId;
  readonly kind: SessionKind;
  readonly target: { readonly uuid?: string; readonly head?: SnapshotId };
  /** The record that holds in the target; absent before the first session. */
  readonly record?: StateRecord;
  /** The process's newest session with a snapshot in the target's history. */
  readonly base?: SessionId;
  /** One per changes source, in the process's order. */
  readonly observations: readonly SourceObservation[];
  readonly lookups: readonly PlannedLookup[];
  readonly fingerprints: Fingerprints;
  /** What a backfill is to recompute; only with `kind` `backfill`. */
  readonly span?: Interval;
  /** Split: at most this many intervals in this session. */
  readonly maxIntervals?: number;
  readonly nowMs: number;
}
