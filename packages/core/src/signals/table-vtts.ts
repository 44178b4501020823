import { headOf, isAncestorOf, parseTableMetadata, type Table } from '@psyberg/iceberg';
import type { TimeColumn } from '../process/time-column.ts';
import { VTTS_KEY } from '../state/keys.ts';
import type { Completeness } from '../state/state-record.ts';
import { declaredCompleteness, type NewerVtts, newestWith } from './declared-completeness.ts';
import type { PinnedTable } from './table-at-pin.ts';

/** As `declaredCompleteness`; reads older metadata files only where a property and a summary entry say different things. */
export async function tableVtts(
  table: Table,
  branch: string,
  time: TimeColumn | undefined,
): Promise<Completeness | undefined> {
  return declaredCompleteness(table.metadata, branch, time, await newerVtts(table, branch));
}

/**
 * As `tableVtts`, at a pinned snapshot. Where the properties of then are not known, what is a property now may have been set since, so the
 * lesser of it and what the snapshots say counts; `unknown`: only a property says anything.
 */
export async function vttsAtPin(
  { table, propertiesOf }: PinnedTable,
  branch: string,
  time: TimeColumn | undefined,
): Promise<Completeness | 'unknown' | undefined> {
  if (propertiesOf === 'then') return tableVtts(table, branch, time);
  const bySnapshots = declaredCompleteness({ ...table.metadata, properties: {} }, branch, time);
  const byAll = declaredCompleteness(table.metadata, branch, time);
  if (byAll === undefined || bySnapshots === undefined) return byAll === undefined ? undefined : 'unknown';
  return byAll.until < bySnapshots.until ? byAll : bySnapshots;
}

/**
 * A property has no place in the history of snapshots, so the older metadata files tell: going back, either the property changes
 * first (it was set after the snapshot came), or the snapshot is gone first (it came after the property).
 */
async function newerVtts({ metadata, io }: Table, branch: string): Promise<NewerVtts> {
  const property = metadata.properties[VTTS_KEY];
  const snapshot = newestWith(metadata, branch, VTTS_KEY);
  if (property === undefined || snapshot === undefined || snapshot.summary[VTTS_KEY] === property) return 'unknown';
  for (const { metadataFile } of [...metadata.metadataLog].reverse()) {
    if (!(await io.exists(metadataFile))) return 'unknown';
    const older = parseTableMetadata(await io.read(metadataFile), metadataFile);
    if (older.properties[VTTS_KEY] !== property) return 'property';
    const head = headOf(older, branch);
    if (head === undefined || !isAncestorOf(older, snapshot.snapshotId, head.snapshotId)) return 'summary';
  }
  return 'unknown';
}
