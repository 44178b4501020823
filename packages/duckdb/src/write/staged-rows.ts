import {
  compareInstants,
  formatInstantShort,
  grainLengthUs,
  type Instant,
  type IntervalRows,
  NullTimeError,
  RowsOutsideRangeError,
  SchemaMismatchError,
  type TransformRequest,
  toInstant,
} from '@psyberg/core';
import type { NullableValue } from '@psyberg/iceberg';
import type { Call } from '../call.ts';
import { quoteName, quotePath } from '../sql/quote.ts';
import type { ShapeField } from '../sql/shape.ts';
import { floorSql, timeSql } from '../sql/time-sql.ts';
import type { BoundSql } from '../user-sql/bind-user-sql.ts';
import { singleValue } from '../values.ts';
import { fitColumns, missingRequiredSql } from './fit-columns.ts';
import { type TransformSql, transformSql } from './partition-sql.ts';

/** Columns that stand beside the target's own in the staged table. */
const START_US = '__psyberg_start_us';
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
  /** Partitions of the rows that are written, in the order of their values. */
  readonly partitions: readonly (readonly NullableValue[])[];
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
  const transforms = target.spec.fields.map((field) => transformSql(field.transform, field.sourceId, target.schema));
  const time = target.time === undefined ? undefined : timeSql(target.time, target.schema);
  const hidden = [
    ...transforms.map(({ sql }, i) => `${sql} AS ${quoteName(partitionColumn(i))}`),
    `${time?.startUs ?? 'CAST(NULL AS BIGINT)'} AS ${quoteName(START_US)}`,
  ];
  const fitted = fitColumns(result, target.schema, target.table);
  const head = `CREATE TABLE ${table} AS SELECT *, ${hidden.join(', ')} FROM (SELECT ${fitted} FROM (\n`;
  await call.run(`${head}${bound.user.sql}\n) AS psyberg_result)`, { user: bound.user, before: head.length });
  const inRange = time === undefined || within === undefined ? 'true' : `coalesce(${time.within(within)}, false)`;
  const kept = `(${quoteName(START_US)} IS NULL OR ${inRange})`;
  const groups = await groupRows(call, table, kept, transforms, request);
  await checkGroups(call, table, kept, groups, request);
  return { table, kept, ...summarize(groups) };
}

/** Staged rows that are alike in partition, interval and in being kept. */
interface RowGroup {
  readonly partition: readonly NullableValue[];
  readonly start: Instant | undefined;
  readonly isKept: boolean;
  readonly rows: number;
  /** Rows with NULL in a required column. */
  readonly incomplete: number;
}

/** All that is to be counted, in one pass; as many groups as the target gets partitions, times the intervals in each. */
async function groupRows(
  call: Call,
  table: string,
  kept: string,
  transforms: readonly TransformSql[],
  { grain, target }: TransformRequest,
): Promise<readonly RowGroup[]> {
  const keys = [
    ...transforms.map((_, i) => quoteName(partitionColumn(i))),
    floorSql(quoteName(START_US), grainLengthUs(grain)),
    kept,
  ].join(', ');
  const incomplete = missingRequiredSql(target.schema.fields) ?? 'false';
  const rows = await call.rows(
    `SELECT count(*), count(*) FILTER (${incomplete}), ${keys} FROM ${table} GROUP BY ${keys} ORDER BY ${keys}`,
  );
  return rows.map(([count, missing, ...values]) => {
    const start = values[transforms.length];
    return {
      partition: transforms.map(({ type }, i) => singleValue(values[i], type)),
      start: typeof start === 'bigint' ? toInstant(start) : undefined,
      isKept: values[transforms.length + 1] === true,
      rows: Number(count),
      incomplete: Number(missing),
    };
  });
}

const sumOf = (groups: readonly RowGroup[], count: (group: RowGroup) => number): number =>
  groups.reduce((sum, group) => sum + count(group), 0);

async function checkGroups(
  call: Call,
  table: string,
  kept: string,
  groups: readonly RowGroup[],
  request: TransformRequest,
): Promise<void> {
  const withoutTime = sumOf(groups, (group) => (group.start === undefined ? group.rows : 0));
  if (request.target.time !== undefined && request.nullTime === 'error' && withoutTime > 0) {
    throw await nullTimeError(call, table, withoutTime, request);
  }
  const outside = sumOf(groups, (group) => (group.isKept ? 0 : group.rows));
  if (request.outside === 'error' && outside > 0) throw await outsideError(call, table, kept, outside, request);
  const incomplete = sumOf(groups, (group) => (group.isKept ? group.incomplete : 0));
  if (incomplete > 0) throw await incompleteError(call, table, kept, incomplete, request);
}

function summarize(groups: readonly RowGroup[]): Omit<StagedRows, 'table' | 'kept'> {
  const written = groups.filter((group) => group.isKept);
  const byStart = new Map<Instant, number>();
  const partitions = new Map<string, readonly NullableValue[]>();
  for (const { partition, start, rows } of written) {
    partitions.set(partition.map(valueKey).join(), partition);
    if (start !== undefined) byStart.set(start, (byStart.get(start) ?? 0) + rows);
  }
  return {
    rows: sumOf(written, (group) => group.rows),
    rowsDropped: sumOf(groups, (group) => (group.isKept ? 0 : group.rows)),
    rowsByInterval: [...byStart]
      .map(([start, rows]) => ({ start, rows }))
      .sort((a, b) => compareInstants(a.start, b.start)),
    partitions: [...partitions.values()],
  };
}

/** A text that tells partition values apart: of bytes by their digits, of texts by their length too. */
function valueKey(value: NullableValue): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'string' ? `${value.length}:${value}` : String(value);
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

async function incompleteError(
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
