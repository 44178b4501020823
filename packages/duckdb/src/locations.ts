import { EngineFailedError } from '@psyberg/core';

/**
 * The local path of a location: `file:///…`, `file:/…` or a plain absolute path. The text is taken as it stands; nothing is
 * percent-decoded, as in the Iceberg libraries.
 *
 * @throws {EngineFailedError} another scheme, or a relative path
 */
export function localPath(location: string): string {
  const path = location.replace(/^file:(?:\/\/(?:localhost)?(?=\/))?/, '');
  if (path.startsWith('/') && !/^[a-z][a-z0-9+.-]*:/i.test(path)) return path;
  throw new EngineFailedError(
    `The embedded engine reads and writes local files only, and ${location} is none. Nothing was read or written. ` +
      'Use a warehouse on a local path (file:///… or /…), or an engine that reaches this storage.',
  );
}

/** The folder of a local path, with a trailing slash. */
export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);
