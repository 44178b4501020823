import { UsageError } from '../errors.ts';
import { columnType } from './audit-columns.ts';
import { literalFor } from './audit-sql.ts';
import type { Scalar } from './parameter-reader.ts';
import type { ScanSubject } from './scan.ts';

/** A configured value as a literal of a column's type. @throws {UsageError} it cannot be one */
export function literalOf({ engine, table, schema }: ScanSubject, column: string, value: Scalar): string {
  const type = columnType(schema, table, column);
  const text = literalFor(engine, type, value);
  if (text !== undefined) return text;
  throw new UsageError(`${JSON.stringify(value)} cannot be a value of ${column}, which is of type ${type.kind}.`);
}
