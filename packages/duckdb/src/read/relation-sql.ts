import { EngineFailedError, type Relation, type RelationPart } from '@psyberg/core';
import type { DataFile } from '@psyberg/iceberg';
import type { Call } from '../call.ts';
import { sameFormSql } from '../sql/equality.ts';
import { quoteName, quoteTexts } from '../sql/quote.ts';
import { type TimeSql, timeSql } from '../sql/time-sql.ts';
import { mapColumns, nullColumns } from './column-mapping.ts';
import { fileTimeBounds, relationToSet } from './file-bounds.ts';
import type { LayoutCache } from './layout-cache.ts';

/** A SELECT with the relation's columns and rows. Reads footers of files that are not known yet; no rows. */
export async function relationSql(call: Call, layouts: LayoutCache, relation: Relation): Promise<string> {
  const selects: string[] = [];
  for (const part of relation.parts) {
    selects.push(...(await contributing(call, layouts, relation, part)));
  }
  return selects.length === 0 ? emptySql(relation) : selects.join('\nUNION ALL\n');
}

/** A SELECT with the relation's columns and no rows; no file is looked at. */
export const emptySql = (relation: Relation): string => `SELECT ${nullColumns(relation.schema)} WHERE false`;

/** Rows that a relation offers to SQL, and rows left out because they have no time. */
export interface RelationCount {
  readonly rows: number;
  readonly nullTimeRows: number;
}

/**
 * Counts a relation's rows: from manifests where the files' metrics settle it, else by reading the time column of the files
 * for which they do not.
 */
export async function countRelation(call: Call, layouts: LayoutCache, relation: Relation): Promise<RelationCount> {
  let rows = 0;
  let nullTimeRows = 0;
  for (const part of relation.parts) {
    if (isReduced(part)) {
      const counted = await countReduced(call, layouts, relation, part);
      rows += counted.rows;
      nullTimeRows += counted.nullTimeRows;
      continue;
    }
    const unsettled: DataFile[] = [];
    for (const file of part.files) {
      const count = countFromMetrics(file, part, relation);
      if (count === undefined) unsettled.push(file);
      rows += count?.rows ?? 0;
      nullTimeRows += count?.nullTimeRows ?? 0;
    }
    if (unsettled.length === 0) continue;
    const counted = await countByReading(call, layouts, relation, part, unsettled);
    rows += counted.rows;
    nullTimeRows += counted.nullTimeRows;
  }
  return { rows, nullTimeRows };
}

/** The rows of one part as SELECTs to be united. */
async function contributing(
  call: Call,
  layouts: LayoutCache,
  relation: Relation,
  part: RelationPart,
): Promise<readonly string[]> {
  const selectsOf = (files: readonly DataFile[]): Promise<string[]> => {
    const some = files.filter((file) => mayContribute(file, part, relation));
    return partSelects(call, layouts, relation, part, some);
  };
  const selects = await selectsOf(part.files);
  if (!isReduced(part) || selects.length === 0) return selects;
  // The limits look at one row alone, so that it makes no difference whether they come before or after.
  const taken = await selectsOf(part.without);
  return taken.length === 0 ? selects : [exceptAllSql(relation, selects, taken)];
}

/** Copies of equal rows are counted off against each other, maps in whatever order their entries are. */
function exceptAllSql(relation: Relation, selects: readonly string[], taken: readonly string[]): string {
  const columns = relation.schema.fields
    .map(({ name, type }) => `${sameFormSql(quoteName(name), type)} AS ${quoteName(name)}`)
    .join(', ');
  const side = (parts: readonly string[]): string => `SELECT ${columns} FROM (${parts.join('\nUNION ALL\n')})`;
  return `SELECT * FROM (${side(selects)}\nEXCEPT ALL\n${side(taken)})`;
}

async function countReduced(
  call: Call,
  layouts: LayoutCache,
  relation: Relation,
  part: ReducedPart,
): Promise<RelationCount> {
  const { files, without } = part;
  const whole = await contributing(call, layouts, relation, { files, without });
  if (whole.length === 0) return { rows: 0, nullTimeRows: 0 };
  return countSql(call, relation, part, whole);
}

async function partSelects(
  call: Call,
  layouts: LayoutCache,
  relation: Relation,
  part: RelationPart,
  files: readonly DataFile[],
): Promise<string[]> {
  const groups = await layouts.groups(call, files);
  const filter = partFilter(part, relation);
  return groups.map((group) => {
    const select = `SELECT ${mapColumns(relation, group)} FROM read_parquet(${quoteTexts(group.paths)}, hive_partitioning = false)`;
    return filter === undefined ? select : `SELECT * FROM (${select}) WHERE ${filter}`;
  });
}

function partFilter(part: RelationPart, relation: Relation): string | undefined {
  if (!isFiltered(part)) return undefined;
  const time = relationTime(relation);
  const conditions: string[] = [];
  if (part.within !== undefined) conditions.push(time.within(part.within));
  if (part.except !== undefined) conditions.push(`(${time.within(part.except)}) IS NOT TRUE`);
  if (part.dropNullTimes === true) conditions.push(`${time.startUs} IS NOT NULL`);
  return conditions.join(' AND ');
}

async function countByReading(
  call: Call,
  layouts: LayoutCache,
  relation: Relation,
  part: RelationPart,
  files: readonly DataFile[],
): Promise<RelationCount> {
  return countSql(call, relation, part, await partSelects(call, layouts, relation, { files }, files));
}

async function countSql(
  call: Call,
  relation: Relation,
  part: RelationPart,
  whole: readonly string[],
): Promise<RelationCount> {
  const filter = partFilter(part, relation) ?? 'true';
  const nulls = dropsNulls(part) ? `count(*) FILTER (${relationTime(relation).startUs} IS NULL)` : '0';
  const [row] = await call.rows(
    `SELECT count(*) FILTER (${filter})::DOUBLE, (${nulls})::DOUBLE FROM (${whole.join('\nUNION ALL\n')})`,
  );
  return { rows: row![0] as number, nullTimeRows: row![1] as number };
}

function countFromMetrics(file: DataFile, part: RelationPart, relation: Relation): RelationCount | undefined {
  if (!isFiltered(part)) return { rows: file.recordCount, nullTimeRows: 0 };
  const bounds = fileTimeBounds(file, timeOf(relation), relation.schema);
  const nulls = bounds.nulls;
  if (nulls === undefined) return undefined;
  const inside =
    nulls === file.recordCount ? 'all' : part.within === undefined ? 'all' : relationToSet(bounds, part.within);
  const outside = nulls === file.recordCount || part.except === undefined ? 'none' : relationToSet(bounds, part.except);
  if (inside === 'some' || outside === 'some') return undefined;
  const timed = inside === 'all' && outside === 'none' ? file.recordCount - nulls : 0;
  return dropsNulls(part) ? { rows: timed, nullTimeRows: nulls } : { rows: timed + nulls, nullTimeRows: 0 };
}

/** False only if the file's metrics prove that it adds no row. */
function mayContribute(file: DataFile, part: RelationPart, relation: Relation): boolean {
  if (file.content !== 'data' || file.format !== 'parquet') throw notReadable(file);
  return file.recordCount !== 0 && countFromMetrics(file, part, relation)?.rows !== 0;
}

type ReducedPart = RelationPart & Required<Pick<RelationPart, 'without'>>;

const isReduced = (part: RelationPart): part is ReducedPart => part.without !== undefined && part.without.length > 0;

const isFiltered = (part: RelationPart): boolean =>
  part.within !== undefined || part.except !== undefined || part.dropNullTimes === true;

const dropsNulls = (part: RelationPart): boolean => part.within !== undefined || part.dropNullTimes === true;

const relationTime = (relation: Relation): TimeSql => timeSql(timeOf(relation), relation.schema);

function timeOf(relation: Relation): NonNullable<Relation['time']> {
  if (relation.time !== undefined) return relation.time;
  throw new EngineFailedError(
    `Relation ${relation.names[0] ?? '(without a name)'} is limited to spans of time and names no time column. Nothing was read. ` +
      'This is a bug in the caller: give Relation.time.',
  );
}

function notReadable(file: DataFile): EngineFailedError {
  return new EngineFailedError(
    `${file.path} is a ${file.content === 'data' ? file.format : file.content} file; this engine reads Parquet data files only. ` +
      'Nothing was read. Compact the table into Parquet files without deletes, and run again.',
  );
}
