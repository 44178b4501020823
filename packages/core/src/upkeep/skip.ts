/**
 * Skip: move the high watermark of one source past a change without loading it. A session of kind `skip`; what the change touches below
 * what is loaded counts as skipped from then on, until a later session overwrites it. What lies beyond is computed by the next run.
 */
import {
  formatIdentifier,
  headOf,
  isAncestorOf,
  openTable,
  type SnapshotId,
  snapshotById,
  type Table,
  toSnapshotId,
} from '@psyberg/iceberg';
import { observeSource } from '../changes/observe-source.ts';
import type { SourceObservation } from '../changes/source-observation.ts';
import { NeedsDecisionError, UsageError } from '../errors.ts';
import { lowerLimitOf, touchedIntervals } from '../plan/bounds.ts';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SkipReport } from '../reports.ts';
import type { SourceState, StateRecord } from '../state/state-record.ts';
import { clip, EMPTY_SET, type IntervalSet, intersect, isEmpty, subtract, union } from '../time/interval-set.ts';
import { type Declaring, declare } from './declare.ts';

export interface SkipOptions {
  readonly process: string;
  /** A snapshot id of the source, or `current`: its head. */
  readonly to: string;
  readonly reason: string;
  /** Table or short name of the source; needed where the process has several. */
  readonly source?: string;
}

/**
 * With `dryRun` nothing is written, and the report says what would be skipped.
 *
 * @throws {UsageError} no such source or snapshot, several sources and none named, no reason, or a snapshot that was read already
 * @throws {NeedsDecisionError} the process has no session, or a split one has not come to its end
 */
export async function skip(
  project: Project,
  options: SkipOptions & { readonly dryRun?: boolean },
): Promise<SkipReport> {
  const process = project.process(options.process);
  const source = sourceOf(process, options.source);
  const reason = options.reason.trim();
  if (reason === '') throw new UsageError('A skip needs a reason; it is kept for ever. Nothing was changed.');
  let report: SkipReport | undefined;
  await declare(project, process, async (facts) => {
    const change = await changeUpTo(project, process, source, facts, options.to);
    report = { process: process.name, reason, dryRun: options.dryRun ?? false, ...reportOf(process, change) };
    if (options.dryRun || change.observed === undefined) return undefined;
    report = { ...report, session: facts.session };
    const record = recordOf(project, process, facts, change, reason);
    return { record, message: `${report.table} skipped up to snapshot ${report.to}: ${reason}` };
  });
  return report!;
}

function sourceOf(process: Process, named: string | undefined): ChangesSource {
  const sources = changesSourcesOf(process);
  const names = sources.map((s) => formatIdentifier(s.table));
  if (named === undefined) {
    const [only, ...others] = sources;
    if (only !== undefined && others.length === 0) return only;
    throw new UsageError(
      `${process.name} reads ${names.join(', ')}; a snapshot is one table's, so say whose change to skip. Nothing was changed.`,
      { next: names.map((name) => `psyberg skip ${process.name} --source ${name} --to SNAPSHOT --reason "..."`) },
    );
  }
  const found = sources.find((s, i) => names[i] === named || s.as === named);
  if (found !== undefined) return found;
  throw new UsageError(
    `${process.name} has no source "${named}" whose changes it loads; it has ${names.join(', ')}. Nothing was changed.`,
  );
}

/** What lies between the high watermark and the snapshot to go to. */
interface SkippedChange {
  readonly record: StateRecord;
  readonly table: string;
  readonly from?: SnapshotId;
  readonly to: SnapshotId;
  /** Absent: the watermark is there already. */
  readonly observed?: SourceObservation;
}

async function changeUpTo(
  project: Project,
  process: Process,
  source: ChangesSource,
  { held: { record } }: Declaring,
  to: string,
): Promise<SkippedChange> {
  const name = formatIdentifier(source.table);
  const state = record?.sources.find((s) => s.table === name && s.branch === source.branch);
  if (record === undefined || state === undefined) {
    throw new NeedsDecisionError(
      `${process.name} has no watermark of ${name} that could be moved. Nothing was changed. Load it, or declare by adopt what the target holds.`,
      { next: [`psyberg run ${process.name}`, `psyberg adopt ${process.name} --at current`] },
    );
  }
  if (record.part !== undefined) {
    throw new NeedsDecisionError(
      `${process.name} is in the middle of a split catch-up, whose parts belong together. Nothing was changed. Run it to its end first.`,
      { next: [`psyberg run ${process.name}`] },
    );
  }
  const table = await openTable(project.catalog, source.table);
  const goal = snapshotOn(table, source.branch, to);
  const facts = { record, table: name, to: goal, ...(state.snapshotId !== undefined && { from: state.snapshotId }) };
  if (goal === state.snapshotId) return facts;
  checkForward(table, state, goal);
  // Both what came and what went counts, interval by interval, whatever the process makes of it.
  const observed = await observeSource(table, {
    process: { ...process, mode: 'stateful', load: 'changed' },
    source,
    state,
    pin: goal,
    completeness: { kind: 'none' },
    engine: project.engineFor(process),
  });
  return { ...facts, observed };
}

function snapshotOn(table: Table, branch: string, to: string): SnapshotId {
  const name = formatIdentifier(table.identifier);
  const head = headOf(table.metadata, branch);
  if (head !== undefined && to === 'current') return head.snapshotId;
  const id = /^-?\d{1,19}$/.test(to) ? toSnapshotId(BigInt(to)) : undefined;
  const snapshot = id === undefined ? undefined : snapshotById(table.metadata, id);
  if (
    snapshot !== undefined &&
    head !== undefined &&
    isAncestorOf(table.metadata, snapshot.snapshotId, head.snapshotId)
  )
    return snapshot.snapshotId;
  const what = snapshot === undefined ? `${name} has no snapshot ${to}` : `${name} has ${to} not on branch ${branch}`;
  throw new UsageError(`${what}; a skip goes to a snapshot in the history of what is read. Nothing was changed.`, {
    next: [`psyberg changes ${name}`],
  });
}

function checkForward({ metadata, identifier }: Table, { snapshotId }: SourceState, goal: SnapshotId): void {
  // Of what has expired no ancestors are listed; that the goal is newer shows when the change is told.
  if (snapshotId === undefined || snapshotById(metadata, snapshotId) === undefined) return;
  if (!isAncestorOf(metadata, goal, snapshotId)) return;
  throw new UsageError(
    `Snapshot ${goal} of ${formatIdentifier(identifier)} lies before the high watermark ${snapshotId}: what it brought is loaded already. ` +
      'Nothing was changed. To load something again, backfill it.',
  );
}

/** Below U, for a process that recomputes; what it has not reached yet it will compute from all that is there by then. */
function skippedOf(process: Process, { record, observed }: SkippedChange): { below: IntervalSet; ahead: IntervalSet } {
  if (observed === undefined) return { below: EMPTY_SET, ahead: EMPTY_SET };
  const spans = union(...observed.changes.map((c) => c.span));
  const touched = clip(touchedIntervals(process, observed, spans), lowerLimitOf(process), undefined);
  if (process.mode === 'stateless') return { below: touched, ahead: EMPTY_SET };
  const below =
    record.upper === undefined ? EMPTY_SET : subtract(clip(touched, undefined, record.upper), record.pending);
  return { below, ahead: subtract(touched, below) };
}

function reportOf(process: Process, change: SkippedChange): Omit<SkipReport, 'process' | 'reason' | 'dryRun'> {
  const { below, ahead } = skippedOf(process, change);
  const changes = change.observed?.changes ?? [];
  return {
    table: change.table,
    ...(change.from !== undefined && { from: change.from }),
    to: change.to,
    moves: change.observed !== undefined,
    files: changes.length,
    rows: changes.reduce((sum, c) => sum + c.rows, 0),
    skipped: below,
    ahead,
  };
}

function recordOf(
  project: Project,
  process: Process,
  { held, session }: Declaring,
  change: SkippedChange,
  reason: string,
): StateRecord {
  const { exempt: marked = EMPTY_SET, part: _, base: __, ...before } = change.record;
  const { next } = change.observed!;
  const exempt = intersect(marked, before.pending);
  const readUpTo = (s: SourceState): SourceState => {
    const { readFrom: _read, ...state } = s.table === next.table && s.branch === next.branch ? next : s;
    return { ...state, ...(s.snapshotId !== undefined && { readFrom: s.snapshotId }) };
  };
  return {
    ...before,
    session,
    attempt: 1,
    kind: 'skip',
    previous: before.session,
    ...(held.base !== undefined && { base: held.base }),
    sources: before.sources.map(readUpTo),
    written: EMPTY_SET,
    skipped: union(before.skipped, skippedOf(process, change).below),
    ...(!isEmpty(exempt) && { exempt }),
    reason,
    recordedAtMs: project.clock(),
  };
}
