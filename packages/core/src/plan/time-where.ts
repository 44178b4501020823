/**
 * Spans of time as a condition on a table's own columns, in the SQL of an engine that a user's job runs on. A row counts where its value
 * starts within, as everywhere.
 */
import type { Type } from '@psyberg/iceberg';
import type { TimeColumn } from '../process/time-column.ts';
import { DAY_US, floorDiv, HOUR_US, type Instant, toInstant } from '../time/instant.ts';
import type { Interval, IntervalSet } from '../time/interval-set.ts';

export type SqlDialect = 'duckdb' | 'spark';

/** Microseconds in one unit of an integer time column. */
const UNIT_US = { s: 1_000_000n, ms: 1_000n, us: 1n } as const;

/**
 * True for rows whose time starts within `spans`, false or NULL for the others, rows without a time among them. Each span is half-open.
 * `type`: that of the column, where it is one. Pure.
 */
export function timeWhere(
  time: TimeColumn,
  type: Type['kind'] | undefined,
  spans: IntervalSet,
  dialect: SqlDialect,
): string {
  if (spans.length === 0) return 'FALSE';
  const conditions = spans.map((span) =>
    time.kind === 'date-hour' ? dateHourWhere(time, span, dialect) : columnWhere(time, type, span, dialect),
  );
  return anyOf(conditions);
}

/** In parentheses where there are several, so that more can be added with AND. */
const anyOf = (conditions: readonly string[]): string =>
  conditions.length === 1 ? conditions[0]! : `(${conditions.map((condition) => `(${condition})`).join(' OR ')})`;

function columnWhere(
  time: Exclude<TimeColumn, { kind: 'date-hour' }>,
  type: Type['kind'] | undefined,
  { start, end }: Interval,
  dialect: SqlDialect,
): string {
  const column = quoted(time.column, dialect);
  const literal = (instant: Instant): string =>
    time.kind === 'epoch' ? String(ceilDiv(instant, UNIT_US[time.unit])) : timeLiteral(instant, type, dialect);
  return `${column} >= ${literal(start)} AND ${column} < ${literal(end)}`;
}

function timeLiteral(instant: Instant, type: Type['kind'] | undefined, dialect: SqlDialect): string {
  if (type === 'date') return `DATE '${dayText(ceilDiv(instant, DAY_US))}'`;
  const text = instantText(instant);
  // A zone in the text makes it the same instant whatever the session's own zone is.
  if (type === 'timestamptz' || type === 'timestamptz_ns')
    return dialect === 'duckdb' ? `TIMESTAMPTZ '${text}+00'` : `TIMESTAMP '${text}Z'`;
  return dialect === 'duckdb' ? `TIMESTAMP '${text}'` : `TIMESTAMP_NTZ '${text}'`;
}

/** By whole days as far as they go, so that an engine can skip partitions and files by the date. */
function dateHourWhere(
  time: Extract<TimeColumn, { kind: 'date-hour' }>,
  { start, end }: Interval,
  dialect: SqlDialect,
): string {
  const date = quoted(time.dateColumn, dialect);
  const hour = quoted(time.hourColumn, dialect);
  const [first, last] = [ceilDiv(start, HOUR_US), ceilDiv(end, HOUR_US)];
  const [firstDay, lastDay] = [floorDiv(first, 24n), floorDiv(last, 24n)];
  const [from, until] = [first - firstDay * 24n, last - lastDay * 24n];
  if (first >= last) return 'FALSE';
  if (firstDay === lastDay) return `${date} = ${dayNumber(firstDay)} AND ${hour} >= ${from} AND ${hour} < ${until}`;
  const whole = (a: bigint, b: bigint): string =>
    a === b ? `${date} = ${dayNumber(a)}` : `${date} BETWEEN ${dayNumber(a)} AND ${dayNumber(b)}`;
  const firstWhole = from === 0n ? firstDay : firstDay + 1n;
  const parts = [
    ...(from === 0n ? [] : [`${date} = ${dayNumber(firstDay)} AND ${hour} BETWEEN ${from} AND 23`]),
    ...(firstWhole < lastDay ? [`${whole(firstWhole, lastDay - 1n)} AND ${hour} BETWEEN 0 AND 23`] : []),
    ...(until === 0n ? [] : [`${date} = ${dayNumber(lastDay)} AND ${hour} >= 0 AND ${hour} < ${until}`]),
  ];
  return anyOf(parts);
}

const ceilDiv = (value: bigint, unit: bigint): bigint => -floorDiv(-value, unit);

const dayText = (day: bigint): string => new Date(Number(day) * 86_400_000).toISOString().slice(0, 10);
const dayNumber = (day: bigint): string => dayText(day).replaceAll('-', '');

/** `2023-09-14 02:00:00`, with a fraction only where there is one. */
function instantText(instant: Instant): string {
  const seconds = floorDiv(instant, 1_000_000n);
  const fraction = instant - toInstant(seconds * 1_000_000n);
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return fraction === 0n ? text : `${text}.${String(fraction).padStart(6, '0')}`;
}

const quoted = (name: string, dialect: SqlDialect): string =>
  dialect === 'duckdb' ? `"${name.replaceAll('"', '""')}"` : `\`${name.replaceAll('`', '``')}\``;
