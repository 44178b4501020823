import { formatInstantShort, type ProcessVerification, type QueryValue, type VerifyReport } from '@psyberg/core';
import { sampleLines } from './audit-lines.ts';
import { statusMark } from './marks.ts';
import type { Screen } from './style.ts';
import { tableLines } from './table.ts';
import { counted, formatCount, formatSpan } from './words.ts';

/** Prints a value of a column; bigints need the column's type to be read as an instant. */
export type ValueText = (column: string, value: QueryValue) => string;

const INDENT = '    ';
const MAX_INTERVALS = 24;

const STATUS = {
  equal: 'ok',
  contained: 'ok',
  different: 'failed',
  unverifiable: 'needs_decision',
  no_sessions: 'nothing_to_do',
} as const;

/** `verify`: per process equal or where it differs, with sample rows of both kinds; known differences apart. */
export function verifyText(report: VerifyReport, textOf: (process: string) => ValueText, screen: Screen): string[] {
  return report.processes.flatMap((verification) =>
    verificationLines(verification, textOf(verification.process), screen),
  );
}

function verificationLines(verification: ProcessVerification, valueText: ValueText, screen: Screen): string[] {
  const mark = statusMark(STATUS[verification.verdict], screen.paint);
  const compared =
    verification.compared === undefined ? '' : screen.paint('dim', `  ${formatSpan(verification.compared)}`);
  const lines = [`${mark} ${screen.paint('strong', verification.process)}  ${verification.message}${compared}`];
  lines.push(...differenceLines(verification, screen));
  lines.push(
    ...sampleOf('missing', 'Missing: the recompute has them, the table does not', verification, valueText, screen),
  );
  lines.push(
    ...sampleOf('extra', 'Extra: the table has them, the recompute does not', verification, valueText, screen),
  );
  return [...lines, ...knownLines(verification, screen), ...pendingLines(verification, screen)];
}

function pendingLines({ pending = [] }: ProcessVerification, screen: Screen): string[] {
  if (pending.length === 0) return [];
  const title = screen.paint('wait', 'Pending, to be done by the next sessions');
  return [`${INDENT}${title}`, ...pending.map((span) => `${INDENT}  ${formatSpan(span)}`)];
}

function differenceLines(verification: ProcessVerification, screen: Screen): string[] {
  const shown = verification.intervals.slice(0, MAX_INTERVALS);
  const lines = tableLines(
    shown.map(({ start, missing, extra }) => [
      formatInstantShort(start),
      screen.paint('bad', `${formatCount(missing)} missing`),
      screen.paint('bad', `${formatCount(extra)} extra`),
    ]),
    { indent: INDENT },
  );
  const rest = verification.intervals.length - shown.length;
  if (rest > 0) lines.push(`${INDENT}${screen.paint('dim', `… and ${counted(rest, 'interval')} more`)}`);
  return lines;
}

function sampleOf(
  which: 'missing' | 'extra',
  title: string,
  verification: ProcessVerification,
  valueText: ValueText,
  screen: Screen,
): string[] {
  const rows = which === 'missing' ? verification.missingSample : verification.extraSample;
  const total = which === 'missing' ? verification.rowsMissing : verification.rowsExtra;
  if (rows.length === 0) return [];
  const records = rows.map((row) =>
    Object.fromEntries(verification.columns.map((column, index) => [column, valueText(column, row[index] ?? null)])),
  );
  const scope = rows.length < total ? ` (${rows.length} of ${formatCount(total)})` : '';
  return [`${INDENT}${title}${scope}`, ...sampleLines(records, `${INDENT}  `, screen)];
}

function knownLines(verification: ProcessVerification, screen: Screen): string[] {
  if (verification.knownDifferences.length === 0) return [];
  const rows = verification.knownDifferences.map(({ start, reason, session, missing, extra }) => [
    formatInstantShort(start),
    reason,
    session === undefined ? '' : `session ${session}`,
    `${formatCount(missing)} missing, ${formatCount(extra)} extra`,
  ]);
  return [`${INDENT}${screen.paint('dim', 'Known differences')}`, ...tableLines(rows, { indent: `${INDENT}  ` })];
}
