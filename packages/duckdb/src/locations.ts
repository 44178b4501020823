import { resolve } from 'node:path';
import { EngineFailedError } from '@psyberg/core';
import { localPath as pathOfLocation, schemeOf } from '@psyberg/iceberg';

/**
 * The absolute local path of a location: `file:///…`, `file:/…` or a plain path.
 *
 * @throws {EngineFailedError} another scheme
 */
export function localPath(location: string): string {
  const scheme = schemeOf(location);
  if (scheme === undefined || scheme === 'file') return resolve(pathOfLocation(location));
  throw new EngineFailedError(
    `The embedded engine reads and writes local files only, and ${location} is none. Nothing was read or written. ` +
      'Use a warehouse on a local path (file:///… or /…), or an engine that reaches this storage.',
  );
}

/** The folder of a local path, with a trailing slash. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
