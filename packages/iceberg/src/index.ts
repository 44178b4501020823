export type { Catalog, CreateTableRequest, LoadedTable, TableIdentifier } from './catalog/catalog.ts';
export { formatIdentifier, parseIdentifier } from './catalog/catalog.ts';
export * from './errors.ts';
export type { FileInfo, FileIO } from './io/file-io.ts';
export type { DataFile, FileContent } from './manifest/data-file.ts';
export type { EntryStatus, ManifestEntry } from './manifest/manifest-entry.ts';
export type { FieldSummary, ManifestFile } from './manifest/manifest-file.ts';
export type {
  MetadataLogEntry,
  Operation,
  Snapshot,
  SnapshotLogEntry,
  SnapshotRef,
  TableMetadata,
} from './metadata/table-metadata.ts';
export type { MetadataUpdate, TableRequirement } from './metadata/updates.ts';
export type { Brand, SequenceNumber, SnapshotId } from './spec/ids.ts';
export { toSequenceNumber, toSnapshotId } from './spec/ids.ts';
export type { PartitionField, PartitionSpec, Transform } from './spec/partition-spec.ts';
export { UNPARTITIONED_SPEC } from './spec/partition-spec.ts';
export type { SortField, SortOrder } from './spec/sort-order.ts';
export { UNSORTED_ORDER } from './spec/sort-order.ts';
export type {
  ListType,
  MapType,
  NestedField,
  NullableValue,
  PrimitiveType,
  Schema,
  StructType,
  Type,
  Value,
} from './spec/types.ts';
export type { FileFilter } from './scan/file-filter.ts';
export { fileFilter } from './scan/file-filter.ts';
export { partitionKey } from './scan/partition-key.ts';
export type { PlanFilesOptions } from './scan/plan-files.ts';
export { planFiles } from './scan/plan-files.ts';
export type { ReadManifestOptions } from './scan/read-manifest.ts';
export { readManifest } from './scan/read-manifest.ts';
export { readManifestList } from './scan/read-manifest-list.ts';
export type { ScannedFile } from './scan/scanned-file.ts';
export type { SnapshotChanges } from './scan/snapshot-changes.ts';
export { changesBetween, snapshotChanges } from './scan/snapshot-changes.ts';
export type { Table } from './table.ts';
export { openTable, refreshTable } from './table.ts';
