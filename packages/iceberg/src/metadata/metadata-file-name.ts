/** How a metadata file is compressed; its name says so, because Java and PyIceberg decide by name. */
export type MetadataCodec = 'none' | 'gzip';

/**
 * `00003-<uuid>.metadata.json`, or `.gz.metadata.json`.
 *
 * As metastore-style catalogs of Java name it; the spec only asks for a number that grows.
 */
export function metadataFileName(version: number, uuid: string, codec: MetadataCodec = 'none'): string {
  return `${String(version).padStart(5, '0')}-${uuid}${codec === 'gzip' ? '.gz' : ''}.metadata.json`;
}

/** The digits before the first `-` of a metadata file's name or location; -1 when there are none, as Java has it. */
export function versionOfMetadataFile(name: string): number {
  const match = /^(\d+)-/.exec(name.slice(name.lastIndexOf('/') + 1));
  return match === null ? -1 : Number(match[1]);
}
