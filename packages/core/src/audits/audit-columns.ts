import { fieldByName, type Schema, type Type } from '@psyberg/iceberg';
import { UsageError } from '../errors.ts';
import { unknownColumn } from './column-needs.ts';

/** The type of a column. @throws {UsageError} there is none of this name, with the nearest one there is */
export function columnType(schema: Schema, table: string, column: string): Type {
  const found = fieldByName(schema, column);
  if (found !== undefined) return found.type;
  throw new UsageError(unknownColumn(table, schema, column));
}

export function requireColumns(schema: Schema, table: string, columns: readonly string[]): void {
  for (const column of columns) columnType(schema, table, column);
}
