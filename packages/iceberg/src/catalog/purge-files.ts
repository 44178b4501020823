import { ValidationError } from '../errors.ts';
import type { FileIO } from '../io/file-io.ts';
import { isGcEnabled } from '../metadata/gc-enabled.ts';
import { formatIdentifier, type LoadedTable } from './catalog.ts';

/**
 * Checks that a table's folder may be emptied, and returns what empties it: every file below its location, and its
 * metadata files wherever they are.
 *
 * @param allMetadataLocations of all tables of the catalog, this one included
 * @throws {ValidationError} `gc.enabled` is false, or another table has files there
 */
export function purgeFiles(
  io: FileIO,
  table: LoadedTable,
  allMetadataLocations: readonly string[],
): () => Promise<void> {
  const { metadata, metadataLocation, identifier } = table;
  const folder = `${metadata.location}/`;
  const foreign = allMetadataLocations.find((location) => location !== metadataLocation && location.startsWith(folder));
  const isProtected = !isGcEnabled(metadata);
  if (foreign !== undefined || isProtected) {
    throw new ValidationError(
      `The files of ${formatIdentifier(identifier)} cannot be deleted: ${isProtected ? 'its property gc.enabled is false, so others may use them' : `another table keeps ${foreign} among them`}. ` +
        'The table was not dropped. Drop it without purging, and delete by hand what is certainly its own.',
    );
  }
  return async () => {
    for await (const file of io.list(metadata.location)) await io.delete(file.location);
    for (const location of [metadataLocation, ...metadata.metadataLog.map((entry) => entry.metadataFile)]) {
      await io.delete(location);
    }
  };
}
