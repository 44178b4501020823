import {
  type AdoptReport,
  type ChangesReport,
  type CheckReport,
  type CleanReport,
  formatDurationLong,
  formatInstantShort,
  HOUR_US,
  instantFromMs,
  plus,
  type SignalReport,
  type SkipReport,
  type WaitReport,
} from '@psyberg/core';
import { maskSecrets } from '../secrets.ts';
import { causeText } from './interval-lines.ts';
import type { Screen } from './style.ts';
import { tableLines } from './table.ts';
import { counted, formatBytes, formatElapsed, formatSpan, formatWhen } from './words.ts';

/** `check`: every problem at its place, errors first. */
export function checkText(report: CheckReport, screen: Screen): string[] {
  if (report.problems.length === 0) return [`${screen.paint('good', '✔')} ${counted(report.checked, 'check')} passed.`];
  const ordered = [...report.problems].sort((a, b) => a.severity.localeCompare(b.severity));
  const lines = ordered.map((problem) => {
    const mark = problem.severity === 'error' ? screen.paint('bad', '✖') : screen.paint('late', '▲');
    return `${mark} ${screen.paint('strong', problem.where)}  ${maskSecrets(problem.message)}`;
  });
  const errors = report.problems.filter((problem) => problem.severity === 'error').length;
  const warnings = report.problems.length - errors;
  const verdict = [counted(errors, 'error'), counted(warnings, 'warning')].join(', ');
  return [...lines, '', `${verdict} in ${counted(report.checked, 'check')}. Nothing was changed.`];
}

/** `changes TABLE`: snapshot by snapshot, then interval by interval. */
export function changesText(report: ChangesReport, screen: Screen): string[] {
  const since = report.from === undefined ? 'since its beginning' : `since snapshot ${report.from}`;
  if (report.snapshots.length === 0) return [`${screen.paint('strong', report.table)} did not change ${since}.`];
  const lines = [`${screen.paint('strong', report.table)} ${since}: ${counted(report.snapshots.length, 'snapshot')}`];
  lines.push(
    ...tableLines(
      report.snapshots.map((snapshot) => [
        screen.paint('dim', formatInstantShort(instantFromMs(snapshot.committedAtMs)).slice(0, 16)),
        snapshot.snapshotId.toString(),
        snapshot.operation,
        changeText('+', snapshot.addedFiles, snapshot.addedRows),
        changeText('-', snapshot.removedFiles, snapshot.removedRows),
      ]),
      { indent: '  ' },
    ),
  );
  if (report.intervals.length === 0) return lines;
  return [
    ...lines,
    '',
    ...tableLines(
      spansOfCauses(report).flatMap((span) => spanRows(span, screen)),
      { indent: '  ' },
    ),
  ];
}

interface Span {
  readonly first: ChangesReport['intervals'][number];
  last: ChangesReport['intervals'][number];
}

/** Neighbouring hours with the same causes are one span: mostly one file that covers them all. */
function spansOfCauses(report: ChangesReport): readonly Span[] {
  const spans: Span[] = [];
  const textOf = ({ causes }: Span['first']): string => causes.map((cause) => cause.change + causeText(cause)).join();
  for (const interval of report.intervals) {
    const span = spans[spans.length - 1];
    const goesOn = span !== undefined && plus(span.last.start, HOUR_US) === interval.start;
    if (goesOn && textOf(span.first) === textOf(interval)) span.last = interval;
    else spans.push({ first: interval, last: interval });
  }
  return spans;
}

function spanRows({ first, last }: Span, screen: Screen): string[][] {
  const when =
    first === last
      ? formatInstantShort(first.start)
      : formatSpan({ start: first.start, end: plus(last.start, HOUR_US) });
  return first.causes.map((cause, index) => [
    index === 0 ? when : '',
    screen.paint(cause.change === 'gained' ? 'good' : 'bad', cause.change),
    screen.paint('dim', causeText(cause)),
  ]);
}

const changeText = (sign: string, files: number, rows: number): string =>
  files === 0 ? '' : `${sign}${counted(files, 'file')}, ${counted(rows, 'row')}`;

/** `signal TABLE`: complete until, and where that was found. */
export const signalText = (report: SignalReport, screen: Screen): string[] => [
  `${screen.paint('strong', report.table)} ${completenessText(report)}`,
];

function completenessText({ signal, from }: SignalReport): string {
  if (signal === undefined) return `does not say how far it is complete (${from}).`;
  const column = signal.column === undefined ? '' : ` on ${signal.column}`;
  return `is complete until ${formatWhen(signal.until)}${column} (${signal.basis}), by ${from}.`;
}

/** `wait TABLE`: that it is reached, or how far the table was when the time ran out. */
export function waitText(report: WaitReport, screen: Screen): string[] {
  const name = screen.paint('strong', report.table);
  const waited = formatElapsed(report.waitedMs);
  if (report.reached)
    return [`${screen.paint('good', '✔')} ${name} ${completenessText(report)}  ${screen.paint('dim', waited)}`];
  const onlySeen = report.signal?.basis === 'seen' && report.signal.until >= report.until && !report.seen;
  return [
    `${screen.paint('wait', '…')} ${name} is not complete until ${formatWhen(report.until)} after ${waited} of waiting.`,
    `  It ${completenessText(report)} Nothing was changed.`,
    ...(onlySeen
      ? ['  That is as far as it was seen; nobody declares that no more comes. To go by it, add --seen.']
      : []),
  ];
}

export const hasRemains = ({ stagedSnapshots, files, tags }: CleanReport): boolean =>
  stagedSnapshots.length + files.length + tags.length > 0;

/** `1 staged snapshot, 2 files (1.2 kB) and 1 tag`; tags only where there are any. */
export function remainsText({ stagedSnapshots, files, tags }: CleanReport): string {
  const bytes = formatBytes(files.reduce((sum, file) => sum + file.sizeBytes, 0));
  const snapshots = counted(stagedSnapshots.length, 'staged snapshot');
  const rest = `${counted(files.length, 'file')} (${bytes})`;
  return tags.length === 0 ? `${snapshots} and ${rest}` : `${snapshots}, ${rest} and ${counted(tags.length, 'tag')}`;
}

/** `clean`: what is, or would be, removed. */
export function cleanText(report: CleanReport, screen: Screen): string[] {
  const { stagedSnapshots, files, tags, leftAlone } = report;
  const left = leftAlone.map(
    (table) => `${table} is left alone: its property gc.enabled is false, so other tables may use its files.`,
  );
  if (!hasRemains(report)) return ['There is nothing to clean.', ...left];
  const verb = report.dryRun ? 'Would remove' : 'Removed';
  const rows = stagedSnapshots.map((staged) => [
    staged.table,
    `staged snapshot ${staged.snapshotId}`,
    `session ${staged.session}`,
    screen.paint('dim', staged.why),
  ]);
  const tagRows = tags.map(({ table, tag, process }) => [table, `tag ${tag}`, `of ${process}`]);
  const shown = files
    .slice(0, 20)
    .map((file) => `  ${screen.paint('dim', file.location)}  ${formatBytes(file.sizeBytes)}`);
  const rest = files.length > shown.length ? [`  … and ${counted(files.length - shown.length, 'file')} more`] : [];
  return [
    `${verb} ${remainsText(report)}.`,
    ...tableLines(rows, { indent: '  ' }),
    ...tableLines(tagRows, { indent: '  ' }),
    ...shown,
    ...rest,
    ...left,
  ];
}

/** `skip`: what stays out, and what does not. */
export function skipText(report: SkipReport, screen: Screen): string[] {
  const { process, table, to, session, skipped, ahead } = report;
  const name = screen.paint('strong', process);
  if (!report.moves) return [`${name} has read ${table} up to snapshot ${to} already.`];
  const change = `${counted(report.files, 'file')}, ${counted(report.rows, 'row')}`;
  const out = skipped.map((span) => `  ${screen.paint('bad', 'skipped')} ${formatSpan(span)}`);
  const later = ahead.map(
    (span) => `  ${screen.paint('wait', 'left')} ${formatSpan(span)} to the next run, beyond what is loaded`,
  );
  const by = session === undefined ? '' : `, by session ${session}`;
  return [
    `${screen.paint('good', '✔')} ${name} goes on after snapshot ${to} of ${table} (${change})${by}.`,
    ...out,
    ...later,
  ];
}

export function adoptText(report: AdoptReport, screen: Screen): string[] {
  const sources = report.record.sources.map((source) => [source.table, `snapshot ${source.snapshotId ?? 'none yet'}`]);
  const until = report.loadedUntil === undefined ? '' : ` until ${formatInstantShort(report.loadedUntil)}`;
  const lag = report.lagUs === undefined ? [] : [`  Its sources reach ${formatDurationLong(report.lagUs)} further.`];
  return [
    `${screen.paint('good', '✔')} ${screen.paint('strong', report.process)} now counts as loaded${until}, by session ${report.session}.`,
    ...tableLines(sources, { indent: '  ' }),
    ...lag,
  ];
}
