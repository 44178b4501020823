import type {
  AdoptReport,
  AuditRow,
  Cause,
  ChainReport,
  ChangesReport,
  CheckReport,
  CleanReport,
  DoctorReport,
  ExplainReport,
  IntervalHistoryReport,
  PlannedInterval,
  PlannedSource,
  ProcessReport,
  ProcessStatus,
  ProcessVerification,
  RecoverReport,
  ReportStatus,
  SessionEvent,
  SessionPlan,
  SignalReport,
  SkipReport,
  SourcePredicate,
  SqlDialect,
  StateRecord,
  StatusReport,
  StepReport,
  VerifyReport,
  WaitReport,
} from '@psyberg/core';
import { ConfigError } from '@psyberg/core';
import { errorCode, exitCodeOfEnding } from '../exit-codes.ts';
import { maskSecrets } from '../secrets.ts';
import {
  type JsonObject,
  type JsonValue,
  jsonDuration,
  jsonDurationMs,
  jsonId,
  jsonInstant,
  jsonInterval,
  jsonIntervals,
  jsonTimeMs,
  toJson,
} from './json-values.ts';

/** Raised only when keys change their meaning or go; new keys do not raise it. */
const SCHEMA_VERSION = 1;

/** What every document begins with. */
export interface Envelope {
  readonly command: string;
  readonly status: ReportStatus;
  readonly exitCode: number;
  readonly next: readonly string[];
}

/** The one document of `--json`: the envelope, then the command's own keys. */
export function jsonDocument(envelope: Envelope, keys: JsonObject): JsonObject {
  return {
    schemaVersion: SCHEMA_VERSION,
    command: envelope.command,
    status: envelope.status,
    exitCode: envelope.exitCode,
    next: envelope.next,
    ...keys,
  };
}

/** A failure as scripts see it: its code, whether trying again makes sense, the message without secrets. */
export function errorKeys(error: unknown): JsonObject {
  const outcome = error instanceof Error && 'outcome' in error ? error.outcome : undefined;
  return {
    code: errorCode(error) ?? null,
    outcome: typeof outcome === 'string' ? outcome : null,
    message: maskSecrets(error instanceof Error ? error.message : String(error)),
    ...(error instanceof ConfigError
      ? { problems: error.problems.map((problem) => toJson({ ...problem, message: maskSecrets(problem.message) })) }
      : {}),
  };
}

export const chainKeys = (report: ChainReport): JsonObject => ({ processes: report.processes.map(processKeys) });

export const stepKeys = (report: StepReport): JsonObject => ({
  step: report.step,
  process: report.process.process,
  session: report.process.session ?? null,
  attempt: report.process.attempt ?? null,
  wapId: report.process.wapId ?? null,
  state: report.state,
  changed: report.changed,
  processes: [processKeys(report.process)],
});

export function processKeys(report: ProcessReport): JsonObject {
  const rows = new Map(report.rowsByInterval?.map((entry) => [entry.start, entry.rows]));
  return {
    process: report.process,
    mode: report.mode,
    session: report.session ?? report.plan?.session ?? null,
    attempt: report.attempt ?? null,
    wapId: report.wapId ?? null,
    status: report.status,
    exitCode: exitCodeOfEnding(report),
    message: maskSecrets(report.message),
    target: report.plan?.target.table ?? null,
    ...planKeys(report.plan, report.predictedSources ?? [], rows),
    rowsWritten: report.rowsWritten ?? null,
    audits: report.audits.map(auditKeys),
    snapshot: jsonId(report.snapshot),
    stagedSnapshot: jsonId(report.stagedSnapshot),
    steps: Object.fromEntries(Object.entries(report.stepsMs).map(([step, ms]) => [step, jsonDurationMs(ms)])),
    next: report.next,
    ...(report.error === undefined ? {} : { error: errorKeys(report.error) }),
  };
}

function planKeys(
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
function intervalKeys(interval: PlannedInterval, rowsWritten?: number): JsonObject {
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

function causeKeys(cause: Cause): JsonObject {
  return {
    table: cause.table,
    snapshot: jsonId(cause.snapshotId),
    files: cause.files,
    rows: cause.rows,
    ...(cause.process === undefined ? {} : { process: cause.process }),
    ...(cause.predicted === true ? { predicted: true } : {}),
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

function signalKeys(signal: { until: bigint; basis: string; column?: string } | undefined): JsonValue {
  if (signal === undefined) return null;
  return {
    until: jsonInstant(signal.until as Parameters<typeof jsonInstant>[0]),
    basis: signal.basis,
    column: signal.column ?? null,
  };
}

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

export const sessionsKeys = (events: readonly SessionEvent[]): JsonObject => ({ sessions: events.map(eventKeys) });

export function explainKeys(report: ExplainReport): JsonObject {
  return {
    ...eventKeys(report.event),
    ...planDocument(report.event.plan),
    audits: report.audits.map(auditKeys),
    history: report.history.map(eventKeys),
  };
}

/** A plan as it stands alone. */
export const planDocument = (plan: SessionPlan): JsonObject => ({
  target: plan.target.table,
  ...planKeys(plan, [], new Map()),
});

export const intervalHistoryKeys = (report: IntervalHistoryReport): JsonObject => ({
  process: report.process,
  interval: jsonInterval(report.interval),
  writers: report.writers.map((writer) => ({
    ...eventKeys(writer.event),
    interval: writer.interval === undefined ? null : intervalKeys(writer.interval),
  })),
});

export const verifyKeys = (report: VerifyReport): JsonObject => ({ processes: report.processes.map(verificationKeys) });

function verificationKeys(verification: ProcessVerification): JsonObject {
  const sample = (change: string, rows: readonly (readonly unknown[])[]): JsonObject[] =>
    rows.map((row) => ({
      change,
      row: Object.fromEntries(verification.columns.map((column, index) => [column, toJson(row[index] ?? null)])),
    }));
  return {
    process: verification.process,
    equal: verification.verdict === 'equal',
    verdict: verification.verdict,
    rowsMissing: verification.rowsMissing,
    rowsExtra: verification.rowsExtra,
    intervals: verification.intervals.map(({ start, missing, extra }) => ({
      start: jsonInstant(start),
      missing,
      extra,
    })),
    sample: [...sample('missing', verification.missingSample), ...sample('extra', verification.extraSample)],
    knownDifferences: verification.knownDifferences.map(({ start, reason, session, missing, extra }) => ({
      start: jsonInstant(start),
      reason,
      session: session ?? null,
      missing,
      extra,
    })),
    compared: jsonInterval(verification.compared),
    pending: jsonIntervals(verification.pending ?? []),
    message: verification.message,
  };
}

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

export const cleanKeys = (report: CleanReport): JsonObject => ({
  dryRun: report.dryRun,
  stagedSnapshots: report.stagedSnapshots.map(({ table, snapshotId, session, why }) => ({
    table,
    snapshot: jsonId(snapshotId),
    session,
    why,
  })),
  files: report.files.map((file) => toJson(file)),
  tags: report.tags.map(({ table, tag, process }) => ({ table, tag, process })),
});

export const checkKeys = (report: CheckReport): JsonObject => ({
  checked: report.checked,
  problems: report.problems.map((problem) => ({ ...problem, message: maskSecrets(problem.message) })),
});

export const doctorKeys = (report: DoctorReport): JsonObject => ({
  processes: report.processes,
  findings: report.findings.map(({ severity, topic, where, message, next }) => ({
    severity,
    topic,
    where,
    message: maskSecrets(message),
    next,
  })),
  tables: report.tables.map((table) => ({ ...table })),
});

export const skipKeys = (report: SkipReport): JsonObject => ({
  process: report.process,
  session: report.session ?? null,
  table: report.table,
  from: jsonId(report.from),
  to: jsonId(report.to),
  files: report.files,
  rows: report.rows,
  skipped: jsonIntervals(report.skipped),
  ahead: jsonIntervals(report.ahead),
  reason: report.reason,
});

export const recoverKeys = (report: RecoverReport): JsonObject => ({
  dryRun: report.dryRun,
  tables: report.tables.map(({ table, holds, state, problems, rows, keptAs }) => ({
    table,
    holds,
    state,
    problems: problems.map(maskSecrets),
    rows,
    keptAs: keptAs ?? null,
  })),
  processes: report.processes.map(({ process, sessions, watermarks, lost, problem }) => ({
    process,
    sessions,
    watermarks,
    lost,
    ...(problem === undefined ? {} : { problem: errorKeys(problem) }),
  })),
  notRecovered: report.notRecovered,
});

export const adoptKeys = (report: AdoptReport): JsonObject => ({
  process: report.process,
  session: report.session,
  sources: recordSources(report.record),
  loadedUntil: jsonInstant(report.loadedUntil),
  lag: jsonDuration(report.lagUs),
});

const recordSources = (record: StateRecord): JsonValue =>
  record.sources.map((source) => ({ table: source.table, branch: source.branch, snapshot: jsonId(source.snapshotId) }));

/** What a session reads of each source, for a job of the user's own. */
export const predicateKeys = (dialect: SqlDialect, reads: readonly SourcePredicate[]): JsonObject => ({
  dialect,
  sources: reads.map(({ table, as, branch, rows, from, to, where }) => ({
    table,
    as,
    branch,
    rows,
    from: jsonId(from),
    to: jsonId(to),
    where,
  })),
});
