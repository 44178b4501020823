import type { DoctorFinding, DoctorReport } from '@psyberg/core';
import { maskSecrets } from '../secrets.ts';
import type { Screen, Tone } from './style.ts';
import { tableLines } from './table.ts';
import { counted, formatBytes } from './words.ts';

const MARKS: Readonly<Record<DoctorFinding['severity'], { readonly sign: string; readonly tone: Tone }>> = {
  error: { sign: '✖', tone: 'bad' },
  warning: { sign: '▲', tone: 'late' },
  info: { sign: '○', tone: 'dim' },
};

/** `doctor`: every finding, our own tables, then the verdict. */
export function doctorText(report: DoctorReport, screen: Screen): string[] {
  const { paint } = screen;
  const found = report.findings.map(({ severity, where, message }) => {
    const { sign, tone } = MARKS[severity];
    return `${paint(tone, sign)} ${paint('strong', where)}  ${maskSecrets(message)}`;
  });
  const tables = report.tables.map(({ table, snapshots, files, rows, metadataBytes }) => [
    table,
    counted(rows, 'row'),
    counted(files, 'file'),
    counted(snapshots, 'snapshot'),
    `${formatBytes(metadataBytes)} of metadata`,
  ]);
  const own =
    tables.length === 0 ? [] : [paint('dim', "Psyberg's own tables:"), ...tableLines(tables, { indent: '  ' })];
  return [...found, ...(found.length > 0 && own.length > 0 ? [''] : []), ...own, verdict(report, screen)];
}

function verdict({ findings, processes }: DoctorReport, { paint }: Screen): string {
  const count = (severity: DoctorFinding['severity']): number =>
    findings.filter((finding) => finding.severity === severity).length;
  const looked = `${processes} process${processes === 1 ? '' : 'es'} looked at`;
  if (findings.length === 0) return `${paint('good', '✔')} ${looked}; nothing is at risk.`;
  return `${counted(count('error'), 'error')}, ${counted(count('warning'), 'warning')}, ${counted(count('info'), 'note')}; ${looked}. Nothing was changed.`;
}
