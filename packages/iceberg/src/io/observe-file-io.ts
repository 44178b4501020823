import type { FileInfo, FileIO } from './file-io.ts';

/** One access that succeeded. */
export interface FileAccess {
  readonly kind: 'read' | 'read-range' | 'size' | 'exists' | 'create' | 'delete' | 'list';
  /** For `list` the prefix. */
  readonly location: string;
  /** Bytes that came or went; 0 where none do. */
  readonly sizeBytes: number;
}

/**
 * The same files, with every access told to `onAccess` after it succeeded. For budgets ("planning reads only new
 * manifests"), traces and progress.
 *
 * ```ts
 * const reads: FileAccess[] = [];
 * const io = observeFileIO(new LocalFileIO(), (access) => reads.push(access));
 * ```
 */
export function observeFileIO(io: FileIO, onAccess: (access: FileAccess) => void): FileIO {
  const tell = (kind: FileAccess['kind'], location: string, sizeBytes = 0): void =>
    onAccess({ kind, location, sizeBytes });
  return {
    async read(location) {
      const bytes = await io.read(location);
      tell('read', location, bytes.byteLength);
      return bytes;
    },
    async readRange(location, start, end) {
      const bytes = await io.readRange(location, start, end);
      tell('read-range', location, bytes.byteLength);
      return bytes;
    },
    async size(location) {
      const sizeBytes = await io.size(location);
      tell('size', location);
      return sizeBytes;
    },
    async exists(location) {
      const exists = await io.exists(location);
      tell('exists', location);
      return exists;
    },
    async create(location, content) {
      await io.create(location, content);
      tell('create', location, content.byteLength);
    },
    async delete(location) {
      await io.delete(location);
      tell('delete', location);
    },
    async *list(prefix): AsyncGenerator<FileInfo, void, undefined> {
      tell('list', prefix);
      yield* io.list(prefix);
    },
  };
}
