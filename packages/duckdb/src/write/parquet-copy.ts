import type { DuckDBValue } from '@duckdb/node-api';
import type { WriteTarget } from '@psyberg/core';
import type { NestedField, NullableValue, Type } from '@psyberg/iceberg';
import { quoteName, quoteText } from '../sql/quote.ts';
import type { ColumnStatistics } from './file-metrics.ts';

export interface WrittenFile {
  readonly localPath: string;
  readonly partition: readonly NullableValue[];
  readonly recordCount: number;
  readonly fileSizeBytes: number;
  readonly statistics: ReadonlyMap<string, ColumnStatistics>;
}

/** The target's columns, of a relation called `r`. */
export const columnList = (target: WriteTarget): string =>
  target.schema.fields.map((field) => `r.${quoteName(field.name)}`).join(', ');

const CODECS = new Set(['zstd', 'snappy', 'gzip', 'lz4', 'brotli', 'uncompressed']);

/** How Parquet files are written, for a COPY statement. Each row of its result describes a file, see {@link readCopyRow}. */
export function copyOptions(target: WriteTarget): string {
  const wanted = target.properties['write.parquet.compression-codec']?.toLowerCase() ?? 'zstd';
  const codec = CODECS.has(wanted) ? wanted : 'zstd';
  return `FORMAT parquet, COMPRESSION ${codec}, RETURN_STATS true, FIELD_IDS ${fieldIds(target.schema.fields)}`;
}

/** Ids at every depth; DuckDB silently writes none for a column that is left out here. */
function fieldIds(fields: readonly NestedField[]): string {
  return `{${fields.map((field) => `${quoteText(field.name)}: ${fieldIdOf(field.id, field.type)}`).join(', ')}}`;
}

function fieldIdOf(id: number, type: Type): string {
  switch (type.kind) {
    case 'struct':
      return `{'__duckdb_field_id': ${id}, ${fieldIds(type.fields).slice(1)}`;
    case 'list':
      return `{'__duckdb_field_id': ${id}, 'element': ${fieldIdOf(type.elementId, type.element)}}`;
    case 'map':
      return `{'__duckdb_field_id': ${id}, 'key': ${fieldIdOf(type.keyId, type.key)}, 'value': ${fieldIdOf(type.valueId, type.value)}}`;
    default:
      return `${id}`;
  }
}

/** A file as RETURN_STATS tells of it. */
export function readCopyRow(row: readonly DuckDBValue[], partition: readonly NullableValue[]): WrittenFile {
  const statistics = new Map<string, ColumnStatistics>();
  for (const entry of (row[4] as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] }).entries) {
    statistics.set(entry.key as string, textMap(entry.value));
  }
  return {
    localPath: row[0] as string,
    partition,
    recordCount: Number(row[1]),
    fileSizeBytes: Number(row[2]),
    statistics,
  };
}

export function textMap(value: DuckDBValue | undefined): ReadonlyMap<string, string> {
  const entries =
    (value as { entries?: readonly { key: DuckDBValue; value: DuckDBValue }[] } | null | undefined)?.entries ?? [];
  return new Map(entries.map((entry) => [String(entry.key), String(entry.value)]));
}
