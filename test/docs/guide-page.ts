/** A page whose commands can be run: what its fenced blocks and comments ask for, in order. */
export type GuideStep =
  /** `CREATE TABLE` statements. */
  | { readonly kind: 'tables'; readonly tables: readonly GuideTable[] }
  | { readonly kind: 'rows'; readonly table: string; readonly rows: readonly Readonly<Record<string, string>>[] }
  | { readonly kind: 'file'; readonly name: string; readonly text: string }
  | { readonly kind: 'edit'; readonly name: string; readonly from: string; readonly to: string }
  | { readonly kind: 'now'; readonly ms: number }
  | { readonly kind: 'console'; readonly calls: readonly GuideCall[]; readonly start: number; readonly end: number }
  /** Blocks of other languages, for the commands in them. */
  | { readonly kind: 'other'; readonly text: string };

export interface GuideTable {
  readonly name: string;
  /** Column names with the types of the statement, lower case. */
  readonly columns: Readonly<Record<string, string>>;
}

export interface GuideCall {
  /** Without the `$`. */
  readonly command: string;
  readonly output: string;
}

const PARTS = /^```(\S+)(?: (\S+))?\n([\s\S]*?)^```$|^<!-- (\w+): (.*) -->$/gm;

/** The steps of a page. `start` and `end` of a console are places in its text, of what stands between the fences. */
export function guideSteps(page: string): readonly GuideStep[] {
  const steps: GuideStep[] = [];
  let file: string | undefined;
  for (const match of page.matchAll(PARTS)) {
    const [whole, language, info, text = '', word, argument = ''] = match;
    if (word === 'file') file = argument;
    else if (word === 'now') steps.push({ kind: 'now', ms: Date.parse(argument) });
    else if (word === 'edit') steps.push(editOf(argument));
    else if (file !== undefined) {
      steps.push({ kind: 'file', name: file, text });
      file = undefined;
    } else if (language === 'sql') steps.push({ kind: 'tables', tables: tablesOf(text) });
    else if (language === 'csv') steps.push({ kind: 'rows', table: info ?? '', rows: rowsOf(text) });
    else if (language === 'console') {
      const start = match.index + whole.indexOf('\n') + 1;
      steps.push({ kind: 'console', calls: callsOf(text), start, end: start + text.length });
    } else steps.push({ kind: 'other', text });
  }
  return steps;
}

function editOf(argument: string): GuideStep {
  const [, name = '', from = '', to = ''] = /^(\S+): (.*) => (.*)$/.exec(argument) ?? [];
  return { kind: 'edit', name, from, to };
}

const tablesOf = (text: string): readonly GuideTable[] =>
  [...text.matchAll(/CREATE TABLE (\S+) \(([^)]*)\)/g)].map(([, name = '', columns = '']) => ({
    name,
    columns: Object.fromEntries(
      columns.split(',').map((column) => column.trim().toLowerCase().split(' ') as [string, string]),
    ),
  }));

function rowsOf(text: string): readonly Readonly<Record<string, string>>[] {
  const [header = '', ...lines] = text.trimEnd().split('\n');
  const names = header.split(',');
  return lines.map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index]!, value])));
}

const callsOf = (text: string): readonly GuideCall[] =>
  text
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [command = '', ...output] = part.trimEnd().split('\n');
      return { command, output: output.join('\n').trim() };
    });

/** The words of a command line; double quotes hold words together. */
export const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);

/** An output without what differs from run to run: ids, durations, sizes, folders, and the widths that hang on them. */
export const normalised = (output: string, folder: string): string =>
  output
    .replaceAll(folder, '/srv/sales')
    .replace(/\b\d{16,20}\b/g, 'ID')
    .replace(/\b[\d.]+ (?:ms|s)\b/g, 'TIME')
    .replace(/\b[\d.]+ (?:B|kB|MB)\b/g, 'SIZE')
    .replace(/ +/g, ' ')
    .replace(/ +$/gm, '')
    .trim();
