/** Sessions, what was audited in them, and what is told of them, as keys of a document. */
import type { AuditRow, ExplainReport, IntervalHistoryReport, SessionEvent } from '@psyberg/core';
import { type JsonObject, jsonDurationMs, jsonId, jsonInterval, jsonTimeMs, toJson } from './json-values.ts';
import { intervalKeys, planDocument } from './plan-json.ts';

export const sessionsKeys = (events: readonly SessionEvent[]): JsonObject => ({ sessions: events.map(eventKeys) });

export function explainKeys(report: ExplainReport): JsonObject {
  return {
    ...eventKeys(report.event),
    ...planDocument(report.event.plan),
    audits: report.audits.map(auditKeys),
    history: report.history.map(eventKeys),
  };
}

export const intervalHistoryKeys = (report: IntervalHistoryReport): JsonObject => ({
  process: report.process,
  interval: jsonInterval(report.interval),
  writers: report.writers.map((writer) => ({
    ...eventKeys(writer.event),
    interval: writer.interval === undefined ? null : intervalKeys(writer.interval),
  })),
});

/** A session as one line of its log. */
export function eventKeys(event: SessionEvent): JsonObject {
  return {
    process: event.process,
    session: event.session,
    attempt: event.attempt,
    kind: event.kind,
    mode: event.mode,
    state: event.state,
    wapId: event.wapId,
    recordedAt: jsonTimeMs(event.recordedAtMs),
    range: jsonInterval(event.plan.range),
    rowsWritten: event.rowsWritten ?? null,
    snapshot: jsonId(event.snapshotId),
    stagedSnapshot: jsonId(event.stagedSnapshotId),
    message: event.message ?? null,
  };
}

/** One audit result with its sample rows. */
export function auditKeys(audit: AuditRow): JsonObject {
  return {
    audit: audit.audit,
    name: audit.name,
    severity: audit.severity,
    status: audit.status,
    message: audit.message,
    failingRows: audit.failingRows,
    sample: audit.sample.map(toJson),
    ...(audit.observed === undefined ? {} : { observed: audit.observed }),
    ...(audit.observedBy === undefined ? {} : { observedBy: { ...audit.observedBy } }),
    ...(audit.expected === undefined ? {} : { expected: audit.expected }),
    attempt: audit.attempt,
    duration: jsonDurationMs(audit.durationMs),
    recordedAt: jsonTimeMs(audit.recordedAtMs),
    ...(audit.acceptedBy === undefined ? {} : { acceptedBy: audit.acceptedBy }),
    ...(audit.reason === undefined ? {} : { reason: audit.reason }),
  };
}
