import { planFiles, type ScannedFile } from '@psyberg/iceberg';
import type { ChangedTable } from '../audit-context.ts';
import type { MetadataAudit } from '../audit-kind.ts';
import {
  type Finding,
  findingsOutcome,
  isOfSources,
  type Of,
  readOf,
  tableNames,
  tablesOf,
} from '../changed-tables.ts';

interface DuplicateFiles {
  readonly of: Of;
  /** `change`: among the files that the new snapshots added; `table`: among all live files. */
  readonly scope: 'change' | 'table';
}

/** No data file was added to a table while it was part of it already: its rows would count twice. From manifests alone. */
export const duplicateFiles: MetadataAudit<DuplicateFiles> = {
  kind: 'duplicate_files',
  parameters: ['of', 'scope'],
  read: (reader) => ({
    of: readOf(reader),
    scope: reader.optionalOneOf('scope', ['change', 'table']) ?? 'change',
  }),
  ofSources: isOfSources,
  async judge(context, { of, scope }) {
    const tables = await tablesOf(context, of);
    const found: Finding[] = [];
    for (const table of tables) {
      found.push(...(scope === 'table' || table.whole ? await inTable(table) : await inChange(table)));
    }
    return findingsOutcome(
      found,
      `no data file of ${tableNames(tables)} was added twice`,
      (count) =>
        `${count} data ${count === 1 ? 'file' : 'files'} of ${tableNames(tables)} ${count === 1 ? 'was' : 'were'} added twice`,
    );
  },
};

/** A file that was taken out before may come back. */
async function inChange(table: ChangedTable): Promise<readonly Finding[]> {
  const live = new Set<string>();
  const found: Finding[] = [];
  for (const { added, removed } of await table.changes()) {
    for (const { file } of removed) live.delete(file.path);
    for (const scanned of added) {
      if (live.has(scanned.file.path)) found.push(findingOf(table, scanned));
      live.add(scanned.file.path);
    }
  }
  return found;
}

async function inTable(table: ChangedTable): Promise<readonly Finding[]> {
  if (table.to === undefined) return [];
  const live = new Set<string>();
  const found: Finding[] = [];
  for (const scanned of await planFiles(table.table, { snapshotId: table.to })) {
    if (live.has(scanned.file.path)) found.push(findingOf(table, scanned));
    live.add(scanned.file.path);
  }
  return found;
}

const findingOf = ({ name }: ChangedTable, { file, snapshotId }: ScannedFile): Finding => ({
  row: { table: name, file: file.path, added_by: String(snapshotId), rows: String(file.recordCount) },
  failingRows: file.recordCount,
});
