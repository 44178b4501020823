import type { ProcessVerification, VerifyReport } from '@psyberg/core';
import { type JsonObject, jsonInstant, jsonInterval, jsonIntervals, toJson } from './json-values.ts';

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
