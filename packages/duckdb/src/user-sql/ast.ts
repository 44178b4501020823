/** A node of the tree that DuckDB's `json_serialize_sql` gives; only what we look at has a name here. */
export interface AstNode {
  readonly type?: string;
  readonly class?: string;
  /** Byte offset in UTF-8, or a huge number where there is none. */
  readonly query_location?: number;
  readonly [key: string]: unknown;
}

export const isNode = (value: unknown): value is AstNode =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Nodes and arrays directly below, whatever their key; a `WITH` list is left to `ctesOf`. */
export function childrenOf(node: AstNode): readonly AstNode[] {
  const children: AstNode[] = [];
  const add = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) add(item);
    else if (isNode(value)) children.push(value);
  };
  for (const [key, value] of Object.entries(node)) if (key !== 'cte_map') add(value);
  return children;
}

/** The common table expressions that a query node defines, in order. */
export function ctesOf(node: AstNode): readonly { readonly name: string; readonly query: AstNode }[] {
  const map = isNode(node.cte_map) ? node.cte_map.map : undefined;
  if (!Array.isArray(map)) return [];
  return map.map((entry: AstNode) => {
    const value = entry.value as AstNode;
    return { name: String(entry.key), query: (value.query as AstNode).node as AstNode };
  });
}

/** Lower-case names of the tables in reach; DuckDB does not tell names apart by case. */
export type Scope = ReadonlySet<string>;

export interface TableMention {
  readonly node: AstNode;
  /** As written, without quotes: catalog, schema, table; the last one always there. */
  readonly parts: readonly string[];
}

/**
 * Calls back for every node, outermost first, and for every table name that no common table expression in reach explains.
 *
 * An expression of a WITH list sees those before it, and itself only if it is recursive.
 */
export function walkQuery(
  root: AstNode,
  visitor: { readonly table?: (mention: TableMention) => void; readonly node?: (node: AstNode) => void },
): void {
  visit(root, new Set());

  function visit(node: AstNode, outer: Scope): void {
    visitor.node?.(node);
    const scope = new Set(outer);
    for (const { name, query } of ctesOf(node)) {
      visit(query, scope);
      scope.add(name.toLowerCase());
    }
    if (node.type === 'RECURSIVE_CTE_NODE') scope.add(String(node.cte_name).toLowerCase());
    if (node.type === 'BASE_TABLE') {
      const parts = tableParts(node);
      if (parts.length > 1 || !scope.has(parts[0]!.toLowerCase())) visitor.table?.({ node, parts });
    }
    for (const child of childrenOf(node)) visit(child, scope);
  }
}

/** Catalog, schema and table of a BASE_TABLE node, as far as they are given. */
export function tableParts(node: AstNode): readonly string[] {
  return [node.catalog_name, node.schema_name, node.table_name].filter(
    (part): part is string => typeof part === 'string' && part !== '',
  );
}
