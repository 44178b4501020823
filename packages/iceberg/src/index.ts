export type { Catalog, CreateTableRequest, LoadedTable, TableIdentifier } from './catalog/catalog.ts';
export { formatIdentifier, parseIdentifier } from './catalog/catalog.ts';
export type { CatalogFaults } from './catalog/catalog-faults.ts';
export { MemoryCatalog } from './catalog/memory-catalog.ts';
export type { SqlCatalogOptions } from './catalog/sql-catalog.ts';
export { DEFAULT_CATALOG_NAME, openSqlCatalog, SqlCatalog } from './catalog/sql-catalog.ts';
export type { SqliteDriverName } from './catalog/sqlite-driver.ts';
export type { StoredCatalogOptions } from './catalog/stored-catalog.ts';
export type { CommitLoopOptions } from './commit/commit-loop.ts';
export type { MetadataDecision } from './commit/commit-metadata.ts';
export { commitMetadata } from './commit/commit-metadata.ts';
export type { CommitSnapshotOptions, CommittedSnapshot } from './commit/commit-snapshot.ts';
export { commitSnapshot } from './commit/commit-snapshot.ts';
export type { Conflict, ConflictQuery } from './commit/conflict-validation.ts';
export { conflictsSince, historySince } from './commit/conflict-validation.ts';
export type { RetryPolicy } from './commit/retry-policy.ts';
export { commitRetryPolicy } from './commit/retry-policy.ts';
export type { ChangeProducer, FileGroup, SnapshotChange } from './commit/snapshot-change.ts';
export { newSnapshotId } from './commit/snapshot-id.ts';
export * from './errors.ts';
export { evolveSchema } from './evolution/evolve-schema.ts';
export { evolveSpec, specUpdates } from './evolution/evolve-spec.ts';
export type { FieldPosition, SchemaChange } from './evolution/schema-change.ts';
export type { SchemaEvolution } from './evolution/schema-updates.ts';
export { schemaUpdates } from './evolution/schema-updates.ts';
export { sortUpdates } from './evolution/sort-updates.ts';
export type { SortBy, SpecChange } from './evolution/spec-change.ts';
export { bindPredicate } from './expressions/bind.ts';
export type { BoundPredicate } from './expressions/bound-predicate.ts';
export { manifestMayMatch } from './expressions/evaluate-manifest.ts';
export { fileMayMatch, fileMustMatch } from './expressions/evaluate-metrics.ts';
export { partitionMayMatch, partitionMustMatch } from './expressions/evaluate-partition.ts';
export { evaluateRow } from './expressions/evaluate-row.ts';
export type { Predicate } from './expressions/predicate.ts';
export {
  alwaysFalse,
  alwaysTrue,
  and,
  equal,
  greaterThan,
  greaterThanOrEqual,
  isIn,
  isNan,
  isNull,
  lessThan,
  lessThanOrEqual,
  not,
  notEqual,
  notIn,
  notNan,
  notNull,
  notStartsWith,
  or,
  startsWith,
} from './expressions/predicate.ts';
export { projectInclusive, projectStrict } from './expressions/project.ts';
export type { FileInfo, FileIO } from './io/file-io.ts';
export { LocalFileIO } from './io/local-file-io.ts';
export { localPath, locationKey, schemeOf } from './io/local-path.ts';
export { MemoryFileIO } from './io/memory-file-io.ts';
export type { FileAccess } from './io/observe-file-io.ts';
export { observeFileIO } from './io/observe-file-io.ts';
export { parseJson } from './json/parse-json.ts';
export { stringifyJson } from './json/stringify-json.ts';
export type { ExpireOptions, ExpiryReport } from './maintenance/expire-old-snapshots.ts';
export { expireOldSnapshots } from './maintenance/expire-old-snapshots.ts';
export { expireSnapshots } from './maintenance/expire-snapshots.ts';
export type { ExpiredFiles, FailedFile, TableFile } from './maintenance/expired-files.ts';
export { expiredFiles } from './maintenance/expired-files.ts';
export type { OrphanFile, OrphanSearch } from './maintenance/orphan-files.ts';
export { orphanFiles } from './maintenance/orphan-files.ts';
export { reachableFiles } from './maintenance/reachable-files.ts';
export type { OrphanOptions, OrphanReport } from './maintenance/remove-orphan-files.ts';
export { removeOrphanFiles } from './maintenance/remove-orphan-files.ts';
export type { Expiry, RetentionOptions } from './maintenance/retention.ts';
export { dueExpiry } from './maintenance/retention.ts';
export type { DataFile, FileContent } from './manifest/data-file.ts';
export type { EntryCounts } from './manifest/entry-counts.ts';
export { countEntries } from './manifest/entry-counts.ts';
export type { EntryStatus, ManifestEntry } from './manifest/manifest-entry.ts';
export type { FieldSummary, ManifestFile } from './manifest/manifest-file.ts';
export type { ManifestHeader, ManifestProjection, ManifestReadContext } from './manifest/read-manifest.ts';
export { decodeManifest, decodeManifestBlocks, readManifestHeader } from './manifest/read-manifest.ts';
export { decodeManifestList } from './manifest/read-manifest-list.ts';
export type { EncodedManifest, ManifestEntryToWrite, ManifestWriteOptions } from './manifest/write-manifest.ts';
export { encodeManifest, minSequenceNumber, toManifestFile } from './manifest/write-manifest.ts';
export type { ManifestListHeader } from './manifest/write-manifest-list.ts';
export { encodeManifestList } from './manifest/write-manifest-list.ts';
export { applyUpdates } from './metadata/apply-updates.ts';
export { checkRequirements } from './metadata/check-requirements.ts';
export type { NewTable } from './metadata/create-metadata.ts';
export { metadataFromCreate } from './metadata/create-metadata.ts';
export { fileUuidOf, hasFileUuid, newFileUuid } from './metadata/file-uuid.ts';
export { isGcEnabled } from './metadata/gc-enabled.ts';
export {
  ancestorsOf,
  currentSchema,
  defaultSpec,
  headOf,
  isAncestorOf,
  landingTimeMs,
  requireSnapshot,
  schemaById,
  snapshotById,
  snapshotsBetween,
  specById,
} from './metadata/history.ts';
export { metadataFileName, versionOfMetadataFile } from './metadata/metadata-file-name.ts';
export { dataFolderOf, nextMetadataVersion } from './metadata/next-metadata-version.ts';
export { parseTableMetadata } from './metadata/parse-table-metadata.ts';
export type {
  MetadataLogEntry,
  Operation,
  Snapshot,
  SnapshotLogEntry,
  SnapshotRef,
  TableMetadata,
  UnknownMembers,
} from './metadata/table-metadata.ts';
export { serializeTableMetadata, tableMetadataToJson } from './metadata/table-metadata-json.ts';
export type { MetadataChange, MetadataUpdate, TableRequirement } from './metadata/updates.ts';
export type { CherryPicked, CherryPickOptions } from './producers/cherry-pick.ts';
export { cherryPick, publishChanges } from './producers/cherry-pick.ts';
export { deleteFiles } from './producers/delete-files.ts';
export { fastAppend } from './producers/fast-append.ts';
export type { MergeAppendOptions } from './producers/merge-append.ts';
export { mergeAppend } from './producers/merge-append.ts';
export type { OverwriteOptions } from './producers/overwrite-by-filter.ts';
export { overwriteByFilter } from './producers/overwrite-by-filter.ts';
export type { ProducerOptions } from './producers/producer-options.ts';
export type { CreateBranchOptions, CreateTagOptions } from './producers/refs/create-ref.ts';
export { createBranch, createTag } from './producers/refs/create-ref.ts';
export { fastForward } from './producers/refs/fast-forward.ts';
export { removeRef } from './producers/refs/remove-ref.ts';
export type { Retention } from './producers/refs/retention.ts';
export { rollbackTo, setCurrentSnapshot } from './producers/refs/set-current-snapshot.ts';
export type { ReplaceOptions } from './producers/replace-files.ts';
export { replaceFiles } from './producers/replace-files.ts';
export type { ReplacePartitionsOptions } from './producers/replace-partitions.ts';
export { replacePartitions } from './producers/replace-partitions.ts';
export { replaceSortOrder } from './producers/replace-sort-order.ts';
export { rewriteManifests } from './producers/rewrite-manifests.ts';
export { updateSchema } from './producers/update-schema.ts';
export { updateSpec } from './producers/update-spec.ts';
export type { FileFilter } from './scan/file-filter.ts';
export { fileFilter } from './scan/file-filter.ts';
export type { SoughtFile } from './scan/locate-files.ts';
export { locateFiles } from './scan/locate-files.ts';
export { partitionKey } from './scan/partition-key.ts';
export type { PlanFilesOptions } from './scan/plan-files.ts';
export { planFiles } from './scan/plan-files.ts';
export type { ReadManifestOptions } from './scan/read-manifest.ts';
export { readManifest } from './scan/read-manifest.ts';
export { readManifestList } from './scan/read-manifest-list.ts';
export type { ScannedFile } from './scan/scanned-file.ts';
export type { SnapshotChanges } from './scan/snapshot-changes.ts';
export { changesBetween, snapshotChanges } from './scan/snapshot-changes.ts';
export { truncateLowerBound, truncateUpperBound } from './spec/bound-truncation.ts';
export { compareValues } from './spec/compare-values.ts';
export type { FreshSchema } from './spec/fresh-ids.ts';
export { assignFreshIds } from './spec/fresh-ids.ts';
export type { Brand, SequenceNumber, SnapshotId } from './spec/ids.ts';
export { toSequenceNumber, toSnapshotId } from './spec/ids.ts';
export type { MappedField, NameMapping } from './spec/name-mapping.ts';
export { formatNameMapping, NAME_MAPPING_PROPERTY, nameMappingOf } from './spec/name-mapping.ts';
export { formatType, parseType, typeToJson } from './spec/parse-type.ts';
export { partitionPath } from './spec/partition-path.ts';
export type { PartitionField, PartitionSpec, Transform } from './spec/partition-spec.ts';
export { UNPARTITIONED_SPEC } from './spec/partition-spec.ts';
export {
  partitionFieldsFromJson,
  partitionFieldsToJson,
  partitionSpecFromJson,
  partitionSpecToJson,
} from './spec/partition-spec-json.ts';
export { partitionType } from './spec/partition-type.ts';
export { resultType } from './spec/result-type.ts';
export { sameSpec } from './spec/same-spec.ts';
export { allFields, fieldByName, findField, highestFieldId, isPromotionAllowed, sameSchema } from './spec/schema.ts';
export { schemaFromJson, schemaToJson } from './spec/schema-json.ts';
export { singleValueFromJson, singleValueToJson } from './spec/single-value-json.ts';
export { decodeSingleValue, encodeSingleValue } from './spec/single-values.ts';
export type { SortField, SortOrder } from './spec/sort-order.ts';
export { UNSORTED_ORDER } from './spec/sort-order.ts';
export { sortOrderFromJson, sortOrderToJson } from './spec/sort-order-json.ts';
export { formatTransform, parseTransform } from './spec/transform-text.ts';
export { applyTransform } from './spec/transforms.ts';
export { isPrimitive } from './spec/type-kinds.ts';
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
export type { Table } from './table.ts';
export { openTable, refreshTable } from './table.ts';
