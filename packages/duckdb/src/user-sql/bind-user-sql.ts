import {
  type EditedSql,
  editSql,
  ForbiddenSqlError,
  lineAndColumn,
  nearestName,
  type ParameterValue,
  placeholderEdits,
  type Relation,
  SqlError,
  type SqlToken,
  sqlTokens,
} from '@psyberg/core';
import type { Call } from '../call.ts';
import { characterOffset } from '../translate-fault.ts';
import { type AstNode, isNode, walkQuery } from './ast.ts';
import { ALLOWED_TABLE_FUNCTIONS, FORBIDDEN_STATEMENT, isForbiddenFunction, isForbiddenTable } from './forbidden.ts';
import { type InstantType, parameterLiterals } from './parameter-literals.ts';
import { findRelationName, longNameEdits, type RelationName, relationNames } from './relation-names.ts';
import type { SyntaxTrees } from './syntax-trees.ts';

/** A user's text that was found to be one SELECT over its inputs and nothing else. */
export interface BoundSql {
  /** With literals for placeholders, and without the closing semicolon. */
  readonly user: EditedSql;
  readonly root: AstNode;
  readonly names: readonly RelationName[];
  /** The relation behind each mention of a table that is no common table expression. */
  readonly mentions: ReadonlyMap<AstNode, RelationName>;
}

export interface UserSqlRequest {
  readonly sql: string;
  readonly relations: readonly Relation[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly instants: InstantType;
}

/**
 * Checks a user's text before any of it runs.
 *
 * DuckDB parses it (in `call`, which reads nothing), and the tree is searched: only declared inputs, only table functions that
 * look at their arguments, no functions of the engine itself. DuckDB's own locks are the second wall behind this one.
 *
 * @throws {SqlError} @throws {ForbiddenSqlError}
 */
export async function bindUserSql(call: Call, syntax: SyntaxTrees, request: UserSqlRequest): Promise<BoundSql> {
  const names = relationNames(request.relations);
  const tokens = sqlTokens(request.sql);
  const user = editSql(request.sql, [
    ...placeholderEdits(request.sql, parameterLiterals(request.parameters, request.instants)),
    ...longNameEdits(tokens, names),
    ...closingSemicolons(tokens),
  ]);
  const root = await parseSelect(call, syntax, user, tokens);
  return { user, root, names, mentions: checkTree(user, root, names) };
}

function closingSemicolons(tokens: readonly SqlToken[]): { start: number; end: number; text: string }[] {
  const edits: { start: number; end: number; text: string }[] = [];
  for (const token of tokens.toReversed()) {
    if (token.kind === 'comment') continue;
    if (token.text !== ';') break;
    edits.push({ start: token.start, end: token.end, text: '' });
  }
  return edits;
}

async function parseSelect(
  call: Call,
  syntax: SyntaxTrees,
  user: EditedSql,
  tokens: readonly SqlToken[],
): Promise<AstNode> {
  const code = tokens.filter((token) => token.kind !== 'comment' && token.text !== ';');
  if (code.length === 0) throw notOneSelect(user, 'is empty');
  if (statementCount(tokens) > 1) throw notOneSelect(user, `holds ${statementCount(tokens)} statements`);
  const answer = await syntax.parse(call, user.sql);
  if (answer.error) {
    const first = code[0]!.text;
    if (FORBIDDEN_STATEMENT.test(first)) {
      throw new ForbiddenSqlError(
        `The SQL is a ${first.toUpperCase()} statement; only a single SELECT is allowed, which may read its inputs and nothing else. ` +
          'Nothing was run. Write the rows of the result as one SELECT; the engine itself stores them.',
      );
    }
    // DuckDB's own complaint about the text, with its place.
    await call.prepare(user.sql, { user, before: 0 });
    throw notOneSelect(user, `is no SELECT (${answer.error_message ?? first})`);
  }
  const statements = answer.statements ?? [];
  if (statements.length !== 1) throw notOneSelect(user, `holds ${statements.length} statements`);
  return statements[0]!.node;
}

/** Statements by their semicolons, before anything is handed to DuckDB, whose `run` would do them all. */
function statementCount(tokens: readonly SqlToken[]): number {
  const code = tokens.filter((token) => token.kind !== 'comment');
  return code.filter((token, i) => token.text !== ';' && (i === 0 || code[i - 1]!.text === ';')).length;
}

function notOneSelect(user: EditedSql, what: string): SqlError {
  return new SqlError(
    `The SQL must be exactly one SELECT, and it ${what}. Nothing was run. ` +
      'Put the steps into common table expressions (WITH …), and a PIVOT into a subquery with an IN list: FROM (PIVOT … ON … IN (…)).',
    { sql: user.original },
  );
}

function checkTree(user: EditedSql, root: AstNode, names: readonly RelationName[]): ReadonlyMap<AstNode, RelationName> {
  const mentions = new Map<AstNode, RelationName>();
  walkQuery(root, {
    table: ({ node, parts }) => {
      const name = findRelationName(names, parts);
      if (name === undefined) throw unknownTable(user, node, parts, names);
      mentions.set(node, name);
    },
    node: (node) => checkNode(user, node, names),
  });
  return mentions;
}

function checkNode(user: EditedSql, node: AstNode, names: readonly RelationName[]): void {
  if (node.type === 'TABLE_FUNCTION' && isNode(node.function)) {
    const name = String(node.function.function_name).toLowerCase();
    if (!ALLOWED_TABLE_FUNCTIONS.has(name)) throw forbidden(user, node, `the table function ${name}()`, names);
  }
  if (node.class === 'FUNCTION') {
    const name = String(node.function_name).toLowerCase();
    if (isForbiddenFunction(name)) throw forbidden(user, node, `the function ${name}()`, names);
  }
  if (node.type === 'SHOW_REF') throw forbidden(user, node, 'DESCRIBE, SHOW or SUMMARIZE', names);
  if (node.class === 'PARAMETER') {
    throw new SqlError(
      `The SQL has the parameter ${node.identifier === undefined ? '?' : `$${String(node.identifier)}`}, for which there is no value. ` +
        'Nothing was run. Placeholders are written :name.',
      { sql: user.original },
    );
  }
}

function unknownTable(user: EditedSql, node: AstNode, parts: readonly string[], names: readonly RelationName[]): Error {
  const name = parts.join('.');
  if (isForbiddenTable(parts)) return forbidden(user, node, name, names);
  const declared = names.map((candidate) => candidate.name);
  const near = nearestName(name, declared) ?? nearestName(parts.at(-1)!, declared);
  const position = placeOf(user, node);
  return new SqlError(
    `The SQL reads ${name}${placeText(position)}, which is not one of its inputs. ${inputsText(names)}` +
      `${near === undefined ? ' Add it to the sources of the process, as a lookup if its changes should start nothing.' : ` Did you mean ${near}?`}`,
    { sql: user.original, position },
  );
}

function forbidden(user: EditedSql, node: AstNode, what: string, names: readonly RelationName[]): ForbiddenSqlError {
  return new ForbiddenSqlError(
    `The SQL uses ${what}${placeText(placeOf(user, node))}, which reaches beyond its inputs. Nothing was run. ${inputsText(names)} ` +
      'Add what it needs to the sources of the process, or leave it out.',
  );
}

function inputsText(names: readonly RelationName[]): string {
  return names.length === 0 ? 'It has no inputs.' : `Its inputs are ${names.map(({ name }) => name).join(', ')}.`;
}

function placeOf(user: EditedSql, node: AstNode): { readonly line: number; readonly column: number } | undefined {
  const bytes = node.query_location;
  if (bytes === undefined || !Number.isSafeInteger(bytes)) return undefined;
  return lineAndColumn(user.original, user.toOriginal(characterOffset(user.sql, bytes)));
}

const placeText = (place: { readonly line: number; readonly column: number } | undefined): string =>
  place === undefined ? '' : ` (line ${place.line}, column ${place.column})`;
