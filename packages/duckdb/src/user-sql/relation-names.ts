import { identifierName, type Relation, type SqlEdit, type SqlToken } from '@psyberg/core';
import { quoteName } from '../sql/quote.ts';

/** One name of a relation, and where it is put in the call's catalog. */
export interface RelationName {
  /** As declared, e.g. `a.b.signups`. */
  readonly name: string;
  /** The declared parts. */
  readonly parts: readonly string[];
  /** Schema in the call's catalog: `main` for a short name, `a.b` for a namespace of several levels. */
  readonly schema: string;
  readonly table: string;
  /** Position of the relation in the request. */
  readonly relation: number;
}

/** Schemas that DuckDB gives a meaning of its own; a namespace called so is put elsewhere. */
const RESERVED_SCHEMAS = new Set(['main', 'temp', 'system', 'memory', 'information_schema', 'pg_catalog']);

/** Every name by which SQL may call the relations. A part with a dot in it may be quoted: `"a.b".signups`. */
export function relationNames(relations: readonly Relation[]): readonly RelationName[] {
  return relations.flatMap((relation, index) =>
    relation.names.map((name) => {
      const parts = splitName(name);
      const namespace = parts.slice(0, -1);
      const schema = namespace.length === 0 ? 'main' : schemaOf(namespace);
      return { name, parts, schema, table: parts.at(-1)!, relation: index };
    }),
  );
}

/** The declared name that a mention in the SQL stands for; names are not told apart by case. */
export function findRelationName(names: readonly RelationName[], parts: readonly string[]): RelationName | undefined {
  const table = parts.at(-1)!.toLowerCase();
  const schema = parts.length === 1 ? 'main' : parts.slice(0, -1).join('.').toLowerCase();
  return names.find(
    (name) =>
      name.table.toLowerCase() === table &&
      name.schema.toLowerCase() === schema &&
      (parts.length === 1) === (name.parts.length === 1),
  );
}

/**
 * Edits that write names of three and more parts, which DuckDB would take for catalog, schema and table (or not parse), as schema
 * and table: `a.b.signups` becomes `"a.b".signups`. Found by their words, so in FROM and in front of columns alike.
 */
export function longNameEdits(tokens: readonly SqlToken[], names: readonly RelationName[]): readonly SqlEdit[] {
  const long = names.filter(
    (name) => (name.parts.length > 1 && name.schema !== name.parts.slice(0, -1).join('.')) || name.parts.length > 2,
  );
  const code = tokens.filter((token) => token.kind !== 'comment');
  const edits: SqlEdit[] = [];
  for (let i = 0; i < code.length; i += 1) {
    if (code[i - 1]?.text === '.') continue;
    const name = long.find((candidate) => isAt(code, i, candidate.parts));
    if (name === undefined) continue;
    const last = code[i + 2 * (name.parts.length - 2)]!;
    edits.push({ start: code[i]!.start, end: last.end, text: quoteName(name.schema) });
    i += 2 * (name.parts.length - 1);
  }
  return edits;
}

function isAt(tokens: readonly SqlToken[], start: number, parts: readonly string[]): boolean {
  return parts.every((part, position) => {
    const token = tokens[start + 2 * position];
    const dot = position === 0 || tokens[start + 2 * position - 1]?.text === '.';
    const isName = token?.kind === 'word' || token?.kind === 'quoted-identifier';
    return dot && isName && identifierName(token).toLowerCase() === part.toLowerCase();
  });
}

function schemaOf(namespace: readonly string[]): string {
  const schema = namespace.join('.');
  return RESERVED_SCHEMAS.has(schema.toLowerCase()) ? `${schema}.` : schema;
}

/** Parts of a dotted name; a part in double quotes may hold dots. */
function splitName(name: string): string[] {
  const parts = name.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [name];
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}
