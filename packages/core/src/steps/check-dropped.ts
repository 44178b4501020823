/** Whether a recompute would replace rows by what is left of a source that has dropped theirs by its retention. */
import { formatIdentifier, headOf, landingTimeMs, planFiles, type Table } from '@psyberg/iceberg';
import { droppedByRetention, emptyIntervals, retentionEnd } from '../changes/retention.ts';
import { tableChanges } from '../changes/table-changes.ts';
import { NeedsDecisionError } from '../errors.ts';
import { goneIntervals } from '../plan/bounds.ts';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SourceState, StateRecord } from '../state/state-record.ts';
import { BEGINNING_OF_TIME, formatInstantShort } from '../time/instant.ts';
import { hull, type IntervalSet, union } from '../time/interval-set.ts';
import { openIfExists } from './open-if-exists.ts';

/** @throws {NeedsDecisionError} below U there are intervals that no source can give again, seen by a session already or not */
export async function checkNothingDropped(
  project: Project,
  process: Process,
  record: StateRecord | undefined,
): Promise<void> {
  if (record === undefined) return;
  const states = await Promise.all(record.sources.map((state) => withDropped(project, process, state)));
  const gone = hull(goneIntervals(process, states));
  if (gone === undefined || (record.upper !== undefined && gone.start >= record.upper)) return;
  throw new NeedsDecisionError(
    `A recompute of ${process.name} would lose rows: up to ${formatInstantShort(gone.end)} a source has dropped by its retention what they ` +
      'were made of. Nothing was changed. To keep them, give each source a "from" at or after that; to compute anew from what is left, ' +
      'take "retention" out.',
    { next: ['psyberg check --show-config', `psyberg run ${process.name} --recompute`] },
  );
}

/** With what was dropped since the record too. */
async function withDropped(project: Project, process: Process, state: SourceState): Promise<SourceState> {
  const source = changesSourcesOf(process).find(
    (s) => formatIdentifier(s.table) === state.table && s.branch === state.branch,
  );
  if (source?.retentionUs === undefined || state.snapshotId === undefined) return state;
  const table = await openIfExists(project, source.table);
  // Of another table of that name, or of none, nothing can be told.
  if (table === undefined || table.metadata.tableUuid !== state.uuid) return state;
  return { ...state, dropped: union(state.dropped ?? [], await droppedSince(project, process, source, table, state)) };
}

async function droppedSince(
  project: Project,
  process: Process,
  source: ChangesSource,
  table: Table,
  state: SourceState,
): Promise<IntervalSet> {
  const head = headOf(table.metadata, source.branch);
  if (head === undefined || source.retentionUs === undefined) return [];
  const { grain } = process.target;
  const to = { snapshotId: head.snapshotId, committedAtMs: landingTimeMs(table.metadata, head) };
  const options = { source, grain, to, engine: project.engineFor(process) };
  try {
    return await droppedByRetention(table, await tableChanges(table, state, head.snapshotId, process.name), options);
  } catch (error) {
    if (!(error instanceof NeedsDecisionError)) throw error;
    // What happened since cannot be told any more, so that every old interval without a row may be one that had some.
    const end = retentionEnd(source.retentionUs, grain, to.committedAtMs);
    const files = await planFiles(table, { snapshotId: head.snapshotId });
    return emptyIntervals(table, files, [{ start: BEGINNING_OF_TIME, end }], options);
  }
}
