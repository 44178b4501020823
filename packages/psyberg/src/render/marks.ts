import type { AuditStatus, ReportStatus } from '@psyberg/core';
import type { Paint, Tone } from './style.ts';

interface Mark {
  readonly sign: string;
  readonly tone: Tone;
}

const MARKS: Readonly<Record<ReportStatus, Mark>> = {
  ok: { sign: '✔', tone: 'good' },
  nothing_to_do: { sign: '○', tone: 'dim' },
  held: { sign: '▲', tone: 'late' },
  conflict: { sign: '▲', tone: 'late' },
  partial: { sign: '▲', tone: 'late' },
  blocked: { sign: '…', tone: 'wait' },
  needs_decision: { sign: '▲', tone: 'late' },
  failed: { sign: '✖', tone: 'bad' },
};

const AUDIT_MARKS: Readonly<Record<AuditStatus, Mark>> = {
  passed: { sign: '✔', tone: 'good' },
  failed: { sign: '✖', tone: 'bad' },
  warned: { sign: '▲', tone: 'late' },
  accepted: { sign: '✔', tone: 'late' },
  error: { sign: '✖', tone: 'bad' },
};

export const statusMark = (status: ReportStatus, paint: Paint): string => paint(MARKS[status].tone, MARKS[status].sign);

export const auditMark = (status: AuditStatus, paint: Paint): string =>
  paint(AUDIT_MARKS[status].tone, AUDIT_MARKS[status].sign);

/** `held`, `nothing to do` */
export const statusWords = (status: string): string => status.replaceAll('_', ' ');

/** A command as this user types it: who came by `npx psyberg` has no `psyberg` of their own. */
export const asTyped = (command: string, env: Readonly<Record<string, string | undefined>>): string =>
  env.npm_command === 'exec' ? command.replace(/^psyberg /, 'npx psyberg ') : command;

/** The commands worth typing next, one a line; none without any. */
export function nextLines(next: readonly string[], paint: Paint, indent = ''): string[] {
  return [...new Set(next)].map((command, index) => {
    const label = index === 0 ? 'Next: ' : '      ';
    return `${indent}${paint('dim', label)}${paint('strong', command)}`;
  });
}
