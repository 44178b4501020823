import type { SnapshotId } from '@psyberg/iceberg';
import type { Engine } from '../engine/engine.ts';
import type { ChangesSource, Process } from '../process/process.ts';
import type { SourceCompleteness } from '../signals/source-completeness.ts';
import type { SourceState } from '../state/state-record.ts';

/** What is looked at, and with whose eyes. */
export interface ObserveOptions {
  readonly process: Process;
  readonly source: ChangesSource;
  /** What the record says of this source; absent before the first session. */
  readonly state: SourceState | undefined;
  /** The snapshot to look up to; absent: the branch's head. */
  readonly pin: SnapshotId | undefined;
  readonly completeness: SourceCompleteness;
  readonly engine: () => Promise<Engine>;
}
