/**
 * The little of SQL's lexical grammar that is needed to touch a user's text without parsing it: where strings, comments, quoted
 * identifiers and dollar quotes begin and end, and what is a word, a number or a `:placeholder` between them.
 *
 * Positions are offsets of JavaScript strings; what is between tokens is white space. Unterminated strings and comments run to the
 * end of the text; the engine's own parser complains about them.
 */
export type SqlTokenKind = 'word' | 'quoted-identifier' | 'string' | 'number' | 'comment' | 'placeholder' | 'symbol';

export interface SqlToken {
  readonly kind: SqlTokenKind;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly text: string;
}

export interface SqlLexerOptions {
  /** Whether a backslash escapes the next character in plain strings, as in Spark. */
  readonly backslashEscapes?: boolean;
}

const WORD_START = /[\p{L}_]/u;
const WORD_REST = /[\p{L}\p{N}_$]*/uy;
const NUMBER = /(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?/y;
const DOLLAR_TAG = /\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$/y;
const PLACEHOLDER = /:[A-Za-z_][A-Za-z0-9_]*/y;

/** Words after which an operand still has to come, so that a colon behind them cannot be a separator. */
const OPEN_WORDS = new Set(
  'and or not between then else when case in like ilike is from select distinct where on by having interval date time timestamp timestamptz as'.split(
    ' ',
  ),
);

/** All tokens of the text, in order, comments included. */
export function sqlTokens(sql: string, options: SqlLexerOptions = {}): SqlToken[] {
  const tokens: SqlToken[] = [];
  const brackets: string[] = [];
  let position = 0;
  while (position < sql.length) {
    if (/\s/.test(sql[position]!)) {
      position += 1;
      continue;
    }
    const previous = tokens.findLast((token) => token.kind !== 'comment');
    const [kind, end] = nextToken(sql, position, previous, brackets.at(-1), options);
    const text = sql.slice(position, end);
    if (text === '[' || text === '{' || text === '(') brackets.push(text);
    else if (text === ']' || text === '}' || text === ')') brackets.pop();
    tokens.push({ kind, start: position, end, text });
    position = end;
  }
  return tokens;
}

/** The name that an identifier token stands for: quotes removed, doubled quotes single. */
export function identifierName(token: SqlToken): string {
  if (token.kind !== 'quoted-identifier') return token.text;
  const quote = token.text[0]!;
  const end = token.text.endsWith(quote) && token.text.length > 1 ? -1 : undefined;
  return token.text.slice(1, end).replaceAll(quote + quote, quote);
}

function nextToken(
  sql: string,
  start: number,
  previous: SqlToken | undefined,
  bracket: string | undefined,
  options: SqlLexerOptions,
): readonly [SqlTokenKind, number] {
  const char = sql[start]!;
  const pair = sql.slice(start, start + 2);
  if (pair === '--') return ['comment', lineEnd(sql, start)];
  if (pair === '/*') return ['comment', blockCommentEnd(sql, start)];
  if (/^[eE]'/.test(pair)) return ['string', quotedEnd(sql, start + 1, "'", true)];
  if (char === "'") return ['string', quotedEnd(sql, start, "'", options.backslashEscapes === true)];
  if (char === '"' || char === '`') return ['quoted-identifier', quotedEnd(sql, start, char, false)];
  if (char === '$') {
    const tag = matchAt(DOLLAR_TAG, sql, start);
    if (tag !== undefined) return ['string', dollarQuoteEnd(sql, start, tag)];
  }
  if (pair === '::') return ['symbol', start + 2];
  if (char === ':' && !isSeparator(previous, bracket)) {
    const placeholder = matchAt(PLACEHOLDER, sql, start);
    if (placeholder !== undefined) return ['placeholder', start + placeholder.length];
  }
  const number = matchAt(NUMBER, sql, start);
  if (number !== undefined) return ['number', start + number.length];
  const point = String.fromCodePoint(sql.codePointAt(start)!);
  if (!WORD_START.test(point)) return ['symbol', start + point.length];
  const rest = matchAt(WORD_REST, sql, start + point.length) ?? '';
  return ['word', start + point.length + rest.length];
}

/** Inside `[…]` and `{…}` a colon behind an operand parts a slice or a struct entry: `list[1:n]`, `{'a':b}`. */
function isSeparator(previous: SqlToken | undefined, bracket: string | undefined): boolean {
  if (previous === undefined || (bracket !== '[' && bracket !== '{')) return false;
  if (previous.kind === 'word') return !OPEN_WORDS.has(previous.text.toLowerCase());
  if (previous.kind === 'symbol') return previous.text === ')' || previous.text === ']' || previous.text === '}';
  return previous.kind !== 'comment';
}

function matchAt(pattern: RegExp, sql: string, start: number): string | undefined {
  pattern.lastIndex = start;
  return pattern.exec(sql)?.[0];
}

function lineEnd(sql: string, start: number): number {
  const end = sql.indexOf('\n', start);
  return end === -1 ? sql.length : end;
}

function blockCommentEnd(sql: string, start: number): number {
  let depth = 0;
  for (let i = start; i < sql.length; i += 1) {
    const pair = sql.slice(i, i + 2);
    if (pair === '/*') depth += 1;
    else if (pair === '*/') depth -= 1;
    else continue;
    i += 1;
    if (depth === 0) return i + 1;
  }
  return sql.length;
}

function quotedEnd(sql: string, start: number, quote: string, backslash: boolean): number {
  for (let i = start + 1; i < sql.length; i += 1) {
    if (backslash && sql[i] === '\\') i += 1;
    else if (sql[i] === quote && sql[i + 1] === quote) i += 1;
    else if (sql[i] === quote) return i + 1;
  }
  return sql.length;
}

function dollarQuoteEnd(sql: string, start: number, tag: string): number {
  const end = sql.indexOf(tag, start + tag.length);
  return end === -1 ? sql.length : end + tag.length;
}
