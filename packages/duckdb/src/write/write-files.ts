import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import type { DuckDBValue } from '@duckdb/node-api';
import { EngineFailedError, type WriteTarget } from '@psyberg/core';
import { type DataFile, type NestedField, type NullableValue, partitionPath, type Type } from '@psyberg/iceberg';
import type { Call } from '../call.ts';
import { localPath } from '../locations.ts';
import { quoteName, quotePath, quoteText, quoteTexts } from '../sql/quote.ts';
import { singleValue } from '../values.ts';
import { type ColumnStatistics, fileMetrics, metricsColumns } from './file-metrics.ts';
import { transformSql } from './partition-sql.ts';
import { partitionColumn, type StagedRows } from './staged-rows.ts';

const ORDINAL = '__psyberg_ordinal';

/** One partition that has rows. Its ordinal is ours: DuckDB never sees the partition's own values. */
interface PartitionRows {
  readonly ordinal: number;
  readonly values: readonly NullableValue[];
}

interface WrittenFile {
  readonly localPath: string;
  readonly partition: PartitionRows;
  readonly recordCount: number;
  readonly fileSizeBytes: number;
  readonly statistics: ReadonlyMap<string, ColumnStatistics>;
}

/**
 * Writes staged rows as Parquet files, one or more per partition, and describes them as a manifest wants them.
 *
 * DuckDB partitions by a dense number of ours (its own directory names confuse NULL with a text, and take no blobs) into a folder
 * that exists for this attempt only; the finished files are then renamed into place. If anything fails, no file is left.
 * Where the target has a sort order each partition is written by a statement of its own, which alone keeps the order.
 */
export async function writeFiles(call: Call, staged: StagedRows, target: WriteTarget): Promise<readonly DataFile[]> {
  const partitions = await listPartitions(call, staged, target);
  if (partitions.length === 0) return [];
  const root = localPath(target.dataLocation);
  const attempt = `${root}/_attempt-${randomUUID()}`;
  const placed: string[] = [];
  try {
    await mkdir(attempt, { recursive: true });
    const written = isSingly(partitions, target)
      ? await writeSingly(call, staged, target, partitions, attempt)
      : await writePartitioned(call, staged, target, partitions, attempt);
    const splits = await splitOffsets(call, written);
    const order = new Map(partitions.map((partition, position) => [partition, position]));
    const sorted = written.toSorted((a, b) => order.get(a.partition)! - order.get(b.partition)!);
    return await placeFiles(call, sorted, splits, target, placed);
  } catch (error) {
    await Promise.all(placed.map((path) => rm(path, { force: true })));
    throw isSystemError(error) ? cannotPlace(error, target) : error;
  } finally {
    await rm(attempt, { recursive: true, force: true });
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && 'syscall' in error;

function cannotPlace(error: NodeJS.ErrnoException, target: WriteTarget): EngineFailedError {
  return new EngineFailedError(
    `Files of ${target.table} could not be put below ${target.dataLocation}: ${error.message}. None of them is left there. ` +
      'See to the folder (its rights, its space, a file where a folder should be) and run again.',
    { cause: error },
  );
}

async function listPartitions(call: Call, staged: StagedRows, target: WriteTarget): Promise<readonly PartitionRows[]> {
  if (staged.rows === 0) return [];
  if (target.spec.fields.length === 0) return [{ ordinal: 0, values: [] }];
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

const isSorted = (target: WriteTarget): boolean => (target.sortOrder?.fields.length ?? 0) > 0;

const isSingly = (partitions: readonly PartitionRows[], target: WriteTarget): boolean =>
  partitions.length === 1 || isSorted(target);

async function writeSingly(
  call: Call,
  staged: StagedRows,
  target: WriteTarget,
  partitions: readonly PartitionRows[],
  attempt: string,
): Promise<readonly WrittenFile[]> {
  const written: WrittenFile[] = [];
  for (const partition of partitions) {
    const from = partitions.length === 1 ? `${staged.table} AS r` : joined(call, staged, target);
    const mine = partitions.length === 1 ? '' : ` AND p.${quoteName(ORDINAL)} = ${partition.ordinal}`;
    const select = `SELECT ${columnList(target)} FROM ${from} WHERE ${staged.kept}${mine}${orderBy(target)}`;
    const path = `${attempt}/${partition.ordinal}.parquet`;
    const rows = await call.rows(`COPY (${select}) TO ${quoteText(path)} (${copyOptions(target)})`);
    written.push(...rows.map((row) => readCopyRow(row, partition)));
  }
  return written;
}

async function writePartitioned(
  call: Call,
  staged: StagedRows,
  target: WriteTarget,
  partitions: readonly PartitionRows[],
  attempt: string,
): Promise<readonly WrittenFile[]> {
  const select = `SELECT ${columnList(target)}, p.${quoteName(ORDINAL)} FROM ${joined(call, staged, target)} WHERE ${staged.kept}`;
  const options = `${copyOptions(target)}, PARTITION_BY (${quoteName(ORDINAL)}), FILENAME_PATTERN '{uuid}'`;
  const rows = await call.rows(`COPY (${select}) TO ${quoteText(`${attempt}/p`)} (${options})`);
  const byOrdinal = new Map(partitions.map((partition) => [partition.ordinal, partition]));
  return rows.map((row) => {
    const keys = textMap(row[5]);
    const partition = byOrdinal.get(Number(keys.get(ORDINAL)));
    if (partition === undefined)
      throw new EngineFailedError(
        `DuckDB wrote ${String(row[0])} into a partition nobody asked for. Nothing was kept. This is a bug.`,
      );
    return readCopyRow(row, partition);
  });
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
    partition,
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

/** Where the row groups of each file begin, from the footers just written. */
async function splitOffsets(
  call: Call,
  written: readonly WrittenFile[],
): Promise<ReadonlyMap<string, readonly bigint[]>> {
  const rows = await call.rows(`
    SELECT file_name, list(start ORDER BY start) FROM (
      SELECT file_name, row_group_id, min(coalesce(dictionary_page_offset, data_page_offset)) AS start
      FROM parquet_metadata(${quoteTexts(written.map((file) => file.localPath))}) GROUP BY ALL
    ) GROUP BY file_name`);
  return new Map(rows.map(([name, starts]) => [name as string, (starts as { items: readonly bigint[] }).items]));
}

async function placeFiles(
  call: Call,
  written: readonly WrittenFile[],
  splits: ReadonlyMap<string, readonly bigint[]>,
  target: WriteTarget,
  placed: string[],
): Promise<readonly DataFile[]> {
  const columns = metricsColumns(target.schema, target.properties, target.time);
  const uuid = randomUUID();
  const files: DataFile[] = [];
  for (const [n, file] of written.filter((candidate) => candidate.recordCount > 0).entries()) {
    call.throwIfAborted();
    const folder = partitionPath(target.spec, target.schema, file.partition.values);
    const location = `${target.dataLocation}/${folder === '' ? '' : `${folder}/`}00000-${n}-${uuid}.parquet`;
    const path = localPath(location);
    await mkdir(path.slice(0, path.lastIndexOf('/')), { recursive: true });
    placed.push(path);
    await rename(file.localPath, path);
    const split = splits.get(file.localPath);
    files.push({
      content: 'data',
      path: location,
      format: 'parquet',
      specId: target.spec.specId,
      partition: file.partition.values,
      recordCount: file.recordCount,
      fileSizeBytes: file.fileSizeBytes,
      ...fileMetrics(file.statistics, columns),
      ...(split === undefined ? {} : { splitOffsets: split }),
      ...(isSorted(target) ? { sortOrderId: target.sortOrder!.orderId } : {}),
    });
  }
  return files;
}
