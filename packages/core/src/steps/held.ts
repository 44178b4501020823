import { HeldError } from '../errors.ts';
import type { Process, SessionId } from '../process/process.ts';
import type { AuditRow } from '../session/rows.ts';

/** What the audits found, a sentence each. */
export const auditMessages = (audits: readonly AuditRow[]): string =>
  audits.map(({ name, message }) => `${name}: ${message}${/[.!?]$/.test(message) ? '' : '.'}`).join(' ');

/** The session that these audits hold, and the three ways on. `before`: audits of sources, before anything was written. */
export function heldError(
  process: Process,
  session: SessionId,
  audits: readonly AuditRow[],
  held: 'staged' | 'before' = 'staged',
): HeldError {
  const names = audits.map((a) => a.name);
  const flags = `--process ${process.name} --session ${session}`;
  return new HeldError(
    `Audit ${names.join(', ')} failed for ${process.name}, session ${session}. ${auditMessages(audits)} Nothing was ` +
      `${held === 'staged' ? 'published' : 'written'}; readers still see what they saw before. ` +
      `${held === 'staged' ? 'The staged rows are held.' : 'The session is held before its write; mended, the next run plans anew.'}`,
    {
      next: [
        `psyberg explain ${process.name} ${session} --audit ${names[0]}`,
        `psyberg publish ${flags} ${names.map((name) => `--accept ${name}`).join(' ')} --reason "..."`,
        `psyberg discard ${session}`,
      ],
    },
  );
}
