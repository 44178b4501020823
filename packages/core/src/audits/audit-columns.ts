import { fieldByName, type Schema, type Type } from '@psyberg/iceberg';
import { nearestName } from '../engine/suggest.ts';
import { UsageError } from '../errors.ts';

/** The type of a column. @throws {UsageError} there is none of this name, with the nearest one there is */
export function columnType(schema: Schema, table: string, column: string): Type {
  const found = fieldByName(schema, column);
  if (found !== undefined) return found.type;
  const names = schema.fields.map((field) => field.name);
  const near = nearestName(column, names);
  const hint = near === undefined ? `Its columns are ${names.join(', ')}.` : `Did you mean "${near}"?`;
  throw new UsageError(`${table} has no column "${column}". ${hint}`);
}

export function requireColumns(schema: Schema, table: string, columns: readonly string[]): void {
  for (const column of columns) columnType(schema, table, column);
}
