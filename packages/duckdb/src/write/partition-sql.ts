import { UnsupportedTypeError } from '@psyberg/core';
import {
  formatTransform,
  formatType,
  type NestedField,
  type PrimitiveType,
  resultType,
  type Schema,
  type Transform,
} from '@psyberg/iceberg';
import { duckDbType } from '../sql/column-types.ts';
import { quoteName, quoteText } from '../sql/quote.ts';
import { bucketSql } from './bucket-functions.ts';

/** A transform of a column as SQL, and the Iceberg type of its results. */
export interface TransformSql {
  readonly sql: string;
  readonly type: PrimitiveType;
}

/**
 * A partition or sort transform over a table's columns. NULL gives NULL.
 *
 * @throws {UnsupportedTypeError} an unknown transform, a source column that is gone or inside a list or map
 * @see Iceberg spec, "Partition Transforms"
 */
export function transformSql(transform: Transform, sourceId: number, schema: Schema): TransformSql {
  const source = findSource(schema.fields, sourceId, '');
  if (source === undefined) {
    throw new UnsupportedTypeError(
      `The transform ${formatTransform(transform)} is over field ${sourceId}, which is no column of the table (or inside a list or map). ` +
        'Nothing was written. Evolve the partition spec or sort order so that it names existing columns.',
    );
  }
  const type = source.field.type as PrimitiveType;
  return { sql: apply(transform, source.sql, type, source.field.name), type: resultType(transform, type) };
}

function apply(transform: Transform, column: string, type: PrimitiveType, name: string): string {
  switch (transform.kind) {
    case 'identity':
      return column;
    case 'void':
      return `CAST(NULL AS ${duckDbType(type, name)})`;
    case 'bucket':
      return bucketSql(column, type, transform.count);
    case 'truncate':
      return truncate(column, type, transform.width);
    case 'year':
      return dateDiff('year', column, type);
    case 'month':
      return dateDiff('month', column, type);
    case 'day':
      return type.kind === 'date' ? column : `CAST(${wallClock(column, type)} AS DATE)`;
    case 'hour':
      return dateDiff('hour', column, type);
    case 'unknown':
      throw new UnsupportedTypeError(
        `Data cannot be written under the transform ${transform.text} of ${name} (${formatType(type)}), which this version does not know. ` +
          'Nothing was written. Change the partition spec, or write with an engine that knows the transform.',
      );
  }
}

/** `date_diff` counts boundaries crossed, which is the floor before 1970 too; `//` would round toward zero. */
const dateDiff = (unit: string, column: string, type: PrimitiveType): string =>
  `CAST(date_diff('${unit}', TIMESTAMP '1970-01-01', ${wallClock(column, type)}) AS INTEGER)`;

const wallClock = (column: string, type: PrimitiveType): string =>
  type.kind === 'timestamptz' ? `(${column} AT TIME ZONE 'UTC')` : `CAST(${column} AS TIMESTAMP)`;

function truncate(column: string, type: PrimitiveType, width: number): string {
  const down = (value: string, step: string): string => `(${value} - ((${value} % ${step}) + ${step}) % ${step})`;
  switch (type.kind) {
    case 'int':
      return `CAST(${down(`CAST(${column} AS BIGINT)`, `${width}`)} AS INTEGER)`;
    case 'long':
      return `CAST(${down(`CAST(${column} AS HUGEINT)`, `${width}`)} AS BIGINT)`;
    case 'decimal': {
      const unscaled = `CAST(replace(CAST(${column} AS VARCHAR), '.', '') AS HUGEINT)`;
      return `CAST(${down(unscaled, `${width}`)} AS HUGEINT)`;
    }
    case 'string':
      return `left(${column}, ${width})`;
    default:
      return `array_slice(${column}, 1, ${width})`;
  }
}

function findSource(
  fields: readonly NestedField[],
  id: number,
  parent: string,
): { readonly field: NestedField; readonly sql: string } | undefined {
  for (const field of fields) {
    const sql = parent === '' ? quoteName(field.name) : `struct_extract(${parent}, ${quoteText(field.name)})`;
    if (field.id === id) return { field, sql };
    const nested = field.type.kind === 'struct' ? findSource(field.type.fields, id, sql) : undefined;
    if (nested !== undefined) return nested;
  }
  return undefined;
}
