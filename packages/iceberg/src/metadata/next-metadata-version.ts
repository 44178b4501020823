import type { MetadataCodec } from './metadata-file-name.ts';
import type { MetadataLogEntry, TableMetadata } from './table-metadata.ts';

const DEFAULT_PREVIOUS_VERSIONS_MAX = 100;

export interface NextMetadataVersion {
  readonly metadata: TableMetadata;
  /** Entries that the log has no room for any more; their files go only where the table asks for it. */
  readonly dropped: readonly MetadataLogEntry[];
}

/**
 * `changed` with the base's file appended to its metadata-log, and the log cut to `write.metadata.previous-versions-max`
 * (default 100, at least 1).
 *
 * @see Iceberg spec, "Table Metadata Fields"
 */
export function nextMetadataVersion(
  base: TableMetadata,
  baseLocation: string,
  changed: TableMetadata,
): NextMetadataVersion {
  const last = base.metadataLog.at(-1)?.timestampMs ?? base.lastUpdatedMs;
  const entry = { timestampMs: Math.max(base.lastUpdatedMs, last), metadataFile: baseLocation };
  const log = [...base.metadataLog, entry];
  const kept = log.slice(-previousVersionsMax(changed));
  return { metadata: { ...changed, metadataLog: kept }, dropped: log.slice(0, log.length - kept.length) };
}

/** Whether files of dropped versions are to be deleted after a table commit; they stay by default. */
export const deletesOldMetadata = (metadata: TableMetadata): boolean =>
  metadata.properties['write.metadata.delete-after-commit.enabled']?.toLowerCase() === 'true';

/** Anything but `gzip` is written plain; a codec that is not known must not stop a commit. */
export const metadataCodecOf = (metadata: TableMetadata): MetadataCodec =>
  metadata.properties['write.metadata.compression-codec']?.toLowerCase() === 'gzip' ? 'gzip' : 'none';

/** Where the table's metadata files go; `write.metadata.path` overrides `<location>/metadata`. */
export const metadataFolderOf = (metadata: TableMetadata): string =>
  metadata.properties['write.metadata.path']?.replace(/(?<=.)\/+$/, '') ?? `${metadata.location}/metadata`;

/** Where the table's data files go, without a slash at the end; `write.data.path` overrides `<location>/data`. */
export const dataFolderOf = (metadata: TableMetadata): string =>
  metadata.properties['write.data.path']?.replace(/(?<=.)\/+$/, '') ?? `${metadata.location}/data`;

function previousVersionsMax(metadata: TableMetadata): number {
  const number = Number(metadata.properties['write.metadata.previous-versions-max'] ?? DEFAULT_PREVIOUS_VERSIONS_MAX);
  return Number.isInteger(number) ? Math.max(1, number) : DEFAULT_PREVIOUS_VERSIONS_MAX;
}
