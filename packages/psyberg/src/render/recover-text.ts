import type { RecoveredProcess, RecoverReport } from '@psyberg/core';
import { errorLines } from './error-lines.ts';
import type { Screen } from './style.ts';
import { tableLines } from './table.ts';
import { counted } from './words.ts';

/** `recover`: how the tables were found, what is told again, and what no target knows. */
export function recoverText(report: RecoverReport, screen: Screen): string[] {
  const tables = report.tables.map(({ table, state, problems, rows, keptAs }) => [
    screen.paint('strong', table),
    screen.paint(state === 'damaged' ? 'bad' : 'dim', state),
    state === 'damaged'
      ? `${counted(rows, 'row')} can be read${keptAs === undefined ? '' : `; kept as ${keptAs}`}`
      : '',
    screen.paint('dim', problems[0] ?? ''),
  ]);
  const verb = report.dryRun ? 'would be told again' : 'told again';
  const processes = report.processes.flatMap((process) => processLines(process, verb, screen));
  const missing = report.notRecovered.map((sentence) => `  ${sentence}`);
  return [
    ...tableLines(tables),
    '',
    ...processes,
    ...(missing.length === 0 ? [] : ['', 'Not to be recovered:', ...missing]),
  ];
}

function processLines(
  { process, sessions, watermarks, problem }: RecoveredProcess,
  verb: string,
  screen: Screen,
): string[] {
  const name = screen.paint('strong', process);
  if (problem !== undefined) {
    const [first = '', ...rest] = errorLines(problem, screen, { debug: false });
    return [`${name} ${first}`, ...rest];
  }
  if (sessions.length + watermarks === 0) return [`${screen.paint('dim', '○')} ${name} lacks nothing`];
  return [
    `${screen.paint('good', '✔')} ${name} ${counted(sessions.length, 'session')} and ${counted(watermarks, 'watermark')} ${verb}`,
  ];
}
