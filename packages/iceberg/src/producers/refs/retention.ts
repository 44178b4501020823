import type { SnapshotRef } from '../../metadata/table-metadata.ts';

/** How long a ref and the snapshots behind it are kept when snapshots are expired; the table's settings where absent. */
export type Retention = Pick<SnapshotRef, 'minSnapshotsToKeep' | 'maxSnapshotAgeMs' | 'maxRefAgeMs'>;
