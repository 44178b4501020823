import { type AstNode, childrenOf, ctesOf, isNode, tableParts } from './ast.ts';

/**
 * Whether each output row of a SELECT depends on its own input row alone.
 *
 * The tree is walked with the question "does this part read a source?". Whatever looks at several rows at once (an aggregate, a
 * window, DISTINCT, LIMIT …) is a problem where the answer is yes, and harmless over lookups. Common table expressions are walked
 * where they are used, so that one used twice counts as two mentions.
 */
export interface RowWiseInput {
  readonly root: AstNode;
  /** Whether the mention of a table is one of a source, and its name. */
  sourceOf(mention: AstNode): string | undefined;
  isAggregate(functionName: string): boolean;
}

type CteScope = ReadonlyMap<string, { readonly query: AstNode; readonly scope: CteScope }>;

/** Sources that a part of the tree reads, with repetitions. */
type Sources = readonly string[];

/** Sentences that say why it is not row-wise; empty: it is. Each once. */
export function rowWiseProblems(input: RowWiseInput): readonly string[] {
  const problems = new Set<string>();
  const read = query(input.root, new Map());
  const twice = [...new Set(read.filter((source, i) => read.indexOf(source) !== i))];
  for (const source of twice) problems.add(`the source ${source} is read more than once`);
  return [...problems];

  function query(node: AstNode, outer: CteScope): Sources {
    const scope = new Map(outer);
    for (const cte of ctesOf(node)) scope.set(cte.name.toLowerCase(), { query: cte.query, scope: new Map(scope) });
    const read = queryBody(node, scope);
    if (read.length > 0) for (const problem of modifierProblems(node)) problems.add(problem);
    return read;
  }

  function queryBody(node: AstNode, scope: CteScope): Sources {
    switch (node.type) {
      case 'SELECT_NODE':
        return selectNode(node, scope);
      case 'SET_OPERATION_NODE':
        return setOperation(node, scope);
      case 'RECURSIVE_CTE_NODE': {
        const inner = new Map(scope);
        inner.delete(String(node.cte_name).toLowerCase());
        const read = [...query(node.left as AstNode, inner), ...query(node.right as AstNode, inner)];
        if (read.length > 0) problems.add(`the recursive expression ${String(node.cte_name)} reads ${list(read)}`);
        return read;
      }
      default:
        return childrenOf(node).flatMap((child) => table(child, scope));
    }
  }

  function selectNode(node: AstNode, scope: CteScope): Sources {
    const from = isNode(node.from_table) ? table(node.from_table, scope) : [];
    const rest = Object.entries(node)
      .filter(([key]) => key !== 'from_table' && key !== 'cte_map')
      .flatMap(([, value]) => (Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []));
    const inSubqueries = rest.flatMap((expression) => subqueries(expression, scope));
    if (inSubqueries.length > 0) problems.add(`a subquery in an expression reads ${list(inSubqueries)}`);
    if (from.length > 0) {
      for (const problem of groupingProblems(node)) problems.add(problem);
      for (const expression of rest) for (const problem of expressionProblems(expression)) problems.add(problem);
    }
    return [...from, ...inSubqueries];
  }

  function setOperation(node: AstNode, scope: CteScope): Sources {
    const sides = Array.isArray(node.children)
      ? (node.children as AstNode[])
      : [node.left as AstNode, node.right as AstNode];
    const read = sides.filter(isNode).flatMap((side) => query(side, scope));
    const kind = String(node.setop_type);
    const isUnionAll = kind.startsWith('UNION') && node.setop_all === true;
    if (read.length > 0 && !isUnionAll) problems.add(`${kind.replaceAll('_', ' ')} compares rows of ${list(read)}`);
    return read;
  }

  function table(node: AstNode, scope: CteScope): Sources {
    switch (node.type) {
      case 'BASE_TABLE': {
        const parts = tableParts(node);
        const cte = parts.length === 1 ? scope.get(parts[0]!.toLowerCase()) : undefined;
        const source = input.sourceOf(node);
        const read = cte !== undefined ? query(cte.query, cte.scope) : source === undefined ? [] : [source];
        if (read.length > 0 && node.sample !== undefined) problems.add('a sample leaves rows out by chance');
        return read;
      }
      case 'SUBQUERY':
        return query((node.subquery as AstNode).node as AstNode, scope);
      case 'JOIN':
        return join(node, scope);
      case 'PIVOT': {
        const read = table(node.source as AstNode, scope);
        if (read.length > 0 && node.unpivot_names === undefined) problems.add('PIVOT aggregates');
        return read;
      }
      default: {
        const read = subqueries(node, scope);
        if (read.length > 0) problems.add(`a table function reads ${list(read)}`);
        return read;
      }
    }
  }

  function join(node: AstNode, scope: CteScope): Sources {
    const left = table(node.left as AstNode, scope);
    const right = table(node.right as AstNode, scope);
    const condition = isNode(node.condition) ? subqueries(node.condition, scope) : [];
    if (condition.length > 0) problems.add(`a subquery in a join condition reads ${list(condition)}`);
    if (left.length > 0 && right.length > 0) problems.add(`${list([...left, ...right])} are joined with each other`);
    const problem = joinProblem(String(node.join_type), String(node.ref_type), left, right);
    if (problem !== undefined) problems.add(problem);
    return [...left, ...right, ...condition];
  }

  /** Sources read by subqueries anywhere in an expression. */
  function subqueries(node: AstNode, scope: CteScope): Sources {
    if (node.class === 'SUBQUERY') {
      const own = query((node.subquery as AstNode).node as AstNode, scope);
      return [...own, ...(isNode(node.child) ? subqueries(node.child, scope) : [])];
    }
    return childrenOf(node).flatMap((child) => subqueries(child, scope));
  }

  /** Aggregates and windows of the expression itself; those of its subqueries belong to them. */
  function expressionProblems(node: AstNode): readonly string[] {
    if (node.class === 'SUBQUERY') return isNode(node.child) ? expressionProblems(node.child) : [];
    const own: string[] = [];
    if (node.class === 'WINDOW') own.push(`the window function ${functionText(node)} looks at other rows`);
    if (node.class === 'FUNCTION' && input.isAggregate(String(node.function_name).toLowerCase())) {
      own.push(`the aggregate ${functionText(node)} sums up several rows`);
    }
    return [...own, ...childrenOf(node).flatMap((child) => expressionProblems(child))];
  }
}

/** Whether rows may be fewer or more in the output than in the input: filters, joins, aggregates, UNNEST, set operations and the like. */
export function mayChangeRowCount(root: AstNode, isAggregate: (functionName: string) => boolean): boolean {
  const visit = (node: AstNode): boolean => {
    if (node.type === 'JOIN' || node.type === 'SET_OPERATION_NODE' || node.type === 'RECURSIVE_CTE_NODE') return true;
    if (node.type === 'PIVOT' || node.type === 'TABLE_FUNCTION' || node.type === 'EMPTY') return true;
    if (node.where_clause !== undefined || node.sample !== undefined || node.qualify !== undefined) return true;
    if (modifierProblems(node).length > 0 || groupingProblems(node).length > 0) return true;
    const name = node.class === 'FUNCTION' ? String(node.function_name).toLowerCase() : undefined;
    if (name !== undefined && (name === 'unnest' || isAggregate(name))) return true;
    return ctesOf(node).some((cte) => visit(cte.query)) || childrenOf(node).some(visit);
  };
  return visit(root);
}

function modifierProblems(node: AstNode): readonly string[] {
  const modifiers = Array.isArray(node.modifiers) ? (node.modifiers as AstNode[]) : [];
  return modifiers.flatMap(({ type }) => {
    if (type === 'DISTINCT_MODIFIER') return ['DISTINCT compares rows with each other'];
    return type === 'LIMIT_MODIFIER' || type === 'LIMIT_PERCENT_MODIFIER' ? ['LIMIT or OFFSET counts rows'] : [];
  });
}

function groupingProblems(node: AstNode): readonly string[] {
  const problems: string[] = [];
  const isGrouped = node.group_expressions !== undefined || node.group_sets !== undefined;
  if (isGrouped || node.aggregate_handling === 'FORCE_AGGREGATES') problems.push('GROUP BY sums up several rows');
  if (node.having !== undefined) problems.push('HAVING looks at groups of rows');
  if (node.qualify !== undefined) problems.push('QUALIFY looks at other rows');
  if (node.sample !== undefined) problems.push('a sample leaves rows out by chance');
  return problems;
}

const NOT_PRESERVING_LEFT: ReadonlySet<string> = new Set(['RIGHT', 'FULL', 'OUTER']);

function joinProblem(type: string, kind: string, left: Sources, right: Sources): string | undefined {
  if (left.length === 0 && right.length === 0) return undefined;
  if (kind === 'POSITIONAL') return 'a POSITIONAL join pairs rows by their order';
  if (kind === 'ASOF' && right.length > 0) return `an ASOF join chooses among the rows of ${list(right)}`;
  const isPreserved = type === 'INNER' || (right.length === 0 ? !NOT_PRESERVING_LEFT.has(type) : type === 'RIGHT');
  if (isPreserved) return undefined;
  if (type === 'SEMI' || type === 'ANTI') return `a ${type} join asks whether ${list(right)} has rows`;
  return `a ${type} join adds rows that are not of ${list([...left, ...right])}`;
}

const list = (sources: Sources): string => [...new Set(sources)].join(' and ');

const functionText = (node: AstNode): string => `${String(node.function_name).replace('count_star', 'count')}()`;
