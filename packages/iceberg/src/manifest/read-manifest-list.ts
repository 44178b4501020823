import type { ManifestFile } from './manifest-file.ts';

declare const later: <T>() => T;
/** Rows in file order, of format v1 and v2, any spelling of old names. @throws {InvalidAvroError} */
export function decodeManifestList(bytes: Uint8Array, path: string): ManifestFile[] {
  void bytes;
  void path;
  return later();
}
