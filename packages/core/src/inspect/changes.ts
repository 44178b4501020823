import { formatIdentifier, headOf, landingTimeMs, type SnapshotId, type Table } from '@psyberg/iceberg';
import type { FileChange } from '../changes/file-change.ts';
import { placeFiles, type UnplacedFile } from '../changes/place-files.ts';
import { tableChanges } from '../changes/table-changes.ts';
import { NeedsDecisionError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { ChangesReport } from '../reports.ts';
import type { Grain } from '../time/grain.ts';
import type { Instant } from '../time/instant.ts';
import { enumerate, intervalSet } from '../time/interval-set.ts';
import { openNamedTable, timeColumnOf } from './named-table.ts';

export interface ChangesOptions {
  readonly table: string;
  /** Exclusive; absent: from the table's beginning. */
  readonly from?: SnapshotId;
  /** Column to place files by; absent: a configured source's, or the column of the first time partition. */
  readonly time?: string;
  readonly grain?: Grain;
}

/** What any Iceberg table gained and lost, by interval, from metadata alone. */
export async function changes(project: Project, options: ChangesOptions): Promise<ChangesReport> {
  const table = await openNamedTable(project, options.table);
  const name = formatIdentifier(table.identifier);
  const head = headOf(table.metadata, 'main');
  const time = timeColumnOf(project, table, options.time);
  if (head === undefined) return { table: name, snapshots: [], intervals: [] };
  const state = options.from === undefined ? undefined : sinceSnapshot(table, name, options.from);
  const { steps } = await tableChanges(table, state, head.snapshotId);
  const files = steps.flatMap((step): UnplacedFile[] => {
    const facts = step.snapshot ? { snapshotId: step.snapshot.snapshotId } : {};
    if (step.operation === 'replace') return [];
    return [
      ...step.added.map((file) => ({ change: 'added' as const, file, ...facts })),
      ...step.removed.map((file) => ({ change: 'removed' as const, file, ...facts })),
    ];
  });
  const grain = options.grain ?? 'hour';
  const placed =
    time === undefined
      ? []
      : (await placeFiles(table, files, { time, grain, exact: false, notAfter: undefined, engine: project.engine }))
          .changes;
  return {
    table: name,
    ...(options.from !== undefined && { from: options.from }),
    to: head.snapshotId,
    snapshots: steps.flatMap(({ snapshot, operation, added, removed }) =>
      snapshot === undefined
        ? []
        : [
            {
              snapshotId: snapshot.snapshotId,
              operation,
              committedAtMs: landingTimeMs(table.metadata, snapshot),
              addedFiles: added.length,
              removedFiles: removed.length,
              addedRows: added.reduce((n, f) => n + f.file.recordCount, 0),
              removedRows: removed.reduce((n, f) => n + f.file.recordCount, 0),
            },
          ],
    ),
    intervals: byInterval(name, grain, placed),
  };
}

function byInterval(table: string, grain: Grain, placed: readonly FileChange[]): ChangesReport['intervals'] {
  type Entry = ChangesReport['intervals'][number]['causes'][number];
  const result = new Map<Instant, Map<string, Entry>>();
  for (const file of placed) {
    for (const { start } of enumerate(grain, intervalSet(file.span))) {
      const causes = result.get(start) ?? new Map<string, Entry>();
      result.set(start, causes);
      const change = file.change === 'added' ? 'gained' : 'lost';
      const key = `${change} ${file.snapshotId ?? ''}`;
      const before = causes.get(key);
      const rows = file.rowsByInterval?.find((r) => r.start === start)?.rows ?? file.rows;
      causes.set(key, {
        table,
        ...(file.snapshotId !== undefined && { snapshotId: file.snapshotId }),
        change,
        files: (before?.files ?? 0) + 1,
        rows: (before?.rows ?? 0) + rows,
      });
    }
  }
  return [...result]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([start, causes]) => ({ start, causes: [...causes.values()] }));
}

function sinceSnapshot(table: Table, name: string, from: SnapshotId): Parameters<typeof tableChanges>[1] {
  const snapshot = table.metadata.snapshots.find((s) => s.snapshotId === from);
  if (snapshot === undefined) {
    throw new NeedsDecisionError(
      `${name} has no snapshot ${from} (any more). Its oldest one is ${table.metadata.snapshots[0]?.snapshotId ?? 'none'}.`,
      { next: [`psyberg changes ${name}`] },
    );
  }
  const { tableUuid: uuid } = table.metadata;
  return {
    table: name,
    branch: 'main',
    uuid,
    snapshotId: from,
    sequenceNumber: snapshot.sequenceNumber,
    fileCount: 0,
    fileHash: '0'.repeat(16),
  };
}
