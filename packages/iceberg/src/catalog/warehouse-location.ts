import { InvalidArgumentError } from '../errors.ts';
import type { FileIO } from '../io/file-io.ts';
import { LocalFileIO } from '../io/local-file-io.ts';
import { schemeOf } from '../io/local-path.ts';
import { MemoryFileIO } from '../io/memory-file-io.ts';
import type { StoredName } from './catalog-store.ts';

/**
 * The text that table locations of this warehouse start with: an absolute path becomes a `file://` URI, because Java reads
 * a bare path as one of its default file system; anything with a scheme stays as given.
 *
 * @throws {InvalidArgumentError} a relative path; the caller knows what it is relative to
 */
export function warehouseLocation(warehouse: string): string {
  const trimmed = warehouse.replace(/(?<=.)\/+$/, '');
  if (schemeOf(trimmed) !== undefined) return trimmed;
  if (!trimmed.startsWith('/')) {
    throw new InvalidArgumentError(
      `Warehouse "${warehouse}" is a relative path. Nothing was opened. Give an absolute path or a URI.`,
    );
  }
  // In a URI Arrow takes what follows these for a fragment or a query and reads another folder; bare paths are safe.
  return /[#?]/.test(trimmed) ? trimmed : `file://${trimmed}`;
}

/** The FileIO for a warehouse when none is given. @throws {InvalidArgumentError} no FileIO of this package serves its scheme */
export function defaultFileIO(warehouse: string): FileIO {
  switch (schemeOf(warehouse)) {
    case undefined:
    case 'file':
      return new LocalFileIO();
    case 'memory':
      return new MemoryFileIO();
    default:
      throw new InvalidArgumentError(
        `No file access for warehouse ${warehouse} was given. Nothing was opened. Pass \`io\`, a FileIO for this scheme, or use a local folder.`,
      );
  }
}

/** Where a new table goes, as PyIceberg places it: below the namespace's own `location`, else `<warehouse>/a.b/t`. */
export function tableLocation(warehouse: string, table: StoredName, namespaceLocation: string | undefined): string {
  const folder = namespaceLocation?.replace(/(?<=.)\/+$/, '') ?? `${warehouse}/${table.namespace}`;
  return `${folder}/${table.name}`;
}
