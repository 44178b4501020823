import type { ChangesSource } from '../process/process.ts';
import type { SnapshotPin } from '../session/session-plan.ts';
import type { Completeness, SourceState } from '../state/state-record.ts';
import type { Instant } from '../time/instant.ts';
import type { IntervalSet } from '../time/interval-set.ts';
import type { FileChange } from './file-change.ts';
import type { RowsToRead } from './source-reads.ts';

/** What one changes source did since its high watermark: the facts from which a plan is made. A value without files to open. */
export interface SourceObservation {
  readonly source: ChangesSource;
  readonly table: string;
  readonly uuid: string;
  readonly from?: SnapshotPin;
  readonly to?: SnapshotPin;
  readonly changes: readonly FileChange[];
  /** Spans whose change is exempt from the catch-up threshold (a backfill upstream). */
  readonly exempt: IntervalSet;
  /** Complete until, on the source's axis; absent when nothing was seen and nothing declared. */
  readonly complete?: Completeness;
  /** What the record says of this source once a session made from this is published. */
  readonly next: SourceState;
  /** For a stateless process: rows to append, those of `files` EXCEPT ALL those of `without`. */
  readonly toRead: RowsToRead;
  /** For a stateless process: where rows already loaded were changed and are to be replaced from the pin. */
  readonly overwritten: IntervalSet;
  /** Landing times of the first and last snapshot of the changes. */
  readonly landed?: { readonly fromMs: number; readonly toMs: number };
  readonly processingUris: readonly string[];
  /** Values that lie after the pin's commit time and do not count as seen. */
  readonly futureUntil?: Instant;
  /** Whether some of this is predicted from a process upstream. */
  readonly predicted: boolean;
  readonly notes: readonly string[];
}
