import type { SequenceNumber, SnapshotId } from '../spec/ids.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { SortOrder } from '../spec/sort-order.ts';
import type { Schema } from '../spec/types.ts';

export type Operation = 'append' | 'replace' | 'overwrite' | 'delete';

/** JSON members of an object that this library does not know; carried through unharmed. */
export type UnknownMembers = Readonly<Record<string, unknown>>;

/** @see Iceberg spec, "Snapshots" */
export interface Snapshot {
  readonly snapshotId: SnapshotId;
  readonly parentSnapshotId?: SnapshotId;
  /** 0 in format v1. */
  readonly sequenceNumber: SequenceNumber;
  /** The writer's clock; never order by it. */
  readonly timestampMs: number;
  /** Absent when an old writer left the whole summary out; a summary without operation reads as `overwrite`, as Java does. */
  readonly operation?: Operation;
  /** All summary entries but `operation`. */
  readonly summary: Readonly<Record<string, string>>;
  /** Absent for v1 snapshots that list `manifests` inline. */
  readonly manifestList?: string;
  readonly manifests?: readonly string[];
  readonly schemaId?: number;
  readonly unknown?: UnknownMembers;
}

/** @see Iceberg spec, "Snapshot References" */
export interface SnapshotRef {
  readonly type: 'branch' | 'tag';
  readonly snapshotId: SnapshotId;
  readonly minSnapshotsToKeep?: number;
  readonly maxSnapshotAgeMs?: number;
  readonly maxRefAgeMs?: number;
  readonly unknown?: UnknownMembers;
}

export interface SnapshotLogEntry {
  readonly timestampMs: number;
  readonly snapshotId: SnapshotId;
  readonly unknown?: UnknownMembers;
}

export interface MetadataLogEntry {
  readonly timestampMs: number;
  readonly metadataFile: string;
  readonly unknown?: UnknownMembers;
}

/**
 * All there is to know about a table at one table commit. Immutable; `applyUpdates` makes the next one.
 *
 * @see Iceberg spec, "Table Metadata Fields"
 */
export interface TableMetadata {
  readonly formatVersion: 1 | 2;
  readonly tableUuid: string;
  readonly location: string;
  readonly lastSequenceNumber: SequenceNumber;
  readonly lastUpdatedMs: number;
  readonly lastColumnId: number;
  readonly schemas: readonly Schema[];
  readonly currentSchemaId: number;
  readonly partitionSpecs: readonly PartitionSpec[];
  readonly defaultSpecId: number;
  readonly lastPartitionId: number;
  readonly sortOrders: readonly SortOrder[];
  readonly defaultSortOrderId: number;
  readonly properties: Readonly<Record<string, string>>;
  /** Head of `main`. */
  readonly currentSnapshotId?: SnapshotId;
  /** In order of addition, staged ones included. */
  readonly snapshots: readonly Snapshot[];
  readonly refs: Readonly<Record<string, SnapshotRef>>;
  readonly snapshotLog: readonly SnapshotLogEntry[];
  readonly metadataLog: readonly MetadataLogEntry[];
  /** `statistics`, `partition-statistics` and anything newer, as parsed JSON (integers beyond 2^53 as bigint). */
  readonly unknown?: UnknownMembers;
}
