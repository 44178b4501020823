import { type ScannedFile, type SnapshotId, snapshotById, type Table } from '@psyberg/iceberg';
import { NeedsDecisionError } from '../errors.ts';
import type { ChangesSource, Process } from '../process/process.ts';
import type { SourceState } from '../state/state-record.ts';
import type { IntervalSet } from '../time/interval-set.ts';
import { type FilesToRead, filesToRead } from './files-to-read.ts';
import { withoutDropped } from './retention.ts';
import { compareEnds, type TableChanges } from './table-changes.ts';

/** What came to a source since its high watermark, for a process that only appends. */
export type SourceReads =
  | Exclude<FilesToRead, { readonly kind: 'mixed-replace' }>
  /** The chain is broken: files live at only one end. rows(pin) = rows(high watermark) − gone + come, as multisets. */
  | { readonly kind: 'ends'; readonly come: readonly ScannedFile[]; readonly gone: readonly ScannedFile[] };

/** Rows to append: those of `files` EXCEPT ALL those of `without`. */
export interface RowsToRead {
  readonly files: readonly ScannedFile[];
  readonly without: readonly ScannedFile[];
}

export interface ReadsOptions {
  readonly process: Process;
  readonly source: ChangesSource;
  /** The pin. */
  readonly to: SnapshotId;
  /** What the source dropped by its retention; the removal of that is no change. */
  readonly dropped: IntervalSet | undefined;
}

/**
 * Reads no data; metadata only where a compaction mixed new files with old ones and the originals are gone.
 *
 * @throws {NeedsDecisionError} they are, and the high watermark's snapshot has expired too
 */
export async function sourceReads(
  table: Table,
  state: SourceState | undefined,
  all: TableChanges,
  { process, source, to, dropped }: ReadsOptions,
): Promise<SourceReads> {
  const reader = process.name;
  const changes = withoutDropped(table, all, source.time, dropped);
  if (changes.ends) return atEnds(changes);
  const read = filesToRead(
    changes.steps.map(({ snapshot, operation, added, removed }) => ({
      snapshotId: snapshot?.snapshotId ?? (0n as SnapshotId),
      operation,
      added,
      removed,
    })),
    (id) => {
      const parent = snapshotById(table.metadata, id)?.parentSnapshotId;
      return parent !== undefined && snapshotById(table.metadata, parent) !== undefined;
    },
  );
  if (read.kind !== 'mixed-replace') return read;
  const from = state?.snapshotId;
  if (from !== undefined && snapshotById(table.metadata, from) !== undefined)
    return atEnds(withoutDropped(table, await compareEnds(table, from, to), source.time, dropped));
  const name = [...table.identifier.namespace, table.identifier.name].join('.');
  throw new NeedsDecisionError(
    `${name}: compaction ${read.snapshotId} merged files that ${reader} has read with files that it has not, and the originals have ` +
      'expired, so the new rows cannot be told from the old. Nothing was changed.',
    { next: [`psyberg run ${reader} --recompute`, `psyberg adopt ${reader} --at current`] },
  );
}

function atEnds({ steps }: TableChanges): SourceReads {
  const come = steps.flatMap((step) => step.added);
  const gone = steps.flatMap((step) => step.removed);
  return gone.length === 0 ? { kind: 'appended', files: come } : { kind: 'ends', come, gone };
}

/**
 * The rows that a session appends; where it replaces intervals, outside of them. Under `recompute` every rewritten row lies in a
 * replaced interval, so only what came by appends is left to read.
 */
export function rowsToRead(reads: SourceReads, onOverwrite: ChangesSource['onOverwrite']): RowsToRead {
  switch (reads.kind) {
    case 'appended':
      return { files: reads.files, without: [] };
    case 'ends':
      return { files: reads.come, without: reads.gone };
    case 'overwritten':
      return onOverwrite === 'recompute'
        ? { files: reads.appended, without: [] }
        : { files: [...reads.appended, ...reads.rewritten], without: reads.gone };
  }
}

export const NOTHING_TO_READ: RowsToRead = { files: [], without: [] };
