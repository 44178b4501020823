import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { applyTransform, type PrimitiveType, type Value } from '@psyberg/iceberg';
import { floorSql } from '../sql/time-sql.ts';

type DuckDb = typeof import('@duckdb/node-api');

/**
 * Iceberg's bucket transform as SQL functions; DuckDB's own `hash` is another one.
 *
 * `psyberg_bucket_long(BIGINT, INTEGER)`, `_text(VARCHAR, …)`, `_uuid(VARCHAR, …)`, `_decimal(VARCHAR of the unscaled value, …)` and
 * `_bytes(BLOB, …)` take the number of buckets second, and give NULL for NULL.
 */
export function registerBucketFunctions(duckDb: DuckDb, connection: DuckDBConnection): void {
  register('long', duckDb.BIGINT, { kind: 'long' }, (value) => value as bigint);
  register('text', duckDb.VARCHAR, { kind: 'string' }, (value) => value as string);
  register('uuid', duckDb.VARCHAR, { kind: 'uuid' }, (value) => value as string);
  register('decimal', duckDb.VARCHAR, { kind: 'decimal', precision: 38, scale: 0 }, (value) => BigInt(value as string));
  register('bytes', duckDb.BLOB, { kind: 'binary' }, (value) => (value as { bytes: Uint8Array }).bytes);

  function register(
    name: string,
    parameter: DuckDBType,
    type: PrimitiveType,
    toValue: (value: DuckDBValue) => Value,
  ): void {
    const registered = duckDb.DuckDBScalarFunction.create({
      name: `psyberg_bucket_${name}`,
      parameterTypes: [parameter, duckDb.INTEGER],
      returnType: duckDb.INTEGER,
      mainFunction: (_info, input, output) => {
        const values = input.getColumnValues(0);
        const counts = input.getColumnValues(1);
        const buckets = output as { setItem(index: number, item: number | null): void };
        for (let i = 0; i < values.length; i += 1) {
          const value = values[i] ?? null;
          const transform = { kind: 'bucket', count: counts[i] as number } as const;
          buckets.setItem(i, value === null ? null : (applyTransform(transform, type, toValue(value)) as number));
        }
        output.flush();
      },
    });
    connection.registerScalarFunction(registered);
  }
}

/** SQL for the bucket of an expression of an Iceberg type. @see Iceberg spec, "Appendix B: 32-bit Hash Requirements" */
export function bucketSql(expression: string, type: PrimitiveType, count: number): string {
  const [name, argument] = bucketArgument(expression, type);
  return `psyberg_bucket_${name}(${argument}, ${count})`;
}

function bucketArgument(expression: string, type: PrimitiveType): readonly [string, string] {
  switch (type.kind) {
    case 'int':
    case 'long':
      return ['long', `CAST(${expression} AS BIGINT)`];
    case 'date':
      return ['long', `CAST(${expression} - DATE '1970-01-01' AS BIGINT)`];
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return ['long', `epoch_us(${expression})`];
    case 'timestamp_ns':
      return ['long', `${floorSql(`epoch_ns(${expression})`, 1000n)} // 1000`];
    case 'string':
      return ['text', expression];
    case 'uuid':
      return ['uuid', `CAST(${expression} AS VARCHAR)`];
    case 'decimal':
      return ['decimal', `replace(CAST(${expression} AS VARCHAR), '.', '')`];
    default:
      return ['bytes', expression];
  }
}
