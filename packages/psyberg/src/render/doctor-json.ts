/** What `check` and `doctor` found, as keys of a document. */
import type { CheckReport, DoctorReport } from '@psyberg/core';
import { maskSecrets } from '../secrets.ts';
import type { JsonObject } from './json-values.ts';

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
