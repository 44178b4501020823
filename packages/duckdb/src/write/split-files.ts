import { strict as assert } from 'node:assert';
import { rm } from 'node:fs/promises';
import type { WriteTarget } from '@psyberg/core';
import type { Call } from '../call.ts';
import { quoteText } from '../sql/quote.ts';
import { columnList, copyOptions, readCopyRow, type WrittenFile } from './parquet-copy.ts';

const DEFAULT_TARGET_SIZE_BYTES = 512 * 1024 * 1024;
/** Up to here a file is left as it is: to write it again costs more than readers gain. */
const OVERSIZE = 1.5;

/** DuckDB's name for the place of a row in its file; beside a column of that name there is no asking for it. */
const ROW_NUMBER = 'file_row_number';

/** `write.target-file-size-bytes`, by default 512 MiB. @see Iceberg docs, "Configuration" */
export function targetSizeBytes({ properties }: WriteTarget): number {
  const bytes = Number(properties['write.target-file-size-bytes']);
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : DEFAULT_TARGET_SIZE_BYTES;
}

/**
 * Puts several files in the place of each that is much larger than the target wants them: of about the same number of rows, in the
 * same order. COPY itself splits no files of several partitions, nor sorted ones. Small files, and so most sessions, cost nothing.
 */
export async function splitFiles(
  call: Call,
  written: readonly WrittenFile[],
  target: WriteTarget,
): Promise<readonly WrittenFile[]> {
  const wantedBytes = targetSizeBytes(target);
  if (target.schema.fields.some(({ name }) => name.toLowerCase() === ROW_NUMBER)) return written;
  const files: WrittenFile[] = [];
  for (const file of written) {
    if (file.fileSizeBytes <= wantedBytes * OVERSIZE) files.push(file);
    else files.push(...(await splitFile(call, file, Math.ceil(file.fileSizeBytes / wantedBytes), target)));
  }
  return files;
}

async function splitFile(call: Call, file: WrittenFile, count: number, target: WriteTarget): Promise<WrittenFile[]> {
  const rowsEach = Math.ceil(file.recordCount / count);
  const source = `read_parquet(${quoteText(file.localPath)}, ${ROW_NUMBER} = true, hive_partitioning = false) AS r`;
  const pieces: WrittenFile[] = [];
  for (let from = 0; from < file.recordCount; from += rowsEach) {
    const range = `r.${ROW_NUMBER} >= ${from} AND r.${ROW_NUMBER} < ${from + rowsEach}`;
    const place = quoteText(`${file.localPath}.${pieces.length}`);
    const rows = await call.rows(
      `COPY (SELECT ${columnList(target)} FROM ${source} WHERE ${range}) TO ${place} (${copyOptions(target)})`,
    );
    pieces.push(...rows.map((row) => readCopyRow(row, file.partition)));
  }
  const rows = pieces.reduce((sum, { recordCount }) => sum + recordCount, 0);
  assert(rows === file.recordCount, `bug: ${file.localPath} has ${file.recordCount} rows and its pieces have ${rows}`);
  await rm(file.localPath);
  return pieces;
}
