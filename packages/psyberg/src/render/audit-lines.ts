import type { AuditRow } from '@psyberg/core';
import { auditMark } from './marks.ts';
import { cut, type Screen } from './style.ts';
import { tableLines } from './table.ts';

/** Failed, warned and accepted audits with their sample rows; the passed ones in one line. */
export function auditLines(audits: readonly AuditRow[], indent: string, screen: Screen): string[] {
  const passed = audits.filter((audit) => audit.status === 'passed').map((audit) => audit.name);
  const lines =
    passed.length === 0 ? [] : [`${indent}${auditMark('passed', screen.paint)} audits passed: ${passed.join(', ')}`];
  for (const audit of audits) {
    if (audit.status === 'passed') continue;
    lines.push(`${indent}${auditMark(audit.status, screen.paint)} ${auditSentence(audit)}`);
    lines.push(...sampleLines(audit.sample, `${indent}    `, screen));
  }
  return lines;
}

function auditSentence(audit: AuditRow): string {
  const accepted = audit.acceptedBy === undefined ? '' : `, accepted by ${audit.acceptedBy}`;
  const reason = audit.reason === undefined ? '' : ` ("${audit.reason}")`;
  const severity = audit.severity === 'warning' && audit.status !== 'warned' ? ' (warning)' : '';
  return `audit ${audit.name} ${audit.status}${severity}: ${audit.message}${accepted}${reason}`;
}

/** Rows as a table with the column names above; wide cells are cut. */
export function sampleLines(
  rows: readonly Readonly<Record<string, string | null>>[],
  indent: string,
  screen: Screen,
): string[] {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0) return [];
  const head = columns.map((column) => screen.paint('dim', cut(column, 32)));
  const body = rows.map((row) => columns.map((column) => cut(cellText(row[column]), 32)));
  return tableLines([head, ...body], { indent });
}

const cellText = (value: string | null | undefined): string => (value ?? 'NULL').replace(/\s+/g, ' ');
