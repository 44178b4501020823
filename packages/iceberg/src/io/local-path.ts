import { InvalidArgumentError } from '../errors.ts';

const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

/** The scheme of a location in lower case (`file`, `s3`, `memory`); undefined for a bare path. */
export const schemeOf = (location: string): string | undefined => SCHEME.exec(location)?.[1]?.toLowerCase();

/**
 * The path that a location names on this machine: `/a/b`, `file:/a/b` and `file:///a/b` are all `/a/b`.
 *
 * Nothing is decoded or encoded, as other writers do not either: `file:///a/my%20dir` is a folder named `my%20dir`.
 * Relative paths stay relative.
 *
 * @throws {InvalidArgumentError} another scheme, or a host in the URI
 */
export function localPath(location: string): string {
  const scheme = schemeOf(location);
  if (scheme === undefined) return location;
  const path = location.slice(scheme.length + 1);
  if (scheme === 'file' && !path.startsWith('//')) return path;
  if (scheme === 'file' && path.startsWith('///')) return path.slice(2);
  throw new InvalidArgumentError(
    `${location} is not a file of this machine. Nothing was read or written. ` +
      'Use a path like /a/b, file:/a/b or file:///a/b here, or the FileIO that serves its scheme.',
  );
}

/** One text for all spellings of a location (`/a/b`, `file:///a/b`; `s3a` for `s3`), to compare files by; not to open them by. */
export function locationKey(location: string): string {
  const scheme = schemeOf(location);
  if (scheme === undefined) return location.replace(/(?<=.)\/{2,}/g, '/');
  const rest = location.slice(scheme.length + 1);
  if (scheme === 'file') return rest.replace(/\/{2,}/g, '/');
  return `${/^s3[an]$/.test(scheme) ? 's3' : scheme}:${rest}`;
}
