import { UnsupportedTypeError } from '@psyberg/core';
import type { Type } from '@psyberg/iceberg';
import { quoteName } from './quote.ts';

/** The DuckDB type in which values of an Iceberg type are held. @throws {UnsupportedTypeError} `path` is named in it */
export function duckDbType(type: Type, path: string): string {
  switch (type.kind) {
    case 'boolean':
      return 'BOOLEAN';
    case 'int':
      return 'INTEGER';
    case 'long':
      return 'BIGINT';
    case 'float':
      return 'FLOAT';
    case 'double':
      return 'DOUBLE';
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'date':
      return 'DATE';
    case 'time':
      return 'TIME';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'timestamptz':
      return 'TIMESTAMP WITH TIME ZONE';
    case 'timestamp_ns':
      return 'TIMESTAMP_NS';
    case 'string':
      return 'VARCHAR';
    case 'uuid':
      return 'UUID';
    case 'fixed':
    case 'binary':
      return 'BLOB';
    case 'struct':
      return `STRUCT(${type.fields.map((f) => `${quoteName(f.name)} ${duckDbType(f.type, `${path}.${f.name}`)}`).join(', ')})`;
    case 'list':
      return `${duckDbType(type.element, `${path}.element`)}[]`;
    case 'map':
      return `MAP(${duckDbType(type.key, `${path}.key`)}, ${duckDbType(type.value, `${path}.value`)})`;
    case 'timestamptz_ns':
      throw unsupported(path, 'timestamptz_ns');
    case 'unsupported':
      throw unsupported(path, type.text);
  }
}

function unsupported(path: string, type: string): UnsupportedTypeError {
  return new UnsupportedTypeError(
    `Column ${path} has the Iceberg type ${type}, which DuckDB cannot hold. Nothing was read or written. ` +
      'Leave the column out of the schema, or run this process on another engine.',
  );
}
