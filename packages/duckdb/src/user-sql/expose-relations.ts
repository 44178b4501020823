import type { Relation } from '@psyberg/core';
import { UnsupportedTypeError } from '@psyberg/core';
import type { Call } from '../call.ts';
import { quoteName, quotePath } from '../sql/quote.ts';
import type { RelationName } from './relation-names.ts';

/**
 * Makes views in the call's catalog by which SQL sees the relations under their names. `selects` has a SELECT per relation.
 *
 * @throws {UnsupportedTypeError} two columns differ by case only, which DuckDB cannot tell apart
 */
export async function exposeRelations(
  call: Call,
  relations: readonly Relation[],
  names: readonly RelationName[],
  selects: readonly string[],
): Promise<void> {
  const schemas = new Set(names.map((name) => name.schema).filter((schema) => schema !== 'main'));
  const statements = [...schemas].map((schema) => `CREATE SCHEMA IF NOT EXISTS ${quotePath(call.catalog, schema)}`);
  const done = new Map<number, string>();
  for (const { name, schema, table, relation } of names) {
    checkColumnNames(relations[relation]!, name);
    const view = quotePath(call.catalog, schema, table);
    const first = done.get(relation);
    statements.push(`CREATE VIEW ${view} AS ${first === undefined ? selects[relation]! : `SELECT * FROM ${first}`}`);
    if (first === undefined) done.set(relation, view);
  }
  if (statements.length > 0) await call.run(statements.join(';\n'));
}

function checkColumnNames(relation: Relation, name: string): void {
  const seen = new Map<string, string>();
  for (const field of relation.schema.fields) {
    const other = seen.get(field.name.toLowerCase());
    if (other !== undefined) {
      throw new UnsupportedTypeError(
        `Columns ${quoteName(other)} and ${quoteName(field.name)} of ${name} differ by case only, which DuckDB cannot tell apart. ` +
          'Nothing was read. Rename one of them.',
      );
    }
    seen.set(field.name.toLowerCase(), field.name);
  }
}
