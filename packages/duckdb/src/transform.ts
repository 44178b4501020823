import type { TransformRequest, TransformResult } from '@psyberg/core';
import { timeColumnNames } from '@psyberg/core';
import type { Call } from './call.ts';
import { prepareResult } from './prepare-result.ts';
import type { LayoutCache } from './read/layout-cache.ts';
import { countRelation, type RelationCount, relationSql } from './read/relation-sql.ts';
import { bindUserSql } from './user-sql/bind-user-sql.ts';
import { exposeRelations } from './user-sql/expose-relations.ts';
import type { InstantType } from './user-sql/parameter-literals.ts';
import type { SyntaxTrees } from './user-sql/syntax-trees.ts';
import { stageRows } from './write/staged-rows.ts';
import { writeFiles } from './write/write-files.ts';

/** Checks the SQL, runs it once, checks its rows, counts its inputs, and only then writes files. */
export async function runTransform(
  call: Call,
  layouts: LayoutCache,
  syntax: SyntaxTrees,
  request: TransformRequest,
): Promise<TransformResult> {
  const bound = await bindUserSql(call, syntax, { ...request, instants: targetInstants(request) });
  const selects: string[] = [];
  for (const relation of request.relations) selects.push(await relationSql(call, layouts, relation));
  await exposeRelations(call, request.relations, bound.names, selects);
  const staged = await stageRows(call, bound, await prepareResult(call, bound), request);
  const inputs: RelationCount[] = [];
  for (const relation of request.relations) inputs.push(await countRelation(call, layouts, relation));
  const files = await writeFiles(call, staged, request.target);
  return {
    files,
    rows: staged.rows,
    rowsByInterval: staged.rowsByInterval,
    rowsDropped: staged.rowsDropped,
    inputs,
  };
}

function targetInstants({ target }: TransformRequest): InstantType {
  if (target.time === undefined) return {};
  const [name] = timeColumnNames(target.time);
  return { type: target.schema.fields.find((field) => field.name === name)?.type, time: target.time };
}
