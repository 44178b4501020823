/** How tables and processes stand, as keys of a document. */
import type { ChangesReport, ProcessStatus, SignalReport, StatusReport, WaitReport } from '@psyberg/core';
import { errorKeys } from './json-document.ts';
import { type JsonObject, jsonDurationMs, jsonId, jsonInstant, jsonIntervals, jsonTimeMs } from './json-values.ts';
import { causeKeys, signalKeys } from './plan-json.ts';
import { eventKeys } from './session-json.ts';

export const statusKeys = (report: StatusReport): JsonObject => ({
  processes: report.processes.map(processStatusKeys),
});

function processStatusKeys(status: ProcessStatus): JsonObject {
  return {
    process: status.process,
    mode: status.mode,
    target: status.target,
    upstream: status.upstream,
    session: status.record?.session ?? null,
    loadedUntil: jsonInstant(status.record?.upper),
    loadedFrom: jsonInstant(status.record?.lower),
    signal: signalKeys(status.signal),
    sources: status.sources.map((source) => ({
      table: source.table,
      watermark: jsonId(source.watermark),
      head: jsonId(source.head),
      snapshotsBehind: source.snapshotsBehind,
      completeUntil: jsonInstant(source.completeUntil),
      basis: source.basis ?? null,
    })),
    waitingFor: status.waitingFor,
    pending: jsonIntervals(status.pending),
    skipped: jsonIntervals(status.skipped),
    lastSession: status.lastSession === undefined ? null : eventKeys(status.lastSession),
    held: status.held.map(eventKeys),
    lease: status.lease === undefined ? null : { owner: status.lease.owner, age: jsonDurationMs(status.lease.ageMs) },
    ...(status.problem === undefined ? {} : { problem: errorKeys(status.problem) }),
  };
}

export const signalReportKeys = (report: SignalReport): JsonObject => ({
  table: report.table,
  signal: signalKeys(report.signal),
  from: report.from,
});

export const waitKeys = (report: WaitReport): JsonObject => ({
  ...signalReportKeys(report),
  until: jsonInstant(report.until),
  seen: report.seen,
  reached: report.reached,
  waited: jsonDurationMs(report.waitedMs),
  polls: report.polls,
});

export const changesKeys = (report: ChangesReport): JsonObject => ({
  table: report.table,
  from: jsonId(report.from),
  to: jsonId(report.to),
  snapshots: report.snapshots.map((snapshot) => ({
    snapshot: jsonId(snapshot.snapshotId),
    operation: snapshot.operation,
    committedAt: jsonTimeMs(snapshot.committedAtMs),
    addedFiles: snapshot.addedFiles,
    removedFiles: snapshot.removedFiles,
    addedRows: snapshot.addedRows,
    removedRows: snapshot.removedRows,
  })),
  intervals: report.intervals.map((interval) => ({
    start: jsonInstant(interval.start),
    causes: interval.causes.map((cause) => ({ change: cause.change, ...causeKeys(cause) })),
  })),
});
