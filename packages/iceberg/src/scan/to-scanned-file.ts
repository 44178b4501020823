import type { ManifestEntry } from '../manifest/manifest-entry.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import type { ScannedFile } from './scanned-file.ts';

/** A data file with the place of its entry. */
export function toScannedFile(entry: ManifestEntry, manifest: ManifestFile): ScannedFile {
  const { file, snapshotId, sequenceNumber, fileSequenceNumber } = entry;
  return { file, manifestPath: manifest.path, snapshotId, sequenceNumber, fileSequenceNumber };
}
