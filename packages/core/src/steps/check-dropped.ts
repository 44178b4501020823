/** Whether a recompute would replace rows by what is left of a source that has dropped theirs by its retention. */
import { formatIdentifier, headOf, landingTimeMs, planFiles, type Table } from '@psyberg/iceberg';
import { droppedByRetention, emptyIntervals, type RetentionOptions, retentionEnd } from '../changes/retention.ts';
import { tableChanges } from '../changes/table-changes.ts';
import type { Engine } from '../engine/engine.ts';
import { NeedsDecisionError } from '../errors.ts';
import { goneIntervals } from '../plan/bounds.ts';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import type { SourceState, StateRecord } from '../state/state-record.ts';
import { floorTo } from '../time/grain.ts';
import { formatInstantShort, plus } from '../time/instant.ts';
import { EMPTY_SET, hull, type IntervalSet, union } from '../time/interval-set.ts';

/**
 * @param tables the sources as the recompute reads them
 * @throws {NeedsDecisionError} below U there are intervals that no source can give again, seen by a session already or not
 */
export async function checkNothingDropped(
  process: Process,
  record: StateRecord,
  tables: readonly Table[],
  engine: () => Promise<Engine>,
): Promise<void> {
  const states: SourceState[] = [];
  for (const source of changesSourcesOf(process)) {
    const name = formatIdentifier(source.table);
    const state = record.sources.find((s) => s.table === name && s.branch === source.branch);
    if (state === undefined) continue;
    // Of another table of that name, or of none, nothing new can be told.
    const table = tables.find(({ metadata }) => metadata.tableUuid === state.uuid);
    const newly = table === undefined ? EMPTY_SET : await droppedSince(process, source, table, state, record, engine);
    states.push({ ...state, dropped: union(state.dropped ?? EMPTY_SET, newly) });
  }
  const gone = hull(goneIntervals(process, states));
  if (gone === undefined || (record.upper !== undefined && gone.start >= record.upper)) return;
  throw new NeedsDecisionError(
    `A recompute of ${process.name} would lose rows: up to ${formatInstantShort(gone.end)} a source has dropped by its retention what they ` +
      'were made of. Nothing was changed. To keep them, give each source a "from" at or after that; to compute anew from what is left, ' +
      'take "retention" out.',
    { next: ['psyberg check --show-config', `psyberg run ${process.name} --recompute`] },
  );
}

/** What no session has seen yet. */
async function droppedSince(
  process: Process,
  source: ChangesSource,
  table: Table,
  state: SourceState,
  { lower }: StateRecord,
  engine: () => Promise<Engine>,
): Promise<IntervalSet> {
  const head = headOf(table.metadata, source.branch);
  if (head === undefined || source.retentionUs === undefined || state.snapshotId === undefined) return EMPTY_SET;
  const { grain } = process.target;
  const to = { snapshotId: head.snapshotId, committedAtMs: landingTimeMs(table.metadata, head) };
  const options: RetentionOptions = { source, grain, to, engine };
  try {
    return await droppedByRetention(table, await tableChanges(table, state, head.snapshotId, process.name), options);
  } catch (error) {
    if (!(error instanceof NeedsDecisionError)) throw error;
  }
  // What happened since cannot be told any more, so that every old interval that was read and has no row may have had some.
  if (lower === undefined) return EMPTY_SET;
  const start = floorTo(grain, plus(lower, -source.reads.beforeUs));
  const end = retentionEnd(source.retentionUs, grain, to.committedAtMs);
  if (start >= end) return EMPTY_SET;
  const files = await planFiles(table, { snapshotId: head.snapshotId });
  return emptyIntervals(table, files, [{ start, end }], options);
}
