import type { AnalyzeRequest, Relation, TransformAnalysis } from '@psyberg/core';
import { SqlError } from '@psyberg/core';
import type { Call } from './call.ts';
import { prepareResult } from './prepare-result.ts';
import { resultTypes } from './query.ts';
import { emptySql } from './read/relation-sql.ts';
import { quoteName, quotePath } from './sql/quote.ts';
import type { AstNode } from './user-sql/ast.ts';
import type { BoundSql } from './user-sql/bind-user-sql.ts';
import { exposeRelations } from './user-sql/expose-relations.ts';

/** Types settle after two rounds; a text whose columns widen for ever (`decimal` sums) is given up. */
const ROUNDS_MAX = 6;

type Columns = TransformAnalysis['columns'];

/**
 * Columns of a SELECT that reads its own earlier result under the name `recursive`.
 *
 * Like the anchor of a recursive query: bound first with columns that are all NULL, then with the types that came out, until they
 * stay. Only types are found; no row is read.
 *
 * @throws {SqlError} the outermost select list does not name its columns, or the types do not settle
 */
export async function columnsOfSelfReference(call: Call, request: AnalyzeRequest, bound: BoundSql): Promise<Columns> {
  const index = request.relations.findIndex((relation) => relation.names.includes(request.recursive ?? ''));
  const names = resultNames(bound.root);
  if (index < 0 || names === undefined) {
    throw new SqlError(
      `The columns of "${request.recursive}" are those of the result, which does not name them all (a * in its outermost select list). ` +
        'Nothing was run. Write the columns out, or create the target first.',
      { sql: request.sql },
    );
  }
  const nulls = `SELECT ${names.map((name) => `NULL AS ${quoteName(name)}`).join(', ')} WHERE false`;
  const selects = request.relations.map((relation, i) => (i === index ? nulls : emptySql(relation)));
  await exposeRelations(call, request.relations, bound.names, selects);
  let columns: Columns = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const next = resultTypes(await prepareResult(call, bound));
    if (JSON.stringify(next) === JSON.stringify(columns)) return columns;
    columns = next;
    await redefine(call, bound, index, emptySql(relationOf(request.relations[index]!, columns)));
  }
  throw new SqlError(
    `The types of the columns of "${request.recursive}" do not settle: each result is wider than the one before. Nothing was run. Cast ` +
      'them to a fixed type in the outermost select list.',
    { sql: request.sql },
  );
}

async function redefine(call: Call, bound: BoundSql, index: number, select: string): Promise<void> {
  for (const { schema, table, relation } of bound.names) {
    if (relation === index)
      await call.run(`CREATE OR REPLACE VIEW ${quotePath(call.catalog, schema, table)} AS ${select}`);
  }
}

const relationOf = (relation: Relation, columns: Columns): Relation => ({
  ...relation,
  schema: { schemaId: 0, fields: columns.map(({ name, type }, i) => ({ id: i + 1, name, required: false, type })) },
});

/** Names of the outermost select list, or undefined where one is not written out. */
function resultNames(root: AstNode): readonly string[] | undefined {
  if (root.type === 'SET_OPERATION_NODE') return resultNames(root.left as AstNode);
  if (root.type !== 'SELECT_NODE' || !Array.isArray(root.select_list)) return undefined;
  const names: string[] = [];
  for (const item of root.select_list as AstNode[]) {
    const written = typeof item.alias === 'string' && item.alias !== '' ? item.alias : undefined;
    const column = Array.isArray(item.column_names) ? item.column_names.at(-1) : undefined;
    const name = written ?? (typeof column === 'string' ? column : undefined);
    if (name === undefined) return undefined;
    names.push(name);
  }
  return names;
}
