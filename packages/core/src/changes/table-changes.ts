/**
 * What a table gained and lost since a snapshot, from metadata alone.
 *
 * The normal way reads each snapshot's own manifests, so it costs work in proportion to the change. Where the chain of parents is
 * broken there are two exact ways left, and a person for the rest:
 *
 * - the old snapshot is still listed (rollback, branch reset): compare the live files at both ends;
 * - it is gone (expired): live files with a data sequence number up to its own must be just those it had, by count and hash.
 */
import {
  ancestorsOf,
  type Operation,
  planFiles,
  type ScannedFile,
  type Snapshot,
  type SnapshotId,
  snapshotById,
  snapshotChanges,
  type Table,
} from '@psyberg/iceberg';
import { NeedsDecisionError } from '../errors.ts';
import { addFiles, emptyFileSet, type FileSet, removeFiles, sameFileSet } from '../state/file-set-hash.ts';
import type { SourceState } from '../state/state-record.ts';
import { filesWithout } from './file-bag.ts';
import { lineage } from './lineage.ts';

/** One snapshot's part of the change. `snapshot` is absent where only the two ends were compared. */
export interface TableStep {
  readonly snapshot?: Snapshot;
  readonly operation: Operation;
  readonly added: readonly ScannedFile[];
  readonly removed: readonly ScannedFile[];
  /** Not what the snapshot changed but what is still live of it, rows among them that it only carried along. */
  readonly live?: true;
}

export interface TableChanges {
  readonly steps: readonly TableStep[];
  /** Live files at the new end. */
  readonly live: FileSet;
  /** Only both ends were compared: what came and went in between is not known. */
  readonly ends?: true;
  /** How it was found, for people; absent for the normal way. */
  readonly note?: string;
}

/**
 * @param reader the process that asks, for what the error says to type
 * @throws {NeedsDecisionError} the old snapshot is gone and the fallback is not exact
 */
export async function tableChanges(
  table: Table,
  state: SourceState | undefined,
  to: SnapshotId,
  reader?: string,
): Promise<TableChanges> {
  const from = state?.snapshotId;
  if (state === undefined || from === undefined) return firstRead(table, to);
  const held: FileSet = { fileCount: state.fileCount, fileHash: state.fileHash };
  if (from === to) return { steps: [], live: held };
  const chain = lineage(table.metadata, from, to);
  if (chain !== undefined) return walk(table, chain, held);
  if (snapshotById(table.metadata, from) !== undefined) return compareEnds(table, from, to);
  return bySequenceNumber(table, state, to, reader);
}

/** First read: everything live at the pin, each file under the snapshot that added it. */
async function firstRead(table: Table, to: SnapshotId): Promise<TableChanges> {
  const files = await planFiles(table, { snapshotId: to });
  const bySnapshot = new Map<SnapshotId, ScannedFile[]>();
  for (const file of files) {
    const known = bySnapshot.get(file.snapshotId);
    if (known === undefined) bySnapshot.set(file.snapshotId, [file]);
    else known.push(file);
  }
  const steps: TableStep[] = [];
  const order = [...ancestorsOf(table.metadata, to)].map((s) => s.snapshotId).reverse();
  for (const id of [...new Set([...order, ...bySnapshot.keys()])]) {
    const added = bySnapshot.get(id);
    const snapshot = snapshotById(table.metadata, id);
    if (added === undefined) continue;
    steps.push({ operation: 'append', added, removed: [], live: true, ...(snapshot && { snapshot }) });
  }
  return { steps, live: addFiles(emptyFileSet, paths(files)) };
}

async function walk(table: Table, chain: readonly Snapshot[], held: FileSet): Promise<TableChanges> {
  const steps: TableStep[] = [];
  let live = held;
  for (const snapshot of chain) {
    const { added, removed } = await snapshotChanges(table, snapshot.snapshotId);
    live = removeFiles(addFiles(live, paths(added)), paths(removed));
    steps.push({ snapshot, operation: snapshot.operation ?? 'overwrite', added, removed });
  }
  return { steps, live };
}

/** The chain is broken: what is live at only one end has come or gone. Both snapshots are listed, so that all of it can be read. */
export async function compareEnds(table: Table, from: SnapshotId, to: SnapshotId): Promise<TableChanges> {
  const before = await planFiles(table, { snapshotId: from });
  const after = await planFiles(table, { snapshotId: to });
  const added = filesWithout(after, before);
  const removed = filesWithout(before, after);
  const operation = removed.length === 0 ? 'append' : 'overwrite';
  return {
    steps: added.length + removed.length === 0 ? [] : [{ operation, added, removed }],
    live: addFiles(emptyFileSet, paths(after)),
    ends: true,
    note:
      `${nameOf(table)}: no chain of snapshots leads back to ${from}, up to which it was loaded (rolled back, reset, or expired in ` +
      'between); what is live at only one end counts as changed.',
  };
}

/** The old snapshot is expired: exact if its files are all still there, which count and hash prove. */
async function bySequenceNumber(
  table: Table,
  state: SourceState,
  to: SnapshotId,
  reader: string | undefined,
): Promise<TableChanges> {
  const files = await planFiles(table, { snapshotId: to });
  const mark = state.sequenceNumber;
  const old = mark === undefined ? [] : files.filter((f) => f.sequenceNumber <= mark);
  const kept = addFiles(emptyFileSet, paths(old));
  if (mark === undefined || mark === 0n || !sameFileSet(kept, state)) {
    throw new NeedsDecisionError(
      `${nameOf(table)}: snapshot ${state.snapshotId}, up to which it was loaded, has expired, and what changed since cannot be told ` +
        `exactly (files of then: ${state.fileCount}, live files that are no newer: ${kept.fileCount}; they are not the same). Nothing was ` +
        'changed. Recompute from what the table holds now, or declare by `adopt` that the target already holds it.',
      {
        next: reader === undefined ? [] : [`psyberg run ${reader} --recompute`, `psyberg adopt ${reader} --at current`],
      },
    );
  }
  const added = files.filter((f) => f.sequenceNumber > mark);
  return {
    steps: added.length === 0 ? [] : [{ operation: 'append', added, removed: [] }],
    live: addFiles(kept, paths(added)),
    note: `${nameOf(table)}: snapshot ${state.snapshotId} has expired; what is newer was told by sequence numbers, which is exact here.`,
  };
}

const paths = (files: readonly ScannedFile[]): readonly string[] => files.map((f) => f.file.path);

const nameOf = (table: Table): string => [...table.identifier.namespace, table.identifier.name].join('.');
