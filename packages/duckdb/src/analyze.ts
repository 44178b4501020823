import type { AnalyzeRequest, TransformAnalysis } from '@psyberg/core';
import type { Call } from './call.ts';
import { prepareResult } from './prepare-result.ts';
import { resultTypes } from './query.ts';
import { emptySql } from './read/relation-sql.ts';
import { columnsOfSelfReference } from './self-reference.ts';
import type { AggregateNames } from './user-sql/aggregate-names.ts';
import { type AstNode, walkQuery } from './user-sql/ast.ts';
import { type BoundSql, bindUserSql } from './user-sql/bind-user-sql.ts';
import { exposeRelations } from './user-sql/expose-relations.ts';
import { mayChangeRowCount, rowWiseProblems } from './user-sql/row-wise.ts';
import type { SyntaxTrees } from './user-sql/syntax-trees.ts';
import { volatileFunctionsOf } from './user-sql/volatile.ts';

/** Binds the SQL over empty relations, and looks at its tree. */
export async function analyzeTransform(
  call: Call,
  syntax: SyntaxTrees,
  request: AnalyzeRequest,
  aggregateNames: AggregateNames,
): Promise<TransformAnalysis> {
  const bound = await bindUserSql(call, syntax, { ...request, instants: { type: request.timeType } });
  const columns =
    request.recursive === undefined
      ? await columnsOf(call, request, bound)
      : await columnsOfSelfReference(call, request, bound);
  const aggregates = await aggregateNames.read(call);
  const isAggregate = (name: string): boolean => aggregates.has(name);
  return {
    columns,
    reads: namesRead(bound),
    volatileFunctions: volatileFunctionsOf(bound.root),
    mayChangeRowCount: mayChangeRowCount(bound.root, isAggregate),
    rowwiseProblems: (changes) =>
      rowWiseProblems({ root: bound.root, isAggregate, sourceOf: sourceLookup(bound, changes) }),
  };
}

async function columnsOf(call: Call, request: AnalyzeRequest, bound: BoundSql): Promise<TransformAnalysis['columns']> {
  await exposeRelations(call, request.relations, bound.names, request.relations.map(emptySql));
  return resultTypes(await prepareResult(call, bound));
}

/** A source is a relation of which any name is among `changes`, whatever name the SQL used. */
function sourceLookup(bound: BoundSql, changes: readonly string[]): (mention: AstNode) => string | undefined {
  const wanted = new Set(changes.map((name) => name.toLowerCase()));
  const sources = new Set(
    bound.names.filter(({ name }) => wanted.has(name.toLowerCase())).map(({ relation }) => relation),
  );
  return (mention) => {
    const relation = bound.mentions.get(mention)?.relation;
    if (relation === undefined || !sources.has(relation)) return undefined;
    return bound.names.find((name) => name.relation === relation)!.name;
  };
}

function namesRead(bound: BoundSql): readonly string[] {
  const names: string[] = [];
  walkQuery(bound.root, {
    table: ({ node }) => {
      const name = bound.mentions.get(node)?.name;
      if (name !== undefined && !names.includes(name)) names.push(name);
    },
  });
  return names;
}
