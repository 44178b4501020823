import type { DuckDBPreparedStatement } from '@duckdb/node-api';
import type { Call } from './call.ts';
import { type Shape, type ShapeField, shapeOfResult } from './sql/shape.ts';
import { type AstNode, isNode } from './user-sql/ast.ts';
import type { BoundSql } from './user-sql/bind-user-sql.ts';

/**
 * Names and forms of the columns of a user's text, without running it.
 *
 * A column that is the literal NULL has the type `NULL`; DuckDB itself would say INTEGER. @throws {SqlError}
 */
export async function prepareResult(call: Call, bound: BoundSql): Promise<readonly ShapeField[]> {
  const statement = await call.prepare(bound.user.sql, { user: bound.user, before: 0 });
  const nulls = nullColumnsOf(bound.root);
  try {
    return Array.from({ length: statement.columnCount }, (_, i) => columnOf(statement, i, nulls));
  } finally {
    statement.destroySync();
  }
}

function columnOf(statement: DuckDBPreparedStatement, i: number, nulls: ReadonlySet<string>): ShapeField {
  const name = statement.columnName(i);
  const type = statement.columnType(i);
  const shape: Shape = nulls.has(name) ? { kind: 'leaf', type: 'NULL' } : shapeOfResult(type);
  return { name, shape };
}

/** Only where the outermost node is a plain SELECT; in a UNION the other side decides the type. */
function nullColumnsOf(root: AstNode): ReadonlySet<string> {
  const list = root.type === 'SELECT_NODE' && Array.isArray(root.select_list) ? (root.select_list as AstNode[]) : [];
  const nulls = list.filter((item) => item.class === 'CONSTANT' && isNode(item.value) && item.value.is_null === true);
  return new Set(nulls.map((item) => String(item.alias ?? 'NULL')));
}
