/** What `plan`, `run` and the steps alone answer, as keys of a document. */
import type { ChainReport, ProcessReport, SourcePredicate, SqlDialect, StepReport } from '@psyberg/core';
import { exitCodeOfEnding } from '../exit-codes.ts';
import { maskSecrets } from '../secrets.ts';
import { errorKeys } from './json-document.ts';
import { type JsonObject, jsonDurationMs, jsonId } from './json-values.ts';
import { planKeys } from './plan-json.ts';
import { auditKeys } from './session-json.ts';

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
