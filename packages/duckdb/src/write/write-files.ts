import { randomUUID } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { setImmediate as breathe } from 'node:timers/promises';
import { EngineFailedError, type WriteTarget } from '@psyberg/core';
import { type DataFile, newFileUuid, partitionPath } from '@psyberg/iceberg';
import type { Call } from '../call.ts';
import { localPath } from '../locations.ts';
import { quoteTexts } from '../sql/quote.ts';
import { copyRows, isSorted } from './copy-rows.ts';
import { fileMetrics, metricsColumns } from './file-metrics.ts';
import type { WrittenFile } from './parquet-copy.ts';
import { splitFiles } from './split-files.ts';
import type { StagedRows } from './staged-rows.ts';

/** Rows of a row group that DuckDB writes; a file with fewer is not worth splitting. */
const ROW_GROUP_ROWS = 122_880;
/** Renaming takes less than a trip to another thread does; after so many, whatever else waits gets its turn. */
const PLACED_AT_ONCE = 64;

/**
 * Writes staged rows as Parquet files into the partitions of the target, and describes them as a manifest wants them.
 *
 * DuckDB writes into a folder that exists for this attempt only; the finished files are then renamed into place. If anything
 * fails, no file is left.
 */
export async function writeFiles(call: Call, staged: StagedRows, target: WriteTarget): Promise<readonly DataFile[]> {
  if (staged.rows === 0) return [];
  const attempt = `${localPath(target.dataLocation)}/_attempt-${randomUUID()}`;
  const placed: string[] = [];
  try {
    await mkdir(attempt, { recursive: true });
    const copied = (await copyRows(call, staged, target, attempt)).filter((file) => file.recordCount > 0);
    const written = await splitFiles(call, copied, target);
    return await placeFiles(call, written, await splitOffsets(call, written), target, placed);
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

/** Where the row groups of each large file begin, from the footers just written. */
async function splitOffsets(
  call: Call,
  written: readonly WrittenFile[],
): Promise<ReadonlyMap<string, readonly bigint[]>> {
  const large = written.filter((file) => file.recordCount > ROW_GROUP_ROWS);
  if (large.length === 0) return new Map();
  const rows = await call.rows(`
    SELECT file_name, list(start ORDER BY start) FROM (
      SELECT file_name, row_group_id, min(coalesce(dictionary_page_offset, data_page_offset)) AS start
      FROM parquet_metadata(${quoteTexts(large.map((file) => file.localPath))}) GROUP BY ALL
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
  const uuid = target.tableUuid === undefined ? randomUUID() : newFileUuid(target.tableUuid);
  const files: DataFile[] = [];
  const made = new Set<string>();
  for (const [n, file] of written.entries()) {
    if (n % PLACED_AT_ONCE === PLACED_AT_ONCE - 1) await breathe();
    call.throwIfAborted();
    const folder = partitionPath(target.spec, target.schema, file.partition);
    const location = `${target.dataLocation}/${folder === '' ? '' : `${folder}/`}00000-${n}-${uuid}.parquet`;
    const path = localPath(location);
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (!made.has(parent)) mkdirSync(parent, { recursive: true });
    made.add(parent);
    placed.push(path);
    renameSync(file.localPath, path);
    const split = splits.get(file.localPath);
    files.push({
      content: 'data',
      path: location,
      format: 'parquet',
      specId: target.spec.specId,
      partition: file.partition,
      recordCount: file.recordCount,
      fileSizeBytes: file.fileSizeBytes,
      ...fileMetrics(file.statistics, columns),
      ...(split === undefined ? {} : { splitOffsets: split }),
      ...(isSorted(target) ? { sortOrderId: target.sortOrder!.orderId } : {}),
    });
  }
  return files;
}
