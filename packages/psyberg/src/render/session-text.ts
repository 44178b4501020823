import {
  type DurationUs,
  type ExplainReport,
  formatInstantShort,
  HOUR_US,
  type IntervalHistoryReport,
  instantFromMs,
  type SessionEvent,
  type SessionState,
} from '@psyberg/core';
import { auditLines } from './audit-lines.ts';
import { causeText, intervalLines } from './interval-lines.ts';
import type { Screen, Tone } from './style.ts';
import { tableLines } from './table.ts';
import { counted, formatBounds, formatSpan, formatWhen } from './words.ts';

const STATE_TONES: Readonly<Record<SessionState, Tone>> = {
  planned: 'plain',
  written: 'plain',
  audited: 'plain',
  published: 'good',
  committed: 'good',
  empty: 'dim',
  held: 'late',
  superseded: 'dim',
  discarded: 'dim',
};

/** `sessions`: one line each, as they are given. */
export function sessionsText(events: readonly SessionEvent[], screen: Screen): string[] {
  if (events.length === 0) return ['No session has been recorded yet.'];
  const head = ['session', 'process', 'state', 'kind', 'recorded', 'rows', 'intervals', 'snapshot'];
  const rows = events.map((event) => [
    screen.paint('strong', event.session),
    event.process,
    screen.paint(STATE_TONES[event.state], event.state),
    event.kind,
    whenText(event.recordedAtMs),
    event.rowsWritten === undefined ? '' : counted(event.rowsWritten, 'row'),
    event.plan.range === undefined ? '' : formatBounds(event.plan.range),
    event.snapshotId?.toString() ?? '',
  ]);
  return tableLines([head.map((word) => screen.paint('dim', word)), ...rows], { right: [5] });
}

/** `explain SESSION`: what the session read and wrote, why, what its audits said, and its history. */
export function explainText(
  report: ExplainReport,
  options: { readonly lengthUs: DurationUs | undefined },
  screen: Screen,
): string[] {
  const { event } = report;
  const { plan } = event;
  const state = screen.paint(STATE_TONES[event.state], event.state);
  const lines = [
    `Session ${screen.paint('strong', event.session)} of ${screen.paint('strong', event.process)} (${event.mode}, ${event.kind}) is ${state}.`,
  ];
  if (event.message !== undefined) lines.push(event.message);
  lines.push('', ...factLines(event, screen), ...sourceTable(event, screen));
  const intervals = intervalLines(
    plan.intervals,
    { lengthUs: options.lengthUs ?? HOUR_US, indent: '  ', maxLines: 48 },
    screen,
  );
  if (intervals.length > 0) lines.push('', 'Intervals', ...intervals);
  if (report.audits.length > 0) lines.push('', 'Audits', ...auditLines(report.audits, '  ', screen));
  if (plan.notes.length > 0) lines.push('', ...plan.notes.map((note) => `${screen.paint('late', 'note:')} ${note}`));
  if (report.history.length > 0) lines.push('', 'History', ...historyLines(report.history, screen));
  return lines;
}

function factLines(event: SessionEvent, screen: Screen): string[] {
  const { plan } = event;
  const facts: [string, string | undefined][] = [
    ['target', `${plan.target.table}${plan.target.branch === 'main' ? '' : `, branch ${plan.target.branch}`}`],
    ['range', plan.range && formatSpan(plan.range)],
    ['rows written', event.rowsWritten?.toString()],
    ['staged snapshot', event.stagedSnapshotId?.toString()],
    ['published as', event.snapshotId?.toString()],
    ['after session', plan.previous],
    ['attempt', `${event.attempt}, wap.id ${event.wapId}`],
    [
      'complete until',
      plan.signal && `${formatWhen(plan.signal.until)} (${plan.signal.basis}), by ${plan.signal.column}`,
    ],
  ];
  return tableLines(
    facts.flatMap(([name, value]) => (value === undefined ? [] : [[screen.paint('dim', name), value]])),
    { indent: '  ' },
  );
}

function sourceTable(event: SessionEvent, screen: Screen): string[] {
  const rows = event.plan.sources.map((source) => [
    source.table,
    source.from?.snapshotId.toString() ?? 'the beginning',
    source.to?.snapshotId.toString() ?? 'no snapshot',
    counted(source.files, 'file'),
    counted(source.rows, 'row'),
    source.completeUntil === undefined ? '' : `${formatWhen(source.completeUntil)} (${source.basis ?? 'seen'})`,
  ]);
  const lookups = event.plan.lookups.map((lookup) => [
    lookup.table,
    'whole, at',
    lookup.snapshotId?.toString() ?? 'no snapshot',
    '',
    '',
    '',
  ]);
  if (rows.length + lookups.length === 0) return [];
  const head = ['source', 'after snapshot', 'up to snapshot', 'files', 'rows', 'complete until'];
  return ['', ...tableLines([head.map((word) => screen.paint('dim', word)), ...rows, ...lookups], { indent: '  ' })];
}

function historyLines(history: readonly SessionEvent[], screen: Screen): string[] {
  return tableLines(
    history.map((event) => [
      screen.paint('dim', whenText(event.recordedAtMs)),
      event.state,
      `attempt ${event.attempt}`,
      event.message ?? '',
    ]),
    { indent: '  ' },
  );
}

/** `explain PROCESS --interval T`: every session that wrote it, oldest first. */
export function intervalHistoryText(report: IntervalHistoryReport, screen: Screen): string[] {
  const head = `${formatSpan(report.interval)} of ${screen.paint('strong', report.process)}`;
  if (report.writers.length === 0) return [`${head} was not computed by any recorded session.`];
  const lines = [`${head} was computed by ${counted(report.writers.length, 'session')}:`];
  const rows = report.writers.map(({ event, interval }) => [
    screen.paint('strong', event.session),
    whenText(event.recordedAtMs),
    interval === undefined ? event.kind : `${interval.state}, ${interval.action}`,
    event.snapshotId === undefined ? `${event.state}, not published` : `snapshot ${event.snapshotId}`,
    screen.paint('dim', interval?.causes.map(causeText).join('; ') ?? ''),
  ]);
  return [...lines, ...tableLines(rows, { indent: '  ' })];
}

const whenText = (ms: number): string => formatInstantShort(instantFromMs(ms)).slice(0, 16);
