import type { DuckDBValue } from '@duckdb/node-api';
import { EngineFailedError, type WriteTarget } from '@psyberg/core';
import type { NullableValue } from '@psyberg/iceberg';
import type { Call } from '../call.ts';
import { quoteName, quotePath, quoteText } from '../sql/quote.ts';
import { singleValue } from '../values.ts';
import { columnList, copyOptions, readCopyRow, textMap, type WrittenFile } from './parquet-copy.ts';
import { transformSql } from './partition-sql.ts';
import { targetSizeBytes } from './split-files.ts';
import { partitionColumn, type StagedRows } from './staged-rows.ts';

/** Fewer rows are written into one file by all threads together; only with more is it worth asking how large files grow. */
const LARGE_ROWS = 1_000_000;
const ORDINAL = '__psyberg_ordinal';

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
    const partition = { ordinal: 0, values: only };
    const isLarge = staged.rows > LARGE_ROWS && !isSorted(target);
    return isLarge
      ? copyInPieces(call, from, partition, target, folder)
      : copyPartition(call, from, partition, target, folder);
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
  return rows.map((row) => readCopyRow(row, partition.values));
}

/** DuckDB begins another file as soon as one has its size, which it looks at after each row group; the order of rows is not kept. */
async function copyInPieces(
  call: Call,
  from: string,
  partition: PartitionRows,
  target: WriteTarget,
  folder: string,
): Promise<readonly WrittenFile[]> {
  const options = `${copyOptions(target)}, FILE_SIZE_BYTES ${targetSizeBytes(target)}`;
  const rows = await call.rows(
    `COPY (SELECT ${columnList(target)} FROM ${from}) TO ${quoteText(`${folder}/${partition.ordinal}`)} (${options})`,
  );
  return rows.map((row) => readCopyRow(row, partition.values));
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
    return { place, file: readCopyRow(row, partitions[place]!.values) };
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

function orderBy(target: WriteTarget): string {
  if (!isSorted(target)) return '';
  const keys = target.sortOrder!.fields.map((field) => {
    const { sql } = transformSql(field.transform, field.sourceId, target.schema);
    return `${sql} ${field.direction === 'asc' ? 'ASC' : 'DESC'} ${field.nullOrder === 'nulls-first' ? 'NULLS FIRST' : 'NULLS LAST'}`;
  });
  return ` ORDER BY ${keys.join(', ')}`;
}
