import {
  formatInstantShort,
  grainLengthUs,
  type IntervalRows,
  NullTimeError,
  RowsOutsideRangeError,
  SchemaMismatchError,
  type TransformRequest,
  toInstant,
} from '@psyberg/core';
import type { Call } from '../call.ts';
import { quoteName, quotePath } from '../sql/quote.ts';
import type { ShapeField } from '../sql/shape.ts';
import { floorSql, timeSql } from '../sql/time-sql.ts';
import type { BoundSql } from '../user-sql/bind-user-sql.ts';
import { fitColumns, missingRequiredSql } from './fit-columns.ts';
import { transformSql } from './partition-sql.ts';

/** Columns that stand beside the target's own in the staged table. */
export const START_US = '__psyberg_start_us';
export const partitionColumn = (position: number): string => `__psyberg_partition_${position}`;

const SAMPLES = 5;

/** The result of a transform, computed once and held by DuckDB (on disk beyond its memory limit) until its files are written. */
export interface StagedRows {
  /** Quoted name of the table. */
  readonly table: string;
  /** Condition of the rows that are written. */
  readonly kept: string;
  readonly rows: number;
  readonly rowsDropped: number;
  readonly rowsByInterval: readonly IntervalRows[];
}

/**
 * Runs the user's text once, brings its rows into the target's columns, and checks them.
 *
 * @throws {SchemaMismatchError} @throws {NullTimeError} @throws {RowsOutsideRangeError}
 */
export async function stageRows(
  call: Call,
  bound: BoundSql,
  result: readonly ShapeField[],
  request: TransformRequest,
): Promise<StagedRows> {
  const { target, within } = request;
  const table = quotePath(call.catalog, 'main', '__psyberg_result');
  const hidden: string[] = target.spec.fields.map((field, i) => {
    return `${transformSql(field.transform, field.sourceId, target.schema).sql} AS ${quoteName(partitionColumn(i))}`;
  });
  const time = target.time === undefined ? undefined : timeSql(target.time, target.schema);
  hidden.push(`${time?.startUs ?? 'CAST(NULL AS BIGINT)'} AS ${quoteName(START_US)}`);
  const head = `CREATE TABLE ${table} AS SELECT *, ${hidden.join(', ')} FROM (SELECT ${fitColumns(result, target.schema, target.table)} FROM (\n`;
  await call.run(`${head}${bound.user.sql}\n) AS psyberg_result)`, { user: bound.user, before: head.length });
  const us = quoteName(START_US);
  const inRange = time === undefined || within === undefined ? 'true' : `coalesce(${time.within(within)}, false)`;
  const kept = `(${us} IS NULL OR ${inRange})`;
  const counts = await countRows(call, table, kept, request);
  if (time !== undefined && request.nullTime === 'error' && counts.nullTimes > 0) {
    throw await nullTimeError(call, table, counts.nullTimes, request);
  }
  if (request.outside === 'error' && counts.outside > 0)
    throw await outsideError(call, table, kept, counts.outside, request);
  if (counts.missing > 0) throw await missingError(call, table, kept, counts.missing, request);
  return {
    table,
    kept,
    rows: counts.rows - counts.outside,
    rowsDropped: counts.outside,
    rowsByInterval: time === undefined ? [] : await countIntervals(call, table, kept, request),
  };
}

async function countRows(
  call: Call,
  table: string,
  kept: string,
  request: TransformRequest,
): Promise<{ rows: number; nullTimes: number; outside: number; missing: number }> {
  const required = missingRequiredSql(request.target.schema.fields) ?? 'false';
  const [row] = await call.rows(`
    SELECT count(*), count(*) FILTER (${quoteName(START_US)} IS NULL), count(*) FILTER (NOT ${kept}), count(*) FILTER (${kept} AND (${required}))
    FROM ${table}`);
  const [rows, nullTimes, outside, missing] = row!.map(Number);
  return { rows: rows!, nullTimes: nullTimes!, outside: outside!, missing: missing! };
}

async function countIntervals(
  call: Call,
  table: string,
  kept: string,
  { grain }: TransformRequest,
): Promise<readonly IntervalRows[]> {
  const us = quoteName(START_US);
  const rows = await call.rows(`
    SELECT ${floorSql(us, grainLengthUs(grain))} AS start, count(*) FROM ${table}
    WHERE ${kept} AND ${us} IS NOT NULL GROUP BY start ORDER BY start`);
  return rows.map(([start, count]) => ({ start: toInstant(start as bigint), rows: Number(count) }));
}

async function samples(call: Call, table: string, condition: string, request: TransformRequest): Promise<string> {
  const columns = request.target.schema.fields.map((field) => quoteName(field.name)).join(', ');
  const rows = await call.rows(
    `SELECT CAST(r AS VARCHAR) FROM (SELECT ${columns} FROM ${table} WHERE ${condition} LIMIT ${SAMPLES}) AS r`,
  );
  return rows.map(([text]) => `\n  ${text as string}`).join('');
}

const rowsText = (count: number): string => (count === 1 ? '1 row' : `${count} rows`);

async function nullTimeError(
  call: Call,
  table: string,
  count: number,
  request: TransformRequest,
): Promise<NullTimeError> {
  return new NullTimeError(
    `The SQL returned ${rowsText(count)} without a time for ${request.target.table} (NULL or infinite), so that they belong to no interval:` +
      `${await samples(call, table, `${quoteName(START_US)} IS NULL`, request)}\nNothing was written. Filter them out in the SQL, or give them a time.`,
  );
}

async function outsideError(
  call: Call,
  table: string,
  kept: string,
  count: number,
  request: TransformRequest,
): Promise<RowsOutsideRangeError> {
  const within = request.within ?? [];
  const shown = within
    .slice(0, 3)
    .map(({ start, end }) => `[${formatInstantShort(start)}, ${formatInstantShort(end)})`);
  const ranges = `${shown.join(', ')}${within.length > shown.length ? ` and ${within.length - shown.length} more` : ''}`;
  return new RowsOutsideRangeError(
    `The SQL returned ${rowsText(count)} for ${request.target.table} outside the range ${ranges === '' ? '(empty)' : ranges} of the session:` +
      `${await samples(call, table, `NOT ${kept}`, request)}\nNothing was written. If the SQL looks beyond its range on purpose, ` +
      'declare sources[].reads; else let its time column follow the time of its sources.',
  );
}

async function missingError(
  call: Call,
  table: string,
  kept: string,
  count: number,
  request: TransformRequest,
): Promise<SchemaMismatchError> {
  const { schema, table: name } = request.target;
  const required = missingRequiredSql(schema.fields) ?? 'false';
  const columns = schema.fields.filter((field) => missingRequiredSql([field]) !== undefined).map((field) => field.name);
  return new SchemaMismatchError(
    `The SQL returned ${rowsText(count)} for ${name} with NULL where the table requires a value (${columns.join(', ')}):` +
      `${await samples(call, table, `${kept} AND (${required})`, request)}\nNothing was written. Fill the values in the SQL, or make the columns optional.`,
  );
}
