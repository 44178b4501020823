import { currentSchema, planFiles, type ScannedFile, type SnapshotId, type Table } from '@psyberg/iceberg';
import type { TimeColumn } from '../process/time-column.ts';
import type { Interval } from '../time/interval-set.ts';
import { timePredicate } from './time-predicate.ts';

/**
 * Live files of a snapshot, however old, that may hold rows of a span; the time column by its present name, as a configuration names it,
 * whatever that name meant when the snapshot was made. Reads manifests only.
 */
export function filesWithin(
  table: Table,
  snapshotId: SnapshotId,
  time: TimeColumn,
  span: Interval,
): Promise<readonly ScannedFile[]> {
  const schema = currentSchema(table.metadata);
  return planFiles(table, { snapshotId, schema, filter: timePredicate(schema, time, span) });
}
