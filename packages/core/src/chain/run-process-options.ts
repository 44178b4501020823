import type { SessionId } from '../process/process.ts';
import type { Interval } from '../time/interval-set.ts';

export interface RunProcessOptions {
  readonly session?: SessionId;
  /** Resume `session` at its first unfinished step rather than plan it. */
  readonly resume?: boolean;
  readonly maxIntervals?: number;
  readonly recompute?: boolean;
  /** Recompute this span from what has been read already, instead of loading what is new. */
  readonly backfill?: Interval;
  readonly signal?: AbortSignal;
}
