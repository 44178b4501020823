import type { SnapshotId } from '../spec/ids.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { SortOrder } from '../spec/sort-order.ts';
import type { Schema } from '../spec/types.ts';
import type { Snapshot, SnapshotRef } from './table-metadata.ts';

/**
 * One change of table metadata; the REST catalog's update actions, with its names in camel case.
 * Ids of -1 mean "the one just added", as there.
 *
 * @see Iceberg REST catalog, `TableUpdate`
 */
export type MetadataUpdate =
  | { readonly action: 'assign-uuid'; readonly uuid: string }
  | { readonly action: 'upgrade-format-version'; readonly formatVersion: 1 | 2 }
  | { readonly action: 'add-schema'; readonly schema: Schema }
  | { readonly action: 'set-current-schema'; readonly schemaId: number }
  | { readonly action: 'add-spec'; readonly spec: PartitionSpec }
  | { readonly action: 'set-default-spec'; readonly specId: number }
  | { readonly action: 'add-sort-order'; readonly sortOrder: SortOrder }
  | { readonly action: 'set-default-sort-order'; readonly sortOrderId: number }
  | { readonly action: 'set-location'; readonly location: string }
  | { readonly action: 'set-properties'; readonly updates: Readonly<Record<string, string>> }
  | { readonly action: 'remove-properties'; readonly removals: readonly string[] }
  | { readonly action: 'add-snapshot'; readonly snapshot: Snapshot }
  | { readonly action: 'remove-snapshots'; readonly snapshotIds: readonly SnapshotId[] }
  | { readonly action: 'set-snapshot-ref'; readonly refName: string; readonly ref: SnapshotRef }
  | { readonly action: 'remove-snapshot-ref'; readonly refName: string };

/** A change of metadata for a table commit: alone, or joined with that of others. */
export interface MetadataChange {
  readonly updates: readonly MetadataUpdate[];
  /** Besides the table's uuid and, for each ref that is set or removed, that it is where the base has it. */
  readonly requirements?: readonly TableRequirement[];
}

/** A condition that the catalog checks while it swaps. @see Iceberg REST catalog, `TableRequirement` */
export type TableRequirement =
  | { readonly type: 'assert-create' }
  | { readonly type: 'assert-table-uuid'; readonly uuid: string }
  /** `snapshotId` undefined: the ref must not exist. */
  | { readonly type: 'assert-ref-snapshot-id'; readonly ref: string; readonly snapshotId: SnapshotId | undefined }
  | { readonly type: 'assert-last-assigned-field-id'; readonly lastAssignedFieldId: number }
  | { readonly type: 'assert-current-schema-id'; readonly currentSchemaId: number }
  | { readonly type: 'assert-last-assigned-partition-id'; readonly lastAssignedPartitionId: number }
  | { readonly type: 'assert-default-spec-id'; readonly defaultSpecId: number }
  | { readonly type: 'assert-default-sort-order-id'; readonly defaultSortOrderId: number };
