import {
  type ChainReport,
  type DurationUs,
  HOUR_US,
  type PlannedSource,
  type ProcessName,
  type ProcessReport,
  type SessionPlan,
  type StepReport,
} from '@psyberg/core';
import { auditLines } from './audit-lines.ts';
import { errorLines } from './error-lines.ts';
import { gridLines } from './grid.ts';
import { intervalLines } from './interval-lines.ts';
import { statusMark, statusWords } from './marks.ts';
import { sqlLines } from './sql-lines.ts';
import type { Screen } from './style.ts';
import { tableLines } from './table.ts';
import { counted, formatBytes, formatElapsed, formatSpan, formatWhen, listed } from './words.ts';

/** What the reports do not say themselves: the length of a process's intervals, and how much to tell. */
export interface ChainTextOptions {
  readonly lengthOf: (process: ProcessName) => DurationUs | undefined;
  /** The file that a process's SQL came from, as a person would name it. */
  readonly sqlFileOf?: (process: ProcessName) => string | undefined;
  readonly debug: boolean;
}

const INDENT = '    ';
const MAX_PLAN_LINES = 24;
const MAX_RUN_LINES = 8;

/** `plan`: the grid of the chain, then for each process what it would do and why. */
export function planText(report: ChainReport, options: ChainTextOptions, screen: Screen): string[] {
  const blocks = report.processes.map((process) => plannedProcess(process, options, screen));
  const grid = chainGrid(report, options, screen);
  return joinBlocks(grid.length === 0 ? blocks : [grid, ...blocks]);
}

/** `run`: for each process what came of it. */
export function runText(report: ChainReport, options: ChainTextOptions, screen: Screen): string[] {
  return joinBlocks(report.processes.map((process) => finishedProcess(process, options, screen)));
}

/** A step alone: what it did, or that it had been done. */
export function stepText(report: StepReport, options: ChainTextOptions, screen: Screen): string[] {
  const { process } = report;
  const lines = [headLine(process, `${report.step}: ${sentence(process)}`, screen)];
  const detail = screen.paint('dim', stepDetail(report));
  if (detail !== '') lines.push(`${INDENT}${detail}`);
  if (report.step === 'init' && process.plan !== undefined)
    lines.push(...planLines(process, options, screen, MAX_PLAN_LINES));
  if (report.step === 'audit' || report.step === 'publish') lines.push(...auditLines(process.audits, INDENT, screen));
  lines.push(...failureLines(process, options, screen));
  return lines;
}

function stepDetail(report: StepReport): string {
  const parts = [`session ${report.process.session ?? '-'} is ${report.state}`];
  if (report.process.attempt !== undefined) parts.push(`attempt ${report.process.attempt}`);
  if (report.process.wapId !== undefined) parts.push(`wap.id ${report.process.wapId}`);
  return parts.join(', ');
}

/** The chain as a grid; only where all of it has one interval length and there is more than one row to compare. */
function chainGrid(report: ChainReport, options: ChainTextOptions, screen: Screen): string[] {
  const rows = report.processes
    .filter((process) => (process.plan?.intervals.length ?? 0) > 0)
    .map((process) => ({ name: process.process, intervals: process.plan!.intervals }));
  const lengths = new Set(rows.map((row) => options.lengthOf(row.name)));
  const [lengthUs] = lengths;
  return rows.length < 2 || lengths.size > 1 || lengthUs === undefined ? [] : gridLines(rows, lengthUs, screen);
}

function plannedProcess(report: ProcessReport, options: ChainTextOptions, screen: Screen): string[] {
  const { plan } = report;
  if (plan === undefined || report.error !== undefined) {
    return [
      headLine(report, sentence(report), screen),
      ...planLines(report, options, screen, MAX_PLAN_LINES),
      ...failureLines(report, options, screen),
    ];
  }
  const mark = plan.outcome === 'work' ? screen.paint('work', '●') : undefined;
  return [headLine(report, plannedAction(plan), screen, mark), ...planLines(report, options, screen, MAX_PLAN_LINES)];
}

function finishedProcess(report: ProcessReport, options: ChainTextOptions, screen: Screen): string[] {
  const elapsedMs = Object.values(report.stepsMs).reduce((sum, ms) => sum + ms, 0);
  const took = elapsedMs === 0 ? '' : screen.paint('dim', `  ${formatElapsed(elapsedMs)}`);
  const lines = [`${headLine(report, sentence(report), screen)}${took}`];
  const { plan } = report;
  if (plan !== undefined && report.status !== 'blocked') {
    // A run that did nothing gives its notes as the reason.
    const notes = plan.notes.filter((note) => !report.message.includes(note));
    lines.push(...planIntervals(report, plan, options, screen, MAX_RUN_LINES), ...noteLines(notes, screen));
  }
  lines.push(...auditLines(report.audits, INDENT, screen), ...failureLines(report, options, screen));
  return lines;
}

/** `mark`: how it stands; by default how it ended. */
function headLine(
  report: ProcessReport,
  what: string,
  screen: Screen,
  mark = statusMark(report.status, screen.paint),
): string {
  const target = report.plan === undefined ? '' : ` → ${report.plan.target.table}`;
  return `${mark} ${screen.paint('strong', report.process)}  ${screen.paint('dim', `${report.mode}${target}`)}  ${what}`;
}

/** What the error itself could not know: how things stand with the session. */
function stateLines({ error, message }: ProcessReport): string[] {
  const told = error instanceof Error ? error.message : String(error);
  const more = message.startsWith(told) ? message.slice(told.length).trim() : '';
  return more === '' ? [] : [`  ${more}`];
}

/** An error tells its own story below; the head then only says how it ended. */
function sentence(report: ProcessReport): string {
  if (report.error === undefined) return report.message;
  const words: Partial<Record<ProcessReport['status'], string>> = {
    held: 'held: an audit failed',
    conflict: 'stopped by a conflict',
    needs_decision: 'needs a decision',
  };
  return words[report.status] ?? statusWords(report.status);
}

/** `append to 2 intervals`, `overwrite 1 interval, append to 2 intervals`, `overwrite 2023-09-14 05:00 → 08:00 (3 hours)`, `nothing to do` */
function plannedAction(plan: SessionPlan): string {
  if (plan.outcome === 'nothing') return 'nothing to do';
  if (plan.outcome === 'signal') return 'no rows to write; only the watermark moves';
  const first = plan.previous === undefined && plan.kind === 'normal' ? ', for the first time' : '';
  const written = plan.intervals.filter((interval) => interval.action !== 'none');
  if (plan.mode === 'stateless') {
    if (written.length === 0) return `append what is new${first}`;
    const replaced = written.filter((interval) => interval.action === 'overwrite').length;
    const parts = [
      ...(replaced > 0 ? [`overwrite ${counted(replaced, 'interval')}`] : []),
      ...(replaced < written.length ? [`append to ${counted(written.length - replaced, 'interval')}`] : []),
    ];
    return `${parts.join(', ')}${first}`;
  }
  if (plan.range === undefined) return `overwrite${first}`;
  return `overwrite ${formatSpan(plan.range)}${plan.mode === 'sequential' ? ', in order' : ''}${first}`;
}

function planLines(report: ProcessReport, options: ChainTextOptions, screen: Screen, maxLines: number): string[] {
  const { plan } = report;
  if (plan === undefined) return [];
  const sources = plan.outcome === 'nothing' ? [] : plan.sources;
  return [
    ...sourceLines(sources, report.predictedSources ?? [], screen),
    ...planIntervals(report, plan, options, screen, maxLines),
    ...noteLines(plan.notes, screen),
  ];
}

function planIntervals(
  report: ProcessReport,
  plan: SessionPlan,
  options: ChainTextOptions,
  screen: Screen,
  maxLines: number,
): string[] {
  const rows = report.rowsByInterval && new Map(report.rowsByInterval.map((entry) => [entry.start, entry.rows]));
  return intervalLines(
    plan.intervals,
    {
      lengthUs: options.lengthOf(report.process) ?? HOUR_US,
      indent: INDENT,
      maxLines,
      ...(rows === undefined ? {} : { rows }),
    },
    screen,
  );
}

/** What is read: snapshots, size, how far it is complete. Sources without news are named in one line. */
function sourceLines(sources: readonly PlannedSource[], predicted: readonly string[], screen: Screen): string[] {
  const quiet = sources.filter((source) => source.files === 0 && !predicted.includes(source.table));
  const lines = tableLines(
    sources
      .filter((source) => !quiet.includes(source))
      .map((source) => [source.table, ...sourceCells(source, predicted.includes(source.table))]),
    { indent: INDENT },
  ).map((line) => screen.paint('dim', line));
  if (quiet.length > 0) {
    lines.push(screen.paint('dim', `${INDENT}nothing new in ${listed(quiet.map((source) => source.table))}`));
  }
  return lines;
}

function sourceCells(source: PlannedSource, predicted: boolean): string[] {
  const complete =
    source.completeUntil === undefined
      ? ''
      : `${source.basis === 'declared' ? 'complete' : 'seen'} until ${formatWhen(source.completeUntil)}`;
  if (predicted) return ['predicted', '', complete];
  const pins =
    source.to === undefined
      ? ''
      : source.from === undefined
        ? `up to snapshot ${source.to.snapshotId}`
        : `snapshots ${source.from.snapshotId} → ${source.to.snapshotId}`;
  const size = `${counted(source.files, 'file')}, ${counted(source.rows, 'row')}, ${formatBytes(source.bytes)}`;
  return [pins, size, complete];
}

const noteLines = (notes: readonly string[], screen: Screen): string[] =>
  notes.map((note) => `${INDENT}${screen.paint('late', 'note:')} ${note}`);

function failureLines(report: ProcessReport, options: ChainTextOptions, screen: Screen): string[] {
  if (report.error === undefined) return [];
  // The audits have been shown with their rows; what is left to say is where that leaves everyone.
  if (report.status === 'held' && report.audits.length > 0 && !options.debug) {
    return [`${INDENT}Nothing was published; readers see what they saw before. Session ${report.session} is held.`];
  }
  const excerpt = sqlLines(report.error, options.sqlFileOf?.(report.process), screen).map((line) => `  ${line}`);
  return [...errorLines(report.error, screen, options), ...stateLines(report), ...excerpt].map(
    (line) => `${INDENT}${line}`,
  );
}

/** Blocks of several lines stand apart, single lines together. */
function joinBlocks(blocks: readonly (readonly string[])[]): string[] {
  const lines: string[] = [];
  blocks.forEach((block, index) => {
    const previous = blocks[index - 1];
    if (previous !== undefined && (previous.length > 1 || block.length > 1)) lines.push('');
    lines.push(...block);
  });
  return lines;
}
