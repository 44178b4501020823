import { formatDurationLong, type IntervalSet, type ProcessStatus, type StatusReport } from '@psyberg/core';
import { errorLines } from './error-lines.ts';
import type { Screen } from './style.ts';
import { tableLines } from './table.ts';
import { counted, formatBounds, formatElapsed, formatWhen } from './words.ts';

/** `status`: a table of processes, then what deserves a sentence. */
export function statusText(report: StatusReport, screen: Screen): string[] {
  const head = ['process', 'mode', 'loaded until', 'complete until', 'behind', 'last session'];
  const rows = report.processes.map((status) => [
    screen.paint('strong', status.process),
    status.mode,
    formatWhen(status.record?.upper),
    completeText(status),
    behindText(status),
    lastSessionText(status),
  ]);
  const lines = tableLines([head.map((word) => screen.paint('dim', word)), ...rows]);
  const remarks = report.processes.flatMap((status) => remarkLines(status, screen));
  return remarks.length === 0 ? lines : [...lines, '', ...remarks];
}

function completeText(status: ProcessStatus): string {
  return status.signal === undefined ? '-' : `${formatWhen(status.signal.until)} (${status.signal.basis})`;
}

function behindText(status: ProcessStatus): string {
  const behind = status.sources.reduce((sum, source) => sum + source.snapshotsBehind, 0);
  return behind === 0 ? 'up to date' : counted(behind, 'snapshot');
}

function lastSessionText(status: ProcessStatus): string {
  if (status.lastSession === undefined) return status.record?.session ?? 'never run';
  return `${status.lastSession.session} ${status.lastSession.state}`;
}

function remarkLines(status: ProcessStatus, screen: Screen): string[] {
  const remarks: string[] = [];
  if (status.waitingFor.length > 0)
    remarks.push(`${screen.paint('wait', 'waits')} for ${status.waitingFor.join(', ')}`);
  for (const source of status.sources) {
    if (source.snapshotsBehind > 0)
      remarks.push(`has ${counted(source.snapshotsBehind, 'snapshot')} of ${source.table} to read`);
  }
  if (status.pending.length > 0) remarks.push(`still has to recompute ${setText(status.pending)}`);
  if (status.skipped.length > 0) remarks.push(`${screen.paint('bad', 'skipped')} ${setText(status.skipped)}`);
  for (const held of status.held) {
    remarks.push(
      `${screen.paint('late', 'holds')} session ${held.session}${held.message === undefined ? '' : `: ${held.message}`}`,
    );
  }
  if (status.lease !== undefined) {
    remarks.push(`is being run by ${status.lease.owner}, alive ${formatElapsed(status.lease.ageMs)} ago`);
  }
  const lines = remarks.map((remark) => `${screen.paint('strong', status.process)} ${remark}`);
  if (status.problem !== undefined) {
    const [first = '', ...rest] = errorLines(status.problem, screen, { debug: false });
    lines.push(`${screen.paint('strong', status.process)} ${first}`, ...rest);
  }
  return lines;
}

/** Up to three spans, and how many more. */
function setText(set: IntervalSet): string {
  const shown = set.slice(0, 3).map(formatBounds);
  const rest = set.length - shown.length;
  const total = set.reduce((sum, interval) => sum + (interval.end - interval.start), 0n);
  return `${shown.join(', ')}${rest > 0 ? ` and ${counted(rest, 'span')} more` : ''} (${formatDurationLong(total)})`;
}
