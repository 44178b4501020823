/** What was put right, as keys of a document. */
import type { AdoptReport, CleanReport, RecoverReport, SkipReport, StateRecord } from '@psyberg/core';
import { maskSecrets } from '../secrets.ts';
import { errorKeys } from './json-document.ts';
import {
  type JsonObject,
  type JsonValue,
  jsonDuration,
  jsonId,
  jsonInstant,
  jsonIntervals,
  toJson,
} from './json-values.ts';

export const cleanKeys = (report: CleanReport): JsonObject => ({
  dryRun: report.dryRun,
  leftAlone: toJson(report.leftAlone),
  stagedSnapshots: report.stagedSnapshots.map(({ table, snapshotId, session, why }) => ({
    table,
    snapshot: jsonId(snapshotId),
    session,
    why,
  })),
  files: report.files.map((file) => toJson(file)),
  tags: report.tags.map(({ table, tag, process }) => ({ table, tag, process })),
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
