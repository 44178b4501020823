import { formatIdentifier } from '@psyberg/iceberg';
import type { Relation } from '../engine/engine.ts';
import { sqlTokens } from '../engine/sql-tokens.ts';
import type { AuditContext } from './audit-context.ts';
import { named, TARGET_NAME } from './failing-rows.ts';

/** What an audit's own SQL may name. */
export interface SqlRelations {
  readonly relations: readonly Relation[];
  /** The name by which SQL of ours calls the rows written, whatever the sources are called. */
  readonly written: string;
}

/**
 * The transform's input by its names, the target by its full and its short name (all rows of the touched intervals as publication
 * would leave them), and under the name `target` only the rows that the session wrote. Where a source has one of these names, the
 * name means the source.
 */
export async function relationsForSql(context: AuditContext): Promise<SqlRelations> {
  const inputs = context.inputs.map(({ relation }) => relation);
  const taken = new Set(inputs.flatMap(({ names }) => names).map((name) => name.toLowerCase()));
  const free = (...names: string[]) => names.filter((name) => !taken.has(name.toLowerCase()));
  const { table } = context.process.target;
  const touched = named(await context.touched(), ...free(...new Set([table.name, formatIdentifier(table)])));
  const alone = free('target').filter((name) => !touched.names.includes(name));
  return { relations: [...inputs, touched, named(context.written, ...alone, TARGET_NAME)], written: TARGET_NAME };
}

/** A user's SELECT as one in parentheses needs it: without the semicolon that may end it, and what comments may follow that. */
export function asSubquery(sql: string): string {
  const last = sqlTokens(sql).findLast(({ kind }) => kind !== 'comment');
  const body = last?.text === ';' ? asSubquery(sql.slice(0, last.start)) : sql;
  return body.trimEnd();
}
