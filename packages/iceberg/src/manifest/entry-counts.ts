import type { DataFile } from './data-file.ts';
import type { EntryStatus } from './manifest-entry.ts';

/** Files and rows by what a manifest's entries say happened to them. */
export interface EntryCounts {
  readonly addedFilesCount: number;
  readonly existingFilesCount: number;
  readonly deletedFilesCount: number;
  readonly addedRowsCount: number;
  readonly existingRowsCount: number;
  readonly deletedRowsCount: number;
}

interface CountedEntry {
  readonly status: EntryStatus;
  readonly file: Pick<DataFile, 'recordCount'>;
}

/** The counts that a manifest list row carries. */
export function countEntries(entries: readonly CountedEntry[]): EntryCounts {
  const files = { added: 0, existing: 0, deleted: 0 };
  const rows = { added: 0, existing: 0, deleted: 0 };
  for (const { status, file } of entries) {
    files[status]++;
    rows[status] += file.recordCount;
  }
  return {
    addedFilesCount: files.added,
    existingFilesCount: files.existing,
    deletedFilesCount: files.deleted,
    addedRowsCount: rows.added,
    existingRowsCount: rows.existing,
    deletedRowsCount: rows.deleted,
  };
}
