import type { DuckDBResult } from '@duckdb/node-api';
import type { QueryRequest, QueryResult, QueryValue } from '@psyberg/core';
import type { Type } from '@psyberg/iceberg';
import type { Call } from './call.ts';
import { prepareResult } from './prepare-result.ts';
import type { LayoutCache } from './read/layout-cache.ts';
import { relationSql } from './read/relation-sql.ts';
import { icebergType } from './sql/iceberg-type.ts';
import type { ShapeField } from './sql/shape.ts';
import { bindUserSql } from './user-sql/bind-user-sql.ts';
import { exposeRelations } from './user-sql/expose-relations.ts';
import type { SyntaxTrees } from './user-sql/syntax-trees.ts';
import { queryValue } from './values.ts';

/** Runs one SELECT and stops reading after `limit` rows. */
export async function runQuery(
  call: Call,
  layouts: LayoutCache,
  syntax: SyntaxTrees,
  request: QueryRequest,
): Promise<QueryResult> {
  const parameters = request.parameters ?? {};
  const bound = await bindUserSql(call, syntax, { ...request, parameters, instants: { type: request.timeType } });
  const read = new Set([...bound.mentions.values()].map((name) => name.relation));
  const selects: string[] = [];
  for (const [i, relation] of request.relations.entries()) {
    selects.push(read.has(i) ? await relationSql(call, layouts, relation) : '');
  }
  await exposeRelations(
    call,
    request.relations,
    bound.names.filter((name) => read.has(name.relation)),
    selects,
  );
  const columns = resultTypes(await prepareResult(call, bound));
  const rows = await call.stream(bound.user.sql, { user: bound.user, before: 0 }, (result) =>
    fetchRows(result, columns, request.limit),
  );
  return { columns, rows };
}

/** Name and Iceberg type of result columns; nested fields are numbered from 1. @throws {UnsupportedTypeError} */
export function resultTypes(columns: readonly ShapeField[]): readonly { readonly name: string; readonly type: Type }[] {
  let id = 0;
  const nextId = (): number => {
    id += 1;
    return id;
  };
  return columns.map(({ name, shape }) => {
    if (shape.kind === 'leaf' && shape.type === 'NULL') return { name, type: { kind: 'string' } };
    return { name, type: icebergType(shape, name, nextId) };
  });
}

async function fetchRows(
  result: DuckDBResult,
  columns: readonly { readonly type: Type }[],
  limit: number,
): Promise<readonly (readonly QueryValue[])[]> {
  const rows: QueryValue[][] = [];
  while (rows.length < limit) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    for (const row of chunk.getRows().slice(0, limit - rows.length)) {
      rows.push(row.map((value, i) => queryValue(value, columns[i]!.type)));
    }
  }
  return rows;
}
