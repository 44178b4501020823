import type { Relation } from '../engine/engine.ts';
import type { AuditContext } from './audit-context.ts';
import type { AuditSample } from './audit-outcome.ts';
import { quoteName } from './audit-sql.ts';
import { printRows } from './print-value.ts';

/** Failing rows that are kept for people to look at. */
export const SAMPLE_SIZE = 20;

/** Names under which audits of ours call relations; no user's table is called so. */
export const TARGET_NAME = 'psyberg_target';
export const SOURCE_NAME = 'psyberg_source';

export const named = (relation: Relation, ...names: readonly string[]): Relation => ({ ...relation, names });

export interface FailingRows {
  readonly count: number;
  readonly sample: AuditSample;
}

/**
 * Runs `SELECT <columns>, <count> AS <name> <rest>`: the failing rows, with their whole number in a last column that is the same in
 * every row, so that one pass gives both number and sample.
 */
export async function failingRows(
  context: AuditContext,
  relations: readonly Relation[],
  query: { readonly columns: string; readonly count: string; readonly rest: string },
): Promise<FailingRows> {
  const engine = await context.engine();
  const sql = `SELECT ${query.columns}, ${query.count} AS ${quoteName(engine, 'psyberg_failing_rows')}\n${query.rest}`;
  const result = await engine.query(requestOf(context, sql, relations, SAMPLE_SIZE), callOptions(context));
  const last = result.columns.length - 1;
  const columns = result.columns.slice(0, last);
  return {
    count: Number(result.rows[0]?.[last] ?? 0),
    sample: printRows({ columns, rows: result.rows.map((row) => row.slice(0, last)) }),
  };
}

/** The number in the first column of the first row; 0 for NULL. */
export async function scalarNumber(
  context: AuditContext,
  sql: string,
  relations: readonly Relation[],
): Promise<number> {
  const [first] = await numbersOf(context, sql, relations);
  return first ?? 0;
}

/** The numbers of the first row, null for NULL. */
export async function numbersOf(
  context: AuditContext,
  sql: string,
  relations: readonly Relation[],
): Promise<readonly (number | null)[]> {
  const engine = await context.engine();
  const { columns, rows } = await engine.query(requestOf(context, sql, relations, 1), callOptions(context));
  return columns.map(({ type }, i) => {
    const value = rows[0]?.[i] ?? null;
    if (value === null) return null;
    return type.kind === 'decimal' ? Number(value) / 10 ** type.scale : Number(value);
  });
}

export function requestOf(context: AuditContext, sql: string, relations: readonly Relation[], limit: number) {
  const { parameters, timeType } = context;
  return { sql, relations, parameters, limit, ...(timeType && { timeType }) };
}

export const callOptions = (context: AuditContext) => (context.signal ? { signal: context.signal } : {});

/** `a AND b`, each in parentheses and ended by a line of its own, since a user's text may end in a comment; empty without any. */
export const conditionsOf = (...conditions: readonly (string | undefined)[]): string =>
  conditions
    .filter((condition) => condition !== undefined)
    .map((condition) => `(${condition}\n)`)
    .join(' AND ');

/** The same after ` WHERE `; empty without any. */
export function whereOf(...conditions: readonly (string | undefined)[]): string {
  const given = conditionsOf(...conditions);
  return given === '' ? '' : ` WHERE ${given}`;
}
