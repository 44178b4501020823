import { formatIdentifier } from '../catalog/catalog.ts';
import { ValidationError } from '../errors.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import type { Table } from '../table.ts';
import { mayHoldLiveFiles, readManifest } from './read-manifest.ts';
import { readManifestList } from './read-manifest-list.ts';
import type { ScannedFile } from './scanned-file.ts';
import { toScannedFile } from './to-scanned-file.ts';

/** A file to find: by path, and faster when it is known where it was seen last. */
export interface SoughtFile {
  readonly path: string;
  readonly manifestPath?: string;
}

/**
 * Where the data files of these paths stand in a snapshot.
 *
 * Reads the manifests in which they were seen last, then the others, and stops once all are found.
 *
 * @throws {ValidationError} "Missing required files to delete": one of them is not live there
 */
export async function locateFiles(
  table: Table,
  snapshot: Snapshot | undefined,
  sought: readonly SoughtFile[],
): Promise<readonly ScannedFile[]> {
  const missing = new Set(sought.map((file) => file.path));
  const found: ScannedFile[] = [];
  if (snapshot !== undefined && missing.size > 0) {
    const hints = new Set(sought.map((file) => file.manifestPath));
    const listed = (await readManifestList(table.io, table.metadata, snapshot)).filter(
      (manifest) => manifest.content === 'data' && mayHoldLiveFiles(manifest),
    );
    const wanted = new Set(missing);
    for (const manifest of likelyFirst(listed, hints)) {
      if (missing.size === 0) break;
      for (const file of await liveFilesAmong(table, manifest, wanted)) {
        found.push(file);
        missing.delete(file.file.path);
      }
    }
  }
  if (missing.size === 0) return found;
  throw missingFiles(table, [...missing]);
}

/** What a commit says that was to remove files which are not there. */
export function missingFiles(table: Table, paths: readonly string[]): ValidationError {
  return new ValidationError(
    `Missing required files to delete: ${paths.join(', ')}. They are not live (any more) in table ` +
      `${formatIdentifier(table.identifier)}, so another commit removed or moved them. Nothing was committed. ` +
      'Plan the change anew on the table as it is.',
  );
}

function likelyFirst(manifests: readonly ManifestFile[], hints: ReadonlySet<string | undefined>): ManifestFile[] {
  return [...manifests.filter(({ path }) => hints.has(path)), ...manifests.filter(({ path }) => !hints.has(path))];
}

async function liveFilesAmong(
  table: Table,
  manifest: ManifestFile,
  paths: ReadonlySet<string>,
): Promise<ScannedFile[]> {
  const entries = await readManifest(table.io, table.metadata, manifest);
  return entries
    .filter((entry) => entry.status !== 'deleted' && paths.has(entry.file.path))
    .map((entry) => toScannedFile(entry, manifest));
}
