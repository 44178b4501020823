import type { SnapshotId } from '../spec/ids.ts';
import type { Snapshot, TableMetadata } from './table-metadata.ts';

/** Table metadata while updates are applied to it; lives inside one call of `applyUpdates`. */
export interface MetadataDraft {
  /** What has become of the base so far; replaced as a whole, never written into. */
  metadata: TableMetadata;
  readonly nowMs: number;
  /** By id, kept in step with `metadata.snapshots`. */
  readonly snapshots: Map<SnapshotId, Snapshot>;
  readonly addedSnapshotIds: Set<SnapshotId>;
  /** Heads of `main` that were set and then replaced by the same table commit. */
  readonly intermediateHeads: Set<SnapshotId>;
  removedSnapshots: boolean;
  lastAddedSchemaId: number | undefined;
  lastAddedSpecId: number | undefined;
  lastAddedSortOrderId: number | undefined;
}

export function startDraft(base: TableMetadata, nowMs: number): MetadataDraft {
  return {
    metadata: base,
    nowMs,
    snapshots: new Map(base.snapshots.map((snapshot) => [snapshot.snapshotId, snapshot])),
    addedSnapshotIds: new Set(),
    intermediateHeads: new Set(),
    removedSnapshots: false,
    lastAddedSchemaId: undefined,
    lastAddedSpecId: undefined,
    lastAddedSortOrderId: undefined,
  };
}

export function change(draft: MetadataDraft, changes: Partial<TableMetadata>): void {
  draft.metadata = { ...draft.metadata, ...changes };
}
