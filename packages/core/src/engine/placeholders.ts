import { SqlError } from './errors.ts';
import { type SqlLexerOptions, sqlTokens } from './sql-tokens.ts';
import { nearestName } from './suggest.ts';

/** One replacement in a text: [start, end) becomes `text`. */
export interface SqlEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A user's text with replacements in it, and the way back from places in it to places in the user's text. */
export interface EditedSql {
  readonly original: string;
  readonly sql: string;
  /** Offset in the original text; what lies within a replacement maps to its start. */
  toOriginal(offset: number): number;
}

/** Names of the `:placeholders` of a text, each once, in order of appearance. */
export function placeholderNames(sql: string, options?: SqlLexerOptions): readonly string[] {
  const found = sqlTokens(sql, options).filter((token) => token.kind === 'placeholder');
  return [...new Set(found.map((token) => token.text.slice(1)))];
}

/**
 * Replacements that put a literal in the place of each `:name`, outside strings, comments, quoted identifiers, dollar quotes and
 * casts (`::`).
 *
 * @throws {SqlError} a placeholder has no literal; the message suggests the nearest name
 */
export function placeholderEdits(
  sql: string,
  literals: Readonly<Record<string, string>>,
  options?: SqlLexerOptions,
): readonly SqlEdit[] {
  return sqlTokens(sql, options)
    .filter((token) => token.kind === 'placeholder')
    .map((token) => {
      const name = token.text.slice(1);
      const literal = Object.hasOwn(literals, name) ? literals[name] : undefined;
      if (literal === undefined) throw unknownPlaceholder(sql, name, token.start, Object.keys(literals));
      return { start: token.start, end: token.end, text: literal };
    });
}

/** Applies replacements, which must not overlap, in any order. */
export function editSql(original: string, edits: readonly SqlEdit[]): EditedSql {
  const sorted = edits.toSorted((a, b) => a.start - b.start);
  const placed: { readonly edit: SqlEdit; readonly at: number }[] = [];
  let sql = '';
  let done = 0;
  for (const edit of sorted) {
    sql += original.slice(done, edit.start);
    placed.push({ edit, at: sql.length });
    sql += edit.text;
    done = edit.end;
  }
  sql += original.slice(done);
  const toOriginal = (offset: number): number => {
    const last = placed.findLast(({ at }) => at <= offset);
    if (last === undefined) return offset;
    const behind = offset - last.at - last.edit.text.length;
    return behind < 0 ? last.edit.start : Math.min(last.edit.end + behind, original.length);
  };
  return { original, sql, toOriginal };
}

/** 1-based line and column of an offset; columns count UTF-16 units, as editors do. */
export function lineAndColumn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - (before.lastIndexOf('\n') + 1) + 1 };
}

function unknownPlaceholder(sql: string, name: string, offset: number, known: readonly string[]): SqlError {
  const near = nearestName(name, known);
  const position = lineAndColumn(sql, offset);
  const list = known.length === 0 ? 'None is known here.' : `Known here: ${known.map((k) => `:${k}`).join(', ')}.`;
  const hint =
    near === undefined ? 'A colon that is no placeholder needs a space behind it.' : `Did you mean :${near}?`;
  const message = `The SQL uses the placeholder :${name} (line ${position.line}, column ${position.column}), which has no value. ${list} ${hint}`;
  return new SqlError(message, { sql, position });
}
