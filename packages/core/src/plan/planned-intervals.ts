import type { FileChange } from '../changes/file-change.ts';
import type { SourceObservation } from '../changes/source-observation.ts';
import type { Process } from '../process/process.ts';
import type { Cause, IntervalAction, PlannedInterval } from '../session/session-plan.ts';
import { ceilTo, floorTo, type Grain, grainLengthUs } from '../time/grain.ts';
import { type Instant, plus } from '../time/instant.ts';
import { containsInstant, EMPTY_SET, enumerate, type IntervalSet, intervalSet, union } from '../time/interval-set.ts';
import { sourceBound, touchedIntervals } from './bounds.ts';

/** What a planner has decided; enough to tell the story of each interval. */
export interface DecidedIntervals {
  readonly action: IntervalAction;
  readonly write: IntervalSet;
  /** Those of `write` that are replaced although the others are appended to. */
  readonly replace?: IntervalSet;
  /** Intervals that something in the sources touched. */
  readonly changed: IntervalSet;
  readonly skipped: IntervalSet;
  readonly waiting: IntervalSet;
  readonly upperBefore: Instant | undefined;
}

/** The intervals of a plan in order, each with its state and its causes. */
export function plannedIntervals(
  process: Process,
  observations: readonly SourceObservation[],
  decided: DecidedIntervals,
): readonly PlannedInterval[] {
  const { grain } = process.target;
  const causes = causesByInterval(process, observations, decided);
  const all = union(decided.write, decided.skipped, decided.waiting);
  return [...enumerate(grain, all)].map(({ start }) => {
    const own = causes.get(start) ?? [];
    const lateByUs = decided.upperBefore === undefined ? undefined : decided.upperBefore - start;
    if (containsInstant(decided.write, start)) {
      const state = stateOfWritten(decided, start);
      const late = state === 'late' && lateByUs !== undefined ? { lateByUs } : {};
      const action = containsInstant(decided.replace ?? EMPTY_SET, start) ? 'overwrite' : decided.action;
      return { start, state, action, ...late, causes: own };
    }
    if (containsInstant(decided.skipped, start)) {
      return { start, state: 'skipped', action: 'none', ...(lateByUs !== undefined && { lateByUs }), causes: own };
    }
    const waitingFor = observations.filter((o) => (sourceBound(process, o) ?? start) <= start).map((o) => o.table);
    return { start, state: 'waiting', action: 'none', waitingFor, causes: own };
  });
}

function stateOfWritten(decided: DecidedIntervals, start: Instant): 'new' | 'late' | 'redone' {
  if (decided.upperBefore === undefined || start >= decided.upperBefore) return 'new';
  return containsInstant(decided.changed, start) ? 'late' : 'redone';
}

/** Only intervals that are shown are looked at, so a file that spans years costs nothing beyond them. */
function causesByInterval(
  process: Process,
  observations: readonly SourceObservation[],
  decided: DecidedIntervals,
): Map<Instant, Cause[]> {
  const { grain } = process.target;
  const shown = union(decided.write, decided.skipped, decided.waiting);
  const result = new Map<Instant, Map<string, Cause>>();
  for (const observation of observations) {
    for (const change of observation.changes) {
      const touched = touchedIntervals(process, observation, change.span);
      for (const { start } of enumerate(grain, intersectSpan(shown, touched))) {
        const rows = rowsWithin(change, grain, start, observation);
        if (rows === 0 && change.rowsByInterval !== undefined) continue;
        addCause(result, start, observation.table, change, rows);
      }
    }
  }
  return new Map([...result].map(([start, causes]) => [start, [...causes.values()]]));
}

function intersectSpan(shown: IntervalSet, touched: IntervalSet): IntervalSet {
  const result = [];
  for (const a of shown) {
    for (const b of touched) {
      const start = a.start > b.start ? a.start : b.start;
      const end = a.end < b.end ? a.end : b.end;
      if (start < end) result.push({ start, end });
    }
  }
  return intervalSet(result);
}

/** Rows of the change that the interval needs, its reach included; the file's whole count where nothing finer is known. */
function rowsWithin(change: FileChange, grain: Grain, start: Instant, { source }: SourceObservation): number {
  if (change.rowsByInterval === undefined) return change.rows;
  const from = floorTo(grain, plus(start, -source.reads.beforeUs));
  const to = ceilTo(grain, plus(start, grainLengthUs(grain) + source.reads.afterUs));
  let rows = 0;
  for (const part of change.rowsByInterval) if (part.start >= from && part.start < to) rows += part.rows;
  return rows;
}

function addCause(
  result: Map<Instant, Map<string, Cause>>,
  start: Instant,
  table: string,
  change: FileChange,
  rows: number,
): void {
  const causes = result.get(start) ?? new Map<string, Cause>();
  result.set(start, causes);
  const key = `${table} ${change.snapshotId ?? change.predictedBy ?? ''}`;
  const before = causes.get(key);
  causes.set(key, {
    table,
    ...(change.snapshotId !== undefined && { snapshotId: change.snapshotId }),
    ...(change.predictedBy !== undefined && { process: change.predictedBy, predicted: true }),
    files: (before?.files ?? 0) + (change.predictedBy === undefined ? (change.files ?? 1) : 0),
    rows: (before?.rows ?? 0) + rows,
  });
}
