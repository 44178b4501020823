import type { SnapshotId } from '@psyberg/iceberg';
import type { IntervalRows } from '../engine/engine.ts';
import type { ProcessName } from '../process/process.ts';
import type { IntervalSet } from '../time/interval-set.ts';

/** A file that joined or left a source, placed on the source's time axis. */
export interface FileChange {
  readonly change: 'added' | 'removed';
  readonly path: string;
  /** Snapshot that did it; absent for a predicted change. */
  readonly snapshotId?: SnapshotId;
  /** Process upstream whose output this will be. */
  readonly predictedBy?: ProcessName;
  readonly rows: number;
  readonly bytes: number;
  /** Where its rows may lie; empty when all have a NULL time. */
  readonly span: IntervalSet;
  /** Files that this stands for, where rows of several were counted off against each other; absent: one. */
  readonly files?: number;
  /** Rows by target interval where that is known exactly. */
  readonly rowsByInterval?: readonly IntervalRows[];
}
