import { SqlError } from '@psyberg/core';
import { cut, type Screen } from './style.ts';

/** The line of the user's SQL that an error is about, with a mark below its column; nothing where the place is not known. */
export function sqlLines(error: unknown, file: string | undefined, screen: Screen): string[] {
  if (!(error instanceof SqlError) || error.position === undefined) return [];
  const { line, column } = error.position;
  const text = error.sql.split('\n')[line - 1];
  if (text === undefined) return [];
  const margin = ' '.repeat(String(line).length);
  const place = file === undefined ? [] : [`${screen.paint('strong', `${file}:${line}:${column}`)}`];
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return [
    ...place,
    `${screen.paint('dim', `${line} |`)} ${cut(text, screen.width - 12)}`,
    `${screen.paint('dim', `${margin} |`)} ${indent}${screen.paint('bad', '^')}`,
  ];
}
