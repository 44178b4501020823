import {
  type CompareRequest,
  type CompareResult,
  EngineFailedError,
  grainLengthUs,
  type QueryValue,
  type Relation,
  timeColumnNames,
  toInstant,
} from '@psyberg/core';
import type { NestedField, Type } from '@psyberg/iceberg';
import type { Call } from './call.ts';
import type { LayoutCache } from './read/layout-cache.ts';
import { relationSql } from './read/relation-sql.ts';
import { closeSql, holdsFloat, sameFormSql } from './sql/equality.ts';
import { quoteName, quotePath } from './sql/quote.ts';
import { floorSql, timeSql } from './sql/time-sql.ts';
import { queryValue } from './values.ts';

const US = '__psyberg_us';
const SIDE = '__psyberg_side';
const COPIES = '__psyberg_copies';
const RANK = '__psyberg_rank';

/**
 * Compares two relations as multisets.
 *
 * Rows that are equal to the last bit are counted off against each other first, in one pass. Only what is left over is looked at
 * again, with tolerance: rows with the same other columns are paired in the order of their floats.
 */
export async function compareRelations(
  call: Call,
  layouts: LayoutCache,
  request: CompareRequest,
): Promise<CompareResult> {
  const fields = request.expected.schema.fields.filter((field) => !request.ignore.includes(field.name));
  checkColumns(fields, request);
  const timed = hasComparedTime(request.expected, fields) && hasComparedTime(request.actual, fields);
  const rest = quotePath(call.catalog, 'main', 'rest');
  const sides = [
    await sideSql(call, layouts, request.expected, fields, timed, 1),
    await sideSql(call, layouts, request.actual, fields, timed, -1),
  ];
  const columns = [...fields.map((field) => quoteName(field.name)), quoteName(US)].join(', ');
  await call.run(`
    CREATE TABLE ${rest} AS SELECT ${columns}, sum(${SIDE})::BIGINT AS ${COPIES}
    FROM (${sides.join('\nUNION ALL\n')}) GROUP BY ${columns} HAVING sum(${SIDE}) <> 0`);
  const different = fields.some((field) => holdsFloat(field.type))
    ? await pairFloats(call, rest, fields, request)
    : rest;
  return summarize(call, different, fields, timed, request);
}

function checkColumns(fields: readonly NestedField[], { expected, actual }: CompareRequest): void {
  const missing = fields.filter((field) => !actual.schema.fields.some((other) => other.name === field.name));
  if (missing.length === 0) return;
  throw new EngineFailedError(
    `${actual.names[0] ?? 'The actual relation'} lacks the columns ${missing.map((field) => field.name).join(', ')} of ` +
      `${expected.names[0] ?? 'the expected one'}, so the two cannot be compared. Nothing was read. Name them in ignore, or evolve the table.`,
  );
}

function hasComparedTime(relation: Relation, fields: readonly NestedField[]): boolean {
  return (
    relation.time !== undefined &&
    timeColumnNames(relation.time).every((name) => fields.some((field) => field.name === name))
  );
}

async function sideSql(
  call: Call,
  layouts: LayoutCache,
  relation: Relation,
  fields: readonly NestedField[],
  timed: boolean,
  side: 1 | -1,
): Promise<string> {
  const columns = fields.map(
    (field) => `${sameFormSql(quoteName(field.name), field.type)} AS ${quoteName(field.name)}`,
  );
  const us = timed ? timeSql(relation.time!, relation.schema).startUs : 'CAST(NULL AS BIGINT)';
  const select = await relationSql(call, layouts, relation);
  return `SELECT ${[...columns, `${us} AS ${quoteName(US)}`, `${side} AS ${SIDE}`].join(', ')} FROM (${select})`;
}

/**
 * A table of what is left when rows within the tolerance have been counted off too.
 *
 * Noise can change the order of rows that differ little in the first float, so what one order leaves is tried in the next: once
 * with each float in front.
 */
async function pairFloats(
  call: Call,
  rest: string,
  fields: readonly NestedField[],
  request: CompareRequest,
): Promise<string> {
  const exact = fields.filter((field) => !holdsFloat(field.type));
  const floats = fields.filter((field) => holdsFloat(field.type));
  let left = rest;
  for (let turn = 0; turn < floats.length; turn += 1) {
    const order = [...floats.slice(turn), ...floats.slice(0, turn)];
    const next = quotePath(call.catalog, 'main', `left_${turn}`);
    await call.run(`CREATE TABLE ${next} AS ${pairSql(left, exact, order, request.floatTolerance)}`);
    left = next;
  }
  return left;
}

/** Pairs the rows of both sides that agree in the exact columns by their rank in the order of the floats; keeps those that differ. */
function pairSql(
  from: string,
  exact: readonly NestedField[],
  floats: readonly NestedField[],
  tolerance: number,
): string {
  const names = (fields: readonly NestedField[]): string[] => fields.map((field) => quoteName(field.name));
  const partition = exact.length === 0 ? '' : `PARTITION BY ${names(exact).join(', ')} `;
  const side = (name: string, condition: string): string => `
    ${name} AS MATERIALIZED (
      SELECT *, row_number() OVER (${partition}ORDER BY ${names(floats).join(', ')}) AS ${RANK}
      FROM (SELECT * EXCLUDE (${COPIES}), unnest(range(abs(${COPIES}))) AS copy FROM ${from} WHERE ${COPIES} ${condition}))`;
  const same = [
    `e.${RANK} = a.${RANK}`,
    ...names(exact).map((name) => `e.${name} IS NOT DISTINCT FROM a.${name}`),
    ...floats.map((field) => {
      const name = quoteName(field.name);
      return closeSql(`e.${name}`, `a.${name}`, field.type, tolerance);
    }),
  ].join(' AND ');
  const columns = [...names(exact), ...names(floats), quoteName(US)].join(', ');
  return `
    WITH ${side('e', '> 0')}, ${side('a', '< 0')}
    SELECT ${columns}, count(*)::BIGINT AS ${COPIES} FROM (FROM e ANTI JOIN a ON ${same}) GROUP BY ${columns}
    UNION ALL
    SELECT ${columns}, -count(*)::BIGINT FROM (FROM a ANTI JOIN e ON ${same}) GROUP BY ${columns}`;
}

async function summarize(
  call: Call,
  table: string,
  fields: readonly NestedField[],
  timed: boolean,
  request: CompareRequest,
): Promise<CompareResult> {
  const missing = `coalesce(sum(${COPIES}) FILTER (${COPIES} > 0), 0)::BIGINT`;
  const extra = `coalesce(-sum(${COPIES}) FILTER (${COPIES} < 0), 0)::BIGINT`;
  const [totals] = await call.rows(`SELECT ${missing}, ${extra} FROM ${table}`);
  const start = floorSql(quoteName(US), grainLengthUs(request.grain));
  const intervals = timed
    ? await call.rows(
        `SELECT ${start} AS start, ${missing}, ${extra} FROM ${table} WHERE ${quoteName(US)} IS NOT NULL GROUP BY start ORDER BY start`,
      )
    : [];
  return {
    rowsMissing: Number(totals![0]),
    rowsExtra: Number(totals![1]),
    intervals: intervals.map(([at, less, more]) => ({
      start: toInstant(at as bigint),
      missing: Number(less),
      extra: Number(more),
    })),
    columns: fields.map((field) => field.name),
    missingSample: await sample(call, table, `${COPIES} > 0`, fields, request.sampleSize),
    extraSample: await sample(call, table, `${COPIES} < 0`, fields, request.sampleSize),
  };
}

async function sample(
  call: Call,
  table: string,
  condition: string,
  fields: readonly NestedField[],
  size: number,
): Promise<readonly (readonly QueryValue[])[]> {
  const columns = fields.map((field) => quoteName(field.name)).join(', ');
  const rows = await call.rows(
    `SELECT ${columns} FROM ${table} WHERE ${condition} ORDER BY ${quoteName(US)} LIMIT ${size}`,
  );
  return rows.map((row) => row.map((value, i) => queryValue(value, fields[i]!.type as Type)));
}
