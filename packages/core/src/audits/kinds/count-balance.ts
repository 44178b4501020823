import { type ScannedFile, type Snapshot, type SnapshotChanges, snapshotById } from '@psyberg/iceberg';
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

/**
 * The row counts of every new snapshot add up: its total is that of its parent plus what it added minus what it removed, both as its
 * summary says and as its manifests list; and a `replace` (compaction) adds as many rows as it removes. From metadata alone.
 */
export const countBalance: MetadataAudit<{ readonly of: Of }> = {
  kind: 'count_balance',
  parameters: ['of'],
  read: (reader) => ({ of: readOf(reader) }),
  ofSources: isOfSources,
  async judge(context, { of }) {
    const tables = await tablesOf(context, of);
    const found: Finding[] = [];
    let snapshots = 0;
    for (const table of tables) {
      const changes = await table.changes();
      snapshots += changes.length;
      found.push(...changes.flatMap((change) => imbalances(table, change)));
    }
    return findingsOutcome(
      found,
      `row counts of ${snapshots} new ${snapshots === 1 ? 'snapshot' : 'snapshots'} of ${tableNames(tables)} add up`,
      (count) =>
        `${count} row ${count === 1 ? 'count' : 'counts'} of new snapshots of ${tableNames(tables)} ${count === 1 ? 'does' : 'do'} not add up`,
    );
  },
};

/** What the summary leaves out is not judged: writers may. */
function imbalances({ name, table }: ChangedTable, { snapshot, added, removed }: SnapshotChanges): readonly Finding[] {
  const [addedRows, removedRows] = [rowsOf(added), rowsOf(removed)];
  const parent = parentTotal(table.metadata, snapshot);
  const checks: readonly (readonly [what: string, expected: number | undefined, found: number | undefined])[] = [
    ['added-records', addedRows, numberIn(snapshot, 'added-records')],
    ['deleted-records', removedRows, numberIn(snapshot, 'deleted-records')],
    [
      'total-records',
      parent === undefined ? undefined : parent + addedRows - removedRows,
      numberIn(snapshot, 'total-records'),
    ],
    ['rows added by replace', snapshot.operation === 'replace' ? removedRows : undefined, addedRows],
  ];
  return checks.flatMap(([what, expected, found]): readonly Finding[] => {
    if (expected === undefined || found === undefined || expected === found) return [];
    const row = {
      table: name,
      snapshot: String(snapshot.snapshotId),
      count: what,
      expected: String(expected),
      found: String(found),
    };
    return [{ row, failingRows: Math.abs(expected - found) }];
  });
}

const rowsOf = (files: readonly ScannedFile[]): number => files.reduce((sum, { file }) => sum + file.recordCount, 0);

/** Undefined where the parent is gone or says nothing. */
function parentTotal(metadata: ChangedTable['table']['metadata'], { parentSnapshotId }: Snapshot): number | undefined {
  if (parentSnapshotId === undefined) return 0;
  const parent = snapshotById(metadata, parentSnapshotId);
  return parent === undefined ? undefined : numberIn(parent, 'total-records');
}

function numberIn({ summary }: Snapshot, key: string): number | undefined {
  const text = summary[key];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
