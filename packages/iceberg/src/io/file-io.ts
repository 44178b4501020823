/** What listing a location yields. */
export interface FileInfo {
  readonly location: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/**
 * Storage of whole, immutable files.
 *
 * Implemented by `LocalFileIO` and `MemoryFileIO`; object storage comes as a third. It deliberately leaves out rename,
 * append and directories: Iceberg needs none of them. Locations are the texts that table metadata stores (`/a/b`,
 * `file:/a/b`, `file:///a/b`, `memory:/a/b`); an implementation maps them to storage and never rewrites them.
 *
 * Errors: `FileNotFoundError` for a missing file, `FileExistsError` from `createExclusive`, `FileIOError` (with the foreign
 * error as cause) for the rest.
 */
export interface FileIO {
  /** Whole content. @throws {FileNotFoundError} */
  read(location: string): Promise<Uint8Array>;
  /** Bytes [start, end). @throws {FileNotFoundError} */
  readRange(location: string, start: number, end: number): Promise<Uint8Array>;
  size(location: string): Promise<number>;
  exists(location: string): Promise<boolean>;
  /** Creates a new file, durable when the promise resolves; readers never see half of it. @throws {FileExistsError} */
  create(location: string, content: Uint8Array): Promise<void>;
  /** Removes a file; a missing one is no error. */
  delete(location: string): Promise<void>;
  /** All files below a location prefix (a folder), in no order; empty when there is none. */
  list(prefix: string): AsyncIterable<FileInfo>;
}
