import { changesSourcesOf, type Process } from '../process/process.ts';
import type { ProcessVerification } from '../reports.ts';

/** Where only added rows are taken from a source that overwrites, rows that it has no more stay. */
export const keepsRows = (process: Process): boolean =>
  changesSourcesOf(process).some((s) => s.onOverwrite === 'added-only');

/** What can be proven then: no row is missing. Rows beyond may be ones that a source has taken away, or may not. */
export function containment(verification: ProcessVerification): ProcessVerification {
  const { rowsMissing, rowsExtra } = verification;
  if (rowsMissing > 0 || rowsExtra === 0) return verification;
  return {
    ...verification,
    verdict: 'contained',
    message:
      `Holds every row of a full recompute, and ${rowsExtra} more. Under onOverwrite: added-only a target keeps what its source has taken ` +
      'away, so only that no row is missing can be proven.',
  };
}
