import type { DuckDBValue } from '@duckdb/node-api';
import { EngineFailedError, type WriteTarget } from '@psyberg/core';
import type { NestedField, NullableValue, Type } from '@psyberg/iceberg';
import type { Call } from '../call.ts';
import { quoteName, quotePath, quoteText } from '../sql/quote.ts';
import { singleValue } from '../values.ts';
import type { ColumnStatistics } from './file-metrics.ts';
import { transformSql } from './partition-sql.ts';
import { partitionColumn, type StagedRows } from './staged-rows.ts';

const ORDINAL = '__psyberg_ordinal';

export interface WrittenFile {
  readonly localPath: string;
  readonly partition: readonly NullableValue[];
  readonly recordCount: number;
  readonly fileSizeBytes: number;
  readonly statistics: ReadonlyMap<string, ColumnStatistics>;
}

/** One partition that has rows. Its ordinal is ours: DuckDB never sees the partition's own values. */
interface PartitionRows {
  readonly ordinal: number;
  readonly values: readonly NullableValue[];
}

/**
 * Writes staged rows as Parquet files into `folder`, one or more per partition, in the order of the partitions.
 *
 * DuckDB partitions by a dense number of ours: its own directory names confuse NULL with a text, and take no bytes. Where the
 * target has a sort order each partition is written by a statement of its own, which alone keeps the order.
 */
export async function copyRows(
  call: Call,
  staged: StagedRows,
  target: WriteTarget,
  folder: string,
): Promise<readonly WrittenFile[]> {
  const [only, ...others] = staged.partitions;
  if (only === undefined) return [];
  if (others.length === 0) {
    const from = `${staged.table} AS r WHERE ${staged.kept}`;
    return copyPartition(call, from, { ordinal: 0, values: only }, target, folder);
  }
  const partitions = await numberPartitions(call, staged, target);
  if (!isSorted(target)) return copyPartitioned(call, staged, target, partitions, folder);
  const written: WrittenFile[] = [];
  for (const partition of partitions) {
    const from = `${joined(call, staged, target)} WHERE ${staged.kept} AND p.${quoteName(ORDINAL)} = ${partition.ordinal}`;
    written.push(...(await copyPartition(call, from, partition, target, folder)));
  }
  return written;
}

export const isSorted = (target: WriteTarget): boolean => (target.sortOrder?.fields.length ?? 0) > 0;

async function numberPartitions(
  call: Call,
  staged: StagedRows,
  target: WriteTarget,
): Promise<readonly PartitionRows[]> {
  const columns = target.spec.fields.map((_, i) => quoteName(partitionColumn(i))).join(', ');
  const table = partitionTable(call);
  await call.run(`
    CREATE TABLE ${table} AS SELECT CAST(row_number() OVER () - 1 AS INTEGER) AS ${quoteName(ORDINAL)}, *
    FROM (SELECT DISTINCT ${columns} FROM ${staged.table} WHERE ${staged.kept})`);
  const types = target.spec.fields.map((field) => transformSql(field.transform, field.sourceId, target.schema).type);
  const rows = await call.rows(`SELECT * FROM ${table} ORDER BY ${columns}`);
  return rows.map(([ordinal, ...values]) => ({
    ordinal: ordinal as number,
    values: types.map((type, i) => singleValue(values[i], type)),
  }));
}

const partitionTable = (call: Call): string => quotePath(call.catalog, 'main', '__psyberg_partitions');

async function copyPartition(
  call: Call,
  from: string,
  partition: PartitionRows,
  target: WriteTarget,
  folder: string,
): Promise<readonly WrittenFile[]> {
  const path = `${folder}/${partition.ordinal}.parquet`;
  const rows = await call.rows(
    `COPY (SELECT ${columnList(target)} FROM ${from}${orderBy(target)}) TO ${quoteText(path)} (${copyOptions(target)})`,
  );
  return rows.map((row) => readCopyRow(row, partition));
}

async function copyPartitioned(
  call: Call,
  staged: StagedRows,
  target: WriteTarget,
  partitions: readonly PartitionRows[],
  folder: string,
): Promise<readonly WrittenFile[]> {
  const select = `SELECT ${columnList(target)}, p.${quoteName(ORDINAL)} FROM ${joined(call, staged, target)} WHERE ${staged.kept}`;
  const options = `${copyOptions(target)}, PARTITION_BY (${quoteName(ORDINAL)}), FILENAME_PATTERN '{uuid}'`;
  const rows = await call.rows(`COPY (${select}) TO ${quoteText(`${folder}/p`)} (${options})`);
  const places = new Map(partitions.map((partition, place) => [partition.ordinal, place]));
  const placed = rows.map((row) => {
    const place = places.get(Number(textMap(row[5]).get(ORDINAL)));
    if (place === undefined) throw unknownPartition(row);
    return { place, file: readCopyRow(row, partitions[place]!) };
  });
  return placed.sort((a, b) => a.place - b.place).map(({ file }) => file);
}

function unknownPartition(row: readonly DuckDBValue[]): EngineFailedError {
  return new EngineFailedError(
    `DuckDB wrote ${String(row[0])} into a partition that nobody asked for. Nothing was kept. This is a bug; please report it.`,
  );
}

function joined(call: Call, staged: StagedRows, target: WriteTarget): string {
  const same = target.spec.fields.map((_, i) => {
    const column = quoteName(partitionColumn(i));
    return `r.${column} IS NOT DISTINCT FROM p.${column}`;
  });
  return `${staged.table} AS r JOIN ${partitionTable(call)} AS p ON ${same.join(' AND ')}`;
}

const columnList = (target: WriteTarget): string =>
  target.schema.fields.map((field) => `r.${quoteName(field.name)}`).join(', ');

function orderBy(target: WriteTarget): string {
  if (!isSorted(target)) return '';
  const keys = target.sortOrder!.fields.map((field) => {
    const { sql } = transformSql(field.transform, field.sourceId, target.schema);
    return `${sql} ${field.direction === 'asc' ? 'ASC' : 'DESC'} ${field.nullOrder === 'nulls-first' ? 'NULLS FIRST' : 'NULLS LAST'}`;
  });
  return ` ORDER BY ${keys.join(', ')}`;
}

const CODECS = new Set(['zstd', 'snappy', 'gzip', 'lz4', 'brotli', 'uncompressed']);

function copyOptions(target: WriteTarget): string {
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

function readCopyRow(row: readonly DuckDBValue[], partition: PartitionRows): WrittenFile {
  const statistics = new Map<string, ColumnStatistics>();
  for (const entry of (row[4] as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] }).entries) {
    statistics.set(entry.key as string, textMap(entry.value));
  }
  return {
    localPath: row[0] as string,
    partition: partition.values,
    recordCount: Number(row[1]),
    fileSizeBytes: Number(row[2]),
    statistics,
  };
}

function textMap(value: DuckDBValue | undefined): ReadonlyMap<string, string> {
  const entries =
    (value as { entries?: readonly { key: DuckDBValue; value: DuckDBValue }[] } | null | undefined)?.entries ?? [];
  return new Map(entries.map((entry) => [String(entry.key), String(entry.value)]));
}
