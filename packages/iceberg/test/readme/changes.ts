import { changesBetween, headOf, type SnapshotId, type Table } from '@psyberg/iceberg';

/** Rows that arrived and left since a snapshot; reads the manifests written since, whatever the size of the table. */
export async function rowsSince(table: Table, seen: SnapshotId): Promise<{ arrived: number; left: number }> {
  const changes = await changesBetween(table, { fromExclusive: seen, toInclusive: headOf(table.metadata)!.snapshotId });
  const logical = changes.filter(({ snapshot }) => snapshot.operation !== 'replace'); // a compaction changes no rows
  const count = (side: 'added' | 'removed') =>
    logical.flatMap((change) => change[side]).reduce((rows, { file }) => rows + file.recordCount, 0);
  return { arrived: count('added'), left: count('removed') };
}
