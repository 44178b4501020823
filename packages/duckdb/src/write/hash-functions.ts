import type { DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { PrimitiveType } from '@psyberg/iceberg';
import { bucketHash } from '../iceberg-spec.ts';
import { floorSql } from '../sql/time-sql.ts';

type DuckDb = typeof import('@duckdb/node-api');

/**
 * Iceberg's bucket hash as SQL functions; DuckDB's own `hash` is another one.
 *
 * `psyberg_hash_long(BIGINT)`, `_text(VARCHAR)`, `_uuid(VARCHAR)`, `_decimal(VARCHAR of the unscaled value)` and `_bytes(BLOB)` give
 * the signed 32-bit hash, and NULL for NULL.
 */
export function registerHashFunctions(duckDb: DuckDb, connection: DuckDBConnection): void {
  register('long', duckDb.BIGINT, (value) => bucketHash({ kind: 'long' }, value as bigint));
  register('text', duckDb.VARCHAR, (value) => bucketHash({ kind: 'string' }, value as string));
  register('uuid', duckDb.VARCHAR, (value) => bucketHash({ kind: 'uuid' }, value as string));
  register('decimal', duckDb.VARCHAR, (value) => {
    return bucketHash({ kind: 'decimal', precision: 38, scale: 0 }, BigInt(value as string));
  });
  register('bytes', duckDb.BLOB, (value) => bucketHash({ kind: 'binary' }, (value as { bytes: Uint8Array }).bytes));

  function register(name: string, parameter: DuckDBType, hash: (value: DuckDBValue) => number): void {
    const registered = duckDb.DuckDBScalarFunction.create({
      name: `psyberg_hash_${name}`,
      parameterTypes: [parameter],
      returnType: duckDb.INTEGER,
      mainFunction: (_info, input, output) => {
        const values = input.getColumnValues(0);
        for (let i = 0; i < values.length; i += 1) {
          const value = values[i] ?? null;
          (output as { setItem(index: number, item: number | null): void }).setItem(
            i,
            value === null ? null : hash(value),
          );
        }
        output.flush();
      },
    });
    connection.registerScalarFunction(registered);
  }
}

/** SQL for the hash of an expression of an Iceberg type. @see Iceberg spec, "Appendix B: 32-bit Hash Requirements" */
export function hashSql(expression: string, type: PrimitiveType): string {
  switch (type.kind) {
    case 'int':
    case 'long':
      return `psyberg_hash_long(CAST(${expression} AS BIGINT))`;
    case 'date':
      return `psyberg_hash_long(CAST(${expression} - DATE '1970-01-01' AS BIGINT))`;
    case 'time':
      return `psyberg_hash_long(epoch_us(${expression}))`;
    case 'timestamp':
    case 'timestamptz':
      return `psyberg_hash_long(epoch_us(${expression}))`;
    case 'timestamp_ns':
      return `psyberg_hash_long(${floorSql(`epoch_ns(${expression})`, 1000n)} // 1000)`;
    case 'string':
      return `psyberg_hash_text(${expression})`;
    case 'uuid':
      return `psyberg_hash_uuid(CAST(${expression} AS VARCHAR))`;
    case 'decimal':
      return `psyberg_hash_decimal(replace(CAST(${expression} AS VARCHAR), '.', ''))`;
    default:
      return `psyberg_hash_bytes(${expression})`;
  }
}
