/** A session plan and its parts as keys of a document. */
import type { Cause, PlannedInterval, PlannedSource, SessionPlan } from '@psyberg/core';
import {
  type JsonObject,
  type JsonValue,
  jsonDuration,
  jsonId,
  jsonInstant,
  jsonInterval,
  jsonIntervals,
  jsonTimeMs,
} from './json-values.ts';

/** The keys of a plan; without one, those that every process has. `rows`: written, by start of interval. */
export function planKeys(
  plan: SessionPlan | undefined,
  predictedSources: readonly string[],
  rows: ReadonlyMap<bigint, number>,
): JsonObject {
  if (plan === undefined) return { sources: [], lookups: [], range: null, intervals: [] };
  return {
    kind: plan.kind,
    outcome: plan.outcome,
    sources: plan.sources.map((source) => sourceKeys(source, predictedSources.includes(source.table))),
    lookups: plan.lookups.map((lookup) => ({
      table: lookup.table,
      as: lookup.as,
      branch: lookup.branch,
      snapshot: jsonId(lookup.snapshotId),
    })),
    range: jsonInterval(plan.range),
    write: jsonIntervals(plan.write),
    intervals: plan.intervals.map((interval) => intervalKeys(interval, rows.get(interval.start))),
    pending: jsonIntervals(plan.pending),
    skipped: jsonIntervals(plan.skipped),
    upperBefore: jsonInstant(plan.upperBefore),
    upper: jsonInstant(plan.upper),
    signal: signalKeys(plan.signal),
    notes: plan.notes,
  };
}

/** A plan as it stands alone. */
export const planDocument = (plan: SessionPlan): JsonObject => ({
  target: plan.target.table,
  ...planKeys(plan, [], new Map()),
});

function sourceKeys(source: PlannedSource, predicted: boolean): JsonObject {
  return {
    table: source.table,
    as: source.as,
    branch: source.branch,
    from: jsonId(source.from?.snapshotId),
    to: jsonId(source.to?.snapshotId),
    toSequenceNumber: jsonId(source.to?.sequenceNumber),
    landedFrom: jsonTimeMs(source.landedFromMs),
    landedTo: jsonTimeMs(source.landedToMs),
    files: source.files,
    rows: source.rows,
    bytes: source.bytes,
    changed: jsonIntervals(source.changed),
    processingUris: source.processingUris,
    completeUntil: jsonInstant(source.completeUntil),
    basis: source.basis ?? null,
    ...(predicted ? { predicted: true } : {}),
  };
}

/** One planned interval; `rowsWritten` only after a run. */
export function intervalKeys(interval: PlannedInterval, rowsWritten?: number): JsonObject {
  return {
    start: jsonInstant(interval.start),
    state: interval.state,
    action: interval.action,
    lateBy: jsonDuration(interval.lateByUs),
    causes: interval.causes.map(causeKeys),
    ...(interval.waitingFor === undefined ? {} : { waitingFor: interval.waitingFor }),
    ...(rowsWritten === undefined ? {} : { rowsWritten }),
  };
}

/** One cause of an interval. */
export function causeKeys(cause: Cause): JsonObject {
  return {
    table: cause.table,
    snapshot: jsonId(cause.snapshotId),
    files: cause.files,
    rows: cause.rows,
    ...(cause.process === undefined ? {} : { process: cause.process }),
    ...(cause.predicted === true ? { predicted: true } : {}),
  };
}

/** How far a table is complete; null where nothing says so. */
export function signalKeys(signal: { until: bigint; basis: string; column?: string } | undefined): JsonValue {
  if (signal === undefined) return null;
  return {
    until: jsonInstant(signal.until as Parameters<typeof jsonInstant>[0]),
    basis: signal.basis,
    column: signal.column ?? null,
  };
}
