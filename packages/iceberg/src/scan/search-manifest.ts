import type { ManifestEntry } from '../manifest/manifest-entry.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import { decodeManifest } from '../manifest/read-manifest.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { Table } from '../table.ts';
import type { FileFilter } from './file-filter.ts';
import { learntColumnsOf } from './learnt-columns.ts';
import { cachedManifest, keepManifest, manifestKey } from './read-manifest.ts';

/**
 * The live entries of a manifest whose files may hold matching rows.
 *
 * A manifest that is not in the cache is decoded for the filter's columns first, and in full only if a file matches. What that
 * tells of those columns is remembered, so that a manifest without a match is not opened again.
 */
export async function searchManifest(
  { io, metadata }: Table,
  manifest: ManifestFile,
  filter: FileFilter,
): Promise<readonly ManifestEntry[]> {
  const learnt = learntColumnsOf(io);
  const key = manifestKey(manifest);
  const known = learnt.metricsOf(key, filter.terms);
  if (known !== undefined && !filter.metricsMayMatch(known)) return [];
  const cached = cachedManifest(io, manifest);
  if (cached !== undefined) {
    if (known === undefined) learnt.learn(key, filter.terms, filesOf(cached));
    return matching(cached, filter);
  }
  const bytes = await io.read(manifest.path);
  if (filter.terms.length > 0) {
    const columns = new Set(filter.terms.map(({ fieldId }) => fieldId));
    const lean = decode(metadata, manifest, bytes, columns);
    if (known === undefined) learnt.learn(key, filter.terms, filesOf(lean));
    if (matching(lean, filter).length === 0) return [];
  }
  const entries = decode(metadata, manifest, bytes);
  keepManifest(io, manifest, entries);
  return matching(entries, filter);
}

function decode(
  metadata: TableMetadata,
  manifest: ManifestFile,
  bytes: Uint8Array,
  columns?: ReadonlySet<number>,
): ManifestEntry[] {
  return decodeManifest(bytes, manifest, {
    specs: metadata.partitionSpecs,
    schemas: metadata.schemas,
    table: metadata.location,
    ...(columns === undefined ? {} : { projection: 'metrics', columns }),
  });
}

const isLive = ({ status }: ManifestEntry): boolean => status !== 'deleted';

const filesOf = (entries: readonly ManifestEntry[]) => entries.filter(isLive).map(({ file }) => file);

const matching = (entries: readonly ManifestEntry[], filter: FileFilter): ManifestEntry[] =>
  entries.filter((entry) => isLive(entry) && filter.mayMatch(entry.file));
